// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * epoll(7) for Node, through koffi: what a program that waits needs. Masks and descriptors are exact; a negative result is -errno.
 */
import { ABIS, EPOLL_CLOEXEC, EPOLL_CTL_ADD } from './abi.js';
import { loadLibc, type Koffi } from './node.js';

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
export function createEpoll(koffi: Koffi, arch: string): Epoll | number {
  const layout = ABIS[arch]!.epollEvent;
  const libc = loadLibc(koffi, arch);
  const create = libc.func('int epoll_create1(int)');
  const control = libc.func('int epoll_ctl(int, int, int, uintptr_t)');
  const wait = libc.func('int epoll_wait(int, uintptr_t, int, int)');
  const close = libc.func('int close(int)');
  const event = new DataView(new ArrayBuffer(layout.size));
  const at = Number(koffi.address(new Uint8Array(event.buffer)));
  const epfd = create(EPOLL_CLOEXEC);
  if (epfd < 0) return -koffi.errno();
  return {
    add(fd, events) {
      event.setUint32(layout.events, events, true);
      event.setInt32(layout.data, fd, true);
      return control(epfd, EPOLL_CTL_ADD, fd, at) < 0 ? -koffi.errno() : 0;
    },
    wait(timeoutMs) {
      const n = wait(epfd, at, 1, timeoutMs);
      if (n < 0) return koffi.errno() === EINTR ? undefined : -koffi.errno();
      return n === 0 ? undefined : { fd: event.getInt32(layout.data, true), events: event.getUint32(layout.events, true) };
    },
    close: () => void close(epfd),
  };
}
