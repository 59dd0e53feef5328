// SPDX-License-Identifier: LGPL-2.1-or-later

// What an error of a Poller says beyond its code.

import { EPOLLEXCLUSIVE } from '../constants.js';
import { errnoName, VPollError } from '../errors.js';
import { formatEvents } from '../events.js';

/** What a Poller takes beyond its own descriptor is opened at the first call that needs it. */
const NO_ROOM: Readonly<Record<string, string>> = {
  EMFILE:
    'a Poller takes a descriptor, one more with listeners, and some for each thread: close some or raise the limit (ulimit -n)',
  ENFILE: 'the whole system is out of open files (fs.file-max)',
};

/** For a negative status of what makes something that a Poller needs. */
export function createFailure(status: number, syscall = 'epoll_create1'): VPollError {
  const code = errnoName(-status);
  return new VPollError(code, syscall, NO_ROOM[code]);
}

function explainControl(code: string, fd: number, events: number, bits: number, isNew: boolean): string | undefined {
  switch (code) {
    case 'EBADF':
      return isNew ? `fd ${fd} is not open` : `fd ${fd} was closed; it is watched no more`;
    case 'ENOENT':
      return `fd ${fd} is another file than the one that was added; it is watched no more`;
    case 'EEXIST':
      return `fd ${fd} is watched by this Poller already: modify it`;
    case 'EPERM':
      return `fd ${fd} is a file that can't be polled, such as a regular file or a directory, which are always ready`;
    case 'ENOSPC':
      return 'this user watches as much as it may (fs.epoll.max_user_watches)';
    case 'ELOOP':
      return `fd ${fd} is an epoll set, and there are too many within one another, or they form a circle`;
    case 'EINVAL':
      if (bits & EPOLLEXCLUSIVE && !isNew)
        return `fd ${fd} was added as exclusive, which can't be modified: delete it, and add it`;
      if (bits & EPOLLEXCLUSIVE) {
        return `exclusive goes with IN, OUT, ERR and HUP, without oneshot, and not for an epoll set (this is ${formatEvents(events)})`;
      }
      return `fd ${fd} is this Poller's own`;
    default:
      return undefined;
  }
}

/** For a negative status of an add: of epoll_ctl(2), or of what it needs beside that. */
export function addFailure(status: number, syscall: string, fd: number, events: number, bits: number): VPollError {
  if (errnoName(-status) in NO_ROOM) return createFailure(status, syscall);
  return controlFailure(status, fd, events, bits, true);
}

/** For a negative status of epoll_ctl(2). */
export function controlFailure(status: number, fd: number, events: number, bits: number, isNew: boolean): VPollError {
  const code = errnoName(-status);
  return new VPollError(code, 'epoll_ctl', explainControl(code, fd, events, bits, isNew));
}
