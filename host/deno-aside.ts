// SPDX-License-Identifier: LGPL-2.1-or-later

import type { AsideText } from './aside.js';

/** By Deno.dlopen. */
export const ASIDE: AsideText = {
  calls: `({ names }) => {
    const types = {
      epoll_ctl: { parameters: ['i32', 'i32', 'i32', 'buffer'], result: 'i32' },
      epoll_wait: { parameters: ['i32', 'buffer', 'i32', 'i32'], result: 'i32' },
      close: { parameters: ['i32'], result: 'i32' },
      poll: { parameters: ['buffer', 'usize', 'i32'], result: 'i32' },
      read: { parameters: ['i32', 'buffer', 'usize'], result: 'isize' },
      __errno_location: { parameters: [], result: 'pointer' },
    };
    let failure;
    for (const name of names) {
      try {
        const { symbols } = Deno.dlopen(name, types);
        const errno = new Int32Array(Deno.UnsafePointerView.getArrayBuffer(symbols.__errno_location(), 4));
        return {
          ctl: (epfd, op, fd, event) => symbols.epoll_ctl(epfd, op, fd, event.buffer),
          wait: (epfd, room, max) => symbols.epoll_wait(epfd, room.buffer, max, 0),
          close: symbols.close,
          poll: (fds, count, timeout) => symbols.poll(fds, BigInt(count), timeout),
          read: (fd, room) => symbols.read(fd, room, 8n),
          errno: () => errno[0],
        };
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }`,
  sliceMs: -1,
  threadFds: 6,
  isJoining: false,
  isErrorLast: false,
};
