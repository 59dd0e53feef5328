// SPDX-License-Identifier: LGPL-2.1-or-later

import { SIG_DFL } from '../abi.js';
import type { Ffi } from '../ffi.js';

/** Gives signals (numbers) back what they do by themselves: a runtime ignores some, or handles them where a program can't see it. */
export function restoreDefaults(ffi: Ffi, ...signals: number[]): void {
  const signal = ffi.func('signal', 'i32', 'ptr');
  for (const number of signals) signal(number, ffi.word(SIG_DFL));
}
