// SPDX-License-Identifier: LGPL-2.1-or-later

// Eventfds by which the event loop wakes a thread that is in poll(2).

import { O_CLOEXEC, O_NONBLOCK } from '../abi.js';
import type { Ffi } from '../ffi.js';

/** Descriptors are the caller's to close. */
export interface Wakefds {
  /** A new one, or -errno (eventfd(2)); also where there aren't as many more descriptors as its thread takes to start. */
  create(threadFds?: number): number;
  /** Makes it readable. */
  wake(fd: number): void;
}

export function createWakefds(ffi: Ffi): Wakefds {
  const eventfd = ffi.func('eventfd', 'u32', 'i32');
  const write = ffi.func('write', 'i32', 'ptr', 'len');
  const close = ffi.func('close', 'i32');
  const count = new BigUint64Array(1);
  const at = ffi.word(ffi.address(count.buffer));
  const size = ffi.word(count.byteLength);
  return {
    create: (threadFds = 0) => {
      const fds: number[] = [];
      let status = 0;
      while (status >= 0 && fds.length <= threadFds) {
        const fd = eventfd(0, O_CLOEXEC | O_NONBLOCK);
        status = fd < 0 ? -ffi.errno() : fd;
        if (fd >= 0) fds.push(fd);
      }
      // Only opening them shows that so many descriptors are free.
      for (const fd of fds) if (status < 0 || fd !== fds[0]) close(fd);
      return status < 0 ? status : fds[0]!;
    },
    wake: (fd) => {
      // An address keeps nothing alive: this use of the array does. Without it other bytes may come to lie there, and a write of 0 wakes nobody.
      count[0] = 1n;
      write(fd, at, size);
    },
  };
}
