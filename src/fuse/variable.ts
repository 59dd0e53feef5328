// SPDX-License-Identifier: LGPL-2.1-or-later

// VPOLL_FUSE in the environment: which helpers may be started. A word that none knows is an error, so that a slip of the pen isn't taken for "off".

import { describe, invalid } from '../events.js';
import { environment } from '../runtime.js';
import type { Why } from '../why.js';
import { WORDS } from './policy.js';

/** Why nothing is started where it says so. */
export const OFF: Why = { reason: 'VPOLL_FUSE=off forbids it', remedy: 'unset it' };

/** Why the native helper is not started where it says so. */
export const FORBIDDEN: Why = { reason: 'VPOLL_FUSE=runtime forbids it', remedy: 'unset it' };

/** What VPOLL_FUSE may say. */
export type Word = (typeof WORDS)[number];

/**
 * What `said` means; where it isn't set, or empty, the first.
 *
 * @throws {@link VPollError} EINVAL for a word that none knows, naming the variable
 */
export function toWord(said: string | undefined, syscall: string): Word {
  const word = WORDS.find((each) => each === (said || WORDS[0]));
  if (word) return word;
  const known = `${WORDS.slice(0, -1).join(', ')} or ${WORDS.at(-1)!}`;
  throw invalid(syscall, `VPOLL_FUSE in the environment must be ${known}, not ${describe(said)}`);
}

/** What VPOLL_FUSE says of helpers that may be started, or why none may. */
export function saidWord(): Word | Why {
  let word: Word;
  try {
    word = toWord(environment('VPOLL_FUSE'), 'vpoll_create');
  } catch (error) {
    // The text of an error of another backend asks too, on which VPOLL_FUSE has no say.
    return { reason: (error as Error).message, remedy: 'unset it' };
  }
  return word === 'off' ? OFF : word;
}
