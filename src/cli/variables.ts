// SPDX-License-Identifier: LGPL-2.1-or-later

// The variables of the environment that vpoll reads: for vpoll(1), and for `vpoll doctor`, which names those of this prefix that it doesn't know.

import { BACKENDS } from '../backends.js';

const PREFIX = 'VPOLL_';

/** Each with what it says. */
export const VARIABLES: readonly (readonly [name: string, what: string])[] = [
  ['VPOLL_BACKEND', `The backend that a vpoll is made on where the program names none: ${BACKENDS.join(', ')}.`],
  ['VPOLL_NEEDS', 'The events that it must be able to show, for example IN|PRI; the cheapest backend that can is taken.'],
  ['VPOLL_ORDER', 'truest, or seed: the backends of libvpoll 0.1, so that no process is started.'],
  ['VPOLL_FUSE', 'What serves the backend fuse, or off: no helper is started.'],
  ['VPOLL_SHARE', 'The token that VPoll.attach() takes where it is given none.'],
  ['VPOLL_SIM_REPLAY', 'A run that vpoll/sim is to make again, as the report of its failure says.'],
  ['VPOLL_STRICT, VPOLL_TRACE', 'Read by the C library alone: vpoll(3).'],
  ['VPOLL_LIBRARY', 'Read by the Python package alone: the libvpoll that it loads.'],
];

/** Their names. */
export const KNOWN: readonly string[] = VARIABLES.flatMap(([names]) => names.split(', '));

/** Those of `names` that look like a variable of vpoll and are none: a slip of the pen is ignored in silence elsewhere. */
export function unknownOf(names: readonly string[]): string[] {
  return names.filter((name) => name.startsWith(PREFIX) && !KNOWN.includes(name)).sort();
}
