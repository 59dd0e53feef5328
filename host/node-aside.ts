// SPDX-License-Identifier: LGPL-2.1-or-later

import type { AsideText } from './aside.js';

/**
 * By koffi; `koffi` in its data is where that lies. A thread of Node's that is in a call of C can't be ended, nor can the process without it, so it
 * comes back again and again. uv_poll, which could be, would not do: it puts the set into the loop's own, and whoever adds to a set within a set
 * holds a lock of the whole system (epnested_mutex in fs/eventpoll.c) until the file's server answers.
 */
export const ASIDE: AsideText = {
  calls: `({ koffi: path }) => {
    const koffi = require(path);
    const libc = koffi.load(null);
    const wait = libc.func('int epoll_wait(int, void *, int, int)');
    const poll = libc.func('int poll(void *, size_t, int)');
    const read = libc.func('int read(int, void *, size_t)');
    return {
      ctl: libc.func('int epoll_ctl(int, int, int, void *)'),
      wait: (epfd, room, max) => wait(epfd, room, max, 0),
      close: libc.func('int close(int)'),
      poll,
      read: (fd, room) => read(fd, room, 8),
      errno: () => koffi.errno(),
    };
  }`,
  sliceMs: 200,
  threadFds: 8,
  isJoining: true,
  isErrorLast: true,
};
