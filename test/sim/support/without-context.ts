// SPDX-License-Identifier: LGPL-2.1-or-later

// A program: prints what simulations come to where a runtime gives none of its modules, as a browser.

import type { Tasks } from '../../../src/sim/index.js';
import { crowd, SHARING } from './without-context-programs.js';

Reflect.set(process, 'getBuiltinModule', undefined);
const { simulate } = await import('../../../src/sim/index.js');

const programs: Record<string, () => Tasks> = { crowd, ...SHARING };
const results: Record<string, unknown> = {};
for (const [name, make] of Object.entries(programs)) {
  const { hash, failure } = await simulate({ tasks: make(), seed: 5, report: () => undefined });
  results[name] = { hash, failure };
}
console.log(JSON.stringify(results));
