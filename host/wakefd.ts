// SPDX-License-Identifier: LGPL-2.1-or-later

// Eventfds by which the event loop wakes a thread that is in poll(2).

import type { Ffi } from './ffi.js';

const EFD_CLOEXEC_NONBLOCK = 0x80800;

/** Descriptors are the caller's to close. */
export interface Wakefds {
  /** A new one, or -errno (eventfd(2)). */
  create(): number;
  /** Makes it readable. */
  wake(fd: number): void;
}

export function createWakefds(ffi: Ffi): Wakefds {
  const eventfd = ffi.func('eventfd', 'u32', 'i32');
  const write = ffi.func('write', 'i32', 'ptr', 'len');
  const count = new BigUint64Array(1);
  const at = ffi.word(ffi.address(count.buffer));
  const size = ffi.word(count.byteLength);
  return {
    create: () => {
      const fd = eventfd(0, EFD_CLOEXEC_NONBLOCK);
      return fd < 0 ? -ffi.errno() : fd;
    },
    wake: (fd) => {
      // An address keeps nothing alive. Whoever has this function has to have the array as well, else what stands there next is written: a 0, which wakes nobody.
      count[0] = 1n;
      write(fd, at, size);
    },
  };
}
