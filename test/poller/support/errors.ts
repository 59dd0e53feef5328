// SPDX-License-Identifier: LGPL-2.1-or-later

import { refusal } from '../../real/support/errors.js';
import type { VPollError } from '../../../src/index.js';

/** The error that a promise must reject with, see {@link refusal}. */
export async function rejection(promise: Promise<unknown>, code: string, syscall?: string): Promise<VPollError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  return refusal(
    () => {
      if (outcome) throw outcome.error;
    },
    code,
    syscall,
  );
}
