// SPDX-License-Identifier: LGPL-2.1-or-later

import * as assert from 'uvu/assert';
import { VPollError } from '../../../src/index.js';

/** The error that `run` must throw: with this code, the same errno as Node's (negative), and this syscall. */
export function refusal(run: () => unknown, code: string, syscall?: string): VPollError {
  try {
    run();
  } catch (error) {
    if (!(error instanceof VPollError)) throw error;
    assert.is(error.code, code);
    if (syscall !== undefined) assert.is(error.syscall, syscall);
    assert.ok(error.errno < 0, `errno is ${error.errno}`);
    assert.match(error.message, new RegExp(`^${code}: .*, ${error.syscall}`));
    return error;
  }
  throw new Error(`nothing was thrown where ${code} was due`);
}
