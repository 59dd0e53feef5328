// SPDX-License-Identifier: LGPL-2.1-or-later

import type { Ffi } from '../../host/ffi.js';

const SIG_DFL = 0;

/** Gives signals (numbers) back what they do by themselves: a runtime ignores some, or handles them past what a program sees. */
export function restoreDefaults(ffi: Ffi, ...signals: number[]): void {
  const signal = ffi.func('signal', 'i32', 'ptr');
  for (const number of signals) signal(number, ffi.word(SIG_DFL));
}
