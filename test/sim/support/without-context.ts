// SPDX-License-Identifier: LGPL-2.1-or-later

// A program: prints what simulations come to where a runtime gives none of its modules, as a browser.

import { outcomes } from './without-context-programs.js';

Reflect.set(process, 'getBuiltinModule', undefined);
const { simulate } = await import('../../../src/sim/index.js');

console.log(JSON.stringify(await outcomes(simulate)));
