// SPDX-License-Identifier: LGPL-2.1-or-later

// Has Node load TypeScript: `node --import ./tools/typescript.mjs test/core/next.test.ts`. It does what tsx does, for the sources of this repository alone and in half the
// time, which the programs of the tests are started with some thousand times in a run of CI (docs/decisions/021-how-the-tests-load-typescript.md). JavaScript itself, since
// nothing loads TypeScript before it.

import * as modules from 'node:module';
import * as hooks from './typescript-hooks.mjs';

// Of Node 22.15 and newer, in the thread itself; older ones have a thread for hooks.
/** @type {{ registerHooks?: (all: object) => void }} */
const { registerHooks } = /** @type {any} */ (modules);
if (registerHooks) registerHooks(hooks);
else modules.register('./typescript-hooks.mjs', import.meta.url);
process.setSourceMapsEnabled(true);
