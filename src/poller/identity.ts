// SPDX-License-Identifier: LGPL-2.1-or-later

// Whether a number still stands for the file that was registered under it: epoll(7) reports a file that was closed as long as it lives on in a
// dup or another process, and tells nobody that it was closed (Q6 there).

import { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD } from '../../host/abi.js';
import type { Epoll } from '../../host/epoll.js';
import type { Registration } from './registration.js';

const EBADF = 9;
const EEXIST = 17;
const ENOENT = 2;

/** epoll_ctl(2) of a registration. */
export function control(
  epoll: Epoll,
  epfd: number,
  op: number,
  { fd, events, bits, generation }: Pick<Registration, 'fd' | 'events' | 'bits' | 'generation'>,
): number {
  return epoll.control(epfd, op, fd, events | bits, generation);
}

/**
 * Asks the kernel by a call that changes nothing: 0, -EBADF for a number that is closed, -ENOENT for one that stands for another file.
 *
 * A level is modified to what it is. That would arm an edge or a oneshot again, and an exclusive one can't be modified: those are added once more,
 * which is refused with EEXIST. A level isn't, since whoever adds to a set that is in another holds a lock of the whole system (docs/poller.md).
 */
export function ask(epoll: Epoll, epfd: number, registration: Registration): number {
  let status: number;
  if (registration.bits === 0) status = control(epoll, epfd, EPOLL_CTL_MOD, registration);
  else {
    status = control(epoll, epfd, EPOLL_CTL_ADD, { ...registration, events: 0, bits: 0 });
    if (status === -EEXIST) return 0;
    if (status === 0) control(epoll, epfd, EPOLL_CTL_DEL, registration);
  }
  if (status === 0 && registration.bits === 0) return 0;
  return status === -EBADF ? -EBADF : -ENOENT;
}
