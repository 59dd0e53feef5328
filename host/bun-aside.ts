// SPDX-License-Identifier: LGPL-2.1-or-later

import type { AsideText } from './aside.js';

/** By bun:ffi, of which 'ptr' takes a typed array as it is. */
export const ASIDE: AsideText = {
  calls: `({ names }) => {
    const { dlopen, read } = require('bun:ffi');
    const types = {
      epoll_ctl: { args: ['i32', 'i32', 'i32', 'ptr'], returns: 'i32' },
      epoll_wait: { args: ['i32', 'ptr', 'i32', 'i32'], returns: 'i32' },
      close: { args: ['i32'], returns: 'i32' },
      poll: { args: ['ptr', 'usize', 'i32'], returns: 'i32' },
      read: { args: ['i32', 'ptr', 'usize'], returns: 'i32' },
      __errno_location: { args: [], returns: 'ptr' },
    };
    let failure;
    for (const name of names) {
      try {
        const { symbols } = dlopen(name, types);
        const at = symbols.__errno_location();
        return {
          ctl: (epfd, op, fd, event) => symbols.epoll_ctl(epfd, op, fd, new Uint8Array(event.buffer)),
          wait: (epfd, room, max) => symbols.epoll_wait(epfd, new Uint8Array(room.buffer), max, 0),
          close: symbols.close,
          poll: symbols.poll,
          read: (fd, room) => symbols.read(fd, room, 8),
          errno: () => read.i32(at),
        };
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }`,
  sliceMs: -1,
  threadFds: 2,
  isJoining: true,
  isErrorLast: false,
};
