// SPDX-License-Identifier: LGPL-2.1-or-later

// The backend that the suites run over: the one that VPOLL_BACKEND names, else the first that this kernel has. On a stock kernel
// that is fuse, and the sockets have their turn by over-tcp and over-socketpair; in a guest of test/vm each has its own. What is true of every vpoll is tested over this one; what is true
// of one backend alone names it.

import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP } from '../../../src/constants.js';
import { VPoll, type BackendName } from '../../../src/index.js';
import { FIRST, HERE, isHere } from '../../support/here.js';

export { FIRST, HERE, isHere };

function choose(): BackendName {
  const wanted = process.env.VPOLL_BACKEND || FIRST;
  const found = HERE.find((name) => name === wanted);
  if (!found) throw new Error(`VPOLL_BACKEND is ${wanted}, and this machine has ${HERE.join(', ')}`);
  return found;
}

export const BACKEND = choose();

// The helper is there before anything counts descriptors.
if (BACKEND === 'fuse') await VPoll.prepare('fuse');

/**
 * What a Poller looks at in the event loop's own thread: the same, or a socketpair. A file of a helper is watched by a thread, which may tell of an edge once more, and ends
 * late. test/fuse/poller.test.ts says what a Poller does there.
 */
export const LOOPED: BackendName = BACKEND === 'fuse' ? 'socketpair' : BACKEND;

/** Whether a vpoll is a file of its own, which shows every mask exactly; else it is a pair of sockets. */
export const IS_FILE = BACKEND !== 'socketpair' && BACKEND !== 'tcp';

/** How many descriptors one vpoll takes. */
export const FDS = IS_FILE ? 1 : 2;

/** What poll(2) shows where `events` are asserted, of the masks that a socketpair can show too: it brings the aliases of unix_poll(). */
export function shown(events: number): number {
  if (IS_FILE) return events;
  return events | (events & EPOLLIN ? 0x41 : 0) | (events & EPOLLOUT ? (BACKEND === 'tcp' ? 0x104 : 0x304) : 0);
}

export const IN = shown(EPOLLIN);
export const OUT = shown(EPOLLOUT);
export const RDHUP = shown(EPOLLIN | EPOLLRDHUP);
/** The least that can be asked for with HUP and shown exactly by all backends but tcp, where OUT belongs to it. */
export const HANGUP = EPOLLIN | EPOLLRDHUP | EPOLLHUP | (BACKEND === 'tcp' ? EPOLLOUT : 0);
export const HUP = shown(HANGUP);

const REMEDY = { eventfd: 'eventfd: .*linux_patch', device: 'device: .*vpoll\\.ko' };

/** What an error must say that a vpoll on a socketpair gives for a mask which only files show: which backend can here, or how to get one. */
export function offerOfFiles(mask?: number): RegExp {
  const isForTcp = mask !== undefined && isHere('tcp') && (mask & ~(EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLERR)) === 0;
  const here =
    HERE.find((name) => name === 'eventfd' || name === 'device') ?? (isForTcp ? 'tcp' : HERE.find((name) => name === 'fuse'));
  return new RegExp(here ? `backend '${here}' can here` : `no backend here can:\n  ${REMEDY.eventfd}.*\n  ${REMEDY.device}`);
}
