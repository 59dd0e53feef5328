// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * epoll(7) for a program that waits, on any runtime. Masks and descriptors are exact; a negative result is -errno.
 */
import { ABIS, EPOLL_CLOEXEC, EPOLL_CTL_ADD } from './abi.js';
import type { Ffi } from './ffi.js';

/** One ready descriptor: its number and the events that epoll_wait(2) reported, unsigned. */
export interface Ready {
  readonly fd: number;
  readonly events: number;
}

/** An epoll set. */
export interface Epoll {
  /** Adds `fd` with an interest mask: 0 or -errno. */
  add(fd: number, events: number): number;
  /** Blocks for up to `timeoutMs`: one ready descriptor, `undefined` at the timeout (or a signal), or -errno. */
  wait(timeoutMs: number): Ready | number | undefined;
  close(): void;
}

const EINTR = 4;

/** A new epoll set, or -errno. */
export function createEpoll(ffi: Ffi, arch: string): Epoll | number {
  const layout = ABIS[arch]!.epollEvent;
  const create = ffi.func('epoll_create1', 'i32');
  const control = ffi.func('epoll_ctl', 'i32', 'i32', 'i32', 'ptr');
  const wait = ffi.func('epoll_wait', 'i32', 'ptr', 'i32', 'i32');
  const close = ffi.func('close', 'i32');
  const event = new DataView(new ArrayBuffer(layout.size));
  const at = ffi.word(ffi.address(event.buffer));
  const epfd = create(EPOLL_CLOEXEC);
  if (epfd < 0) return -ffi.errno();
  return {
    add(fd, events) {
      event.setUint32(layout.events, events, true);
      event.setInt32(layout.data, fd, true);
      return control(epfd, EPOLL_CTL_ADD, fd, at) < 0 ? -ffi.errno() : 0;
    },
    wait(timeoutMs) {
      const n = wait(epfd, at, 1, timeoutMs);
      if (n < 0) return ffi.errno() === EINTR ? undefined : -ffi.errno();
      return n === 0 ? undefined : { fd: event.getInt32(layout.data, true), events: event.getUint32(layout.events, true) };
    },
    close: () => void close(epfd),
  };
}
