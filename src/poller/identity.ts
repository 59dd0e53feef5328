// SPDX-License-Identifier: LGPL-2.1-or-later

// Whether a number still stands for the file that was registered under it. epoll(7) reports a file that was closed as long as it lives on in a
// dup or another process. It tells nobody that it was closed (Q6 there).

import { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD } from '../../host/abi.js';
import type { Epoll } from '../../host/linux/epoll.js';
import { EBADF, EEXIST, EINVAL, ENOENT } from '../../host/errno.js';
import { EPOLLEXCLUSIVE } from '../constants.js';
import type { Registration } from './registration.js';

/** epoll_ctl(2) of a registration, for what it is watched for or for `mask`. */
export function control(
  epoll: Epoll,
  epfd: number,
  op: number,
  { fd, events, bits, generation }: Registration,
  mask = events | bits,
): number {
  return epoll.control(epfd, op, fd, mask, generation);
}

/**
 * Asks the kernel by a call that changes nothing: 0, -EBADF for a number that is closed, -ENOENT for one that stands for another file.
 *
 * A level is modified to what it is, and an exclusive one, which can't be modified, to nothing: that is EINVAL if it is there. To modify an edge or a
 * oneshot would arm it again: those are added once more, which is refused with EEXIST. The others aren't, since an add to a set that is in another
 * holds a lock of the whole system (docs/poller.md).
 */
export function ask(epoll: Epoll, epfd: number, registration: Registration): number {
  const { bits, fd } = registration;
  if (bits === 0) return answer(control(epoll, epfd, EPOLL_CTL_MOD, registration), 0);
  // Of the set itself everything is EINVAL.
  if (bits & EPOLLEXCLUSIVE && fd !== epfd) return answer(control(epoll, epfd, EPOLL_CTL_MOD, registration, 0), -EINVAL);
  const status = control(epoll, epfd, EPOLL_CTL_ADD, registration, 0);
  if (status === 0) control(epoll, epfd, EPOLL_CTL_DEL, registration);
  return answer(status, -EEXIST);
}

function answer(status: number, isThere: number): number {
  if (status === isThere) return 0;
  return status === -EBADF ? -EBADF : -ENOENT;
}
