// SPDX-License-Identifier: LGPL-2.1-or-later

// What a start of a helper takes for a moment and there may be too little of. Each way fails by it in its own words, and what helps where a machine
// lacks a way would not help here. So this is told in their place.

import { ERRNO } from '../../host/errno.js';
import type { Calls, Shortage } from '../../host/linux/calls.js';
import type { Why } from '../why.js';

const DESCRIPTORS = 'a helper needs some descriptors for a moment';
const OTHERWISE = 'or set VPOLL_FUSE=off';

/** Why each keeps a helper from starting. Without descriptors no other backend could be had either, so that alone is an error of its own. */
const WHYS: Readonly<Record<Shortage, Why>> = {
  EMFILE: { reason: DESCRIPTORS, remedy: `raise the limit, ulimit -n; or close some; ${OTHERWISE}`, shortage: 'EMFILE' },
  ENFILE: {
    reason: DESCRIPTORS,
    remedy: `raise the limit of the system, fs.file-max; or close some; ${OTHERWISE}`,
    shortage: 'ENFILE',
  },
  EAGAIN: {
    reason: 'EAGAIN, a helper is a process, and no more of them may be started here',
    remedy: `raise the limit, ulimit -u or pids.max of the control group; or end some; ${OTHERWISE}`,
  },
  ENOMEM: {
    reason: 'ENOMEM, a helper is a process, and there is no memory for one',
    remedy: `give it more, memory.max of the control group; ${OTHERWISE}`,
  },
};

/** How programs say them that have failed by one: by number, by name, or by strerror(3). */
const SAID: Readonly<Record<Shortage, RegExp>> = {
  ENFILE: saidBy('ENFILE', 'too many open files in system'),
  EMFILE: saidBy('EMFILE', 'too many open files(?! in system)'),
  // The last is what dash says.
  EAGAIN: saidBy('EAGAIN', 'resource temporarily unavailable', 'cannot fork'),
  ENOMEM: saidBy('ENOMEM', 'cannot allocate memory'),
};

function saidBy(code: Shortage, ...words: string[]): RegExp {
  return new RegExp(`\\berrno ${ERRNO[code]}\\b|\\b${code}\\b|${words.join('|')}`, 'i');
}

/** Why a start failed: the shortage that it met, whichever way it was on; else as it is. */
export function orShortage(calls: Calls, why: Why): Why {
  const found = calls.takeShortage() ?? (Object.keys(SAID) as Shortage[]).find((code) => SAID[code].test(why.reason));
  return found ? WHYS[found] : why;
}
