// SPDX-License-Identifier: LGPL-2.1-or-later

/** epoll(7) for Node, through koffi. */
import { createEpoll, type Epoll } from './epoll.js';
import { loadLibc, type Koffi } from './node.js';

/** Throws where libc can't be loaded, or the architecture isn't known. */
export function createNodeEpoll(koffi: Koffi, arch: string): Epoll {
  const libc = loadLibc(koffi, arch);
  const create1 = libc.func('int epoll_create1(int)');
  const ctl = libc.func('int epoll_ctl(int, int, int, uintptr_t)');
  const wait = libc.func('int epoll_wait(int, uintptr_t, int, int)');
  const close = libc.func('int close(int)');
  // The thread's own errno, read before any other call can change it.
  const status = (result: number): number => (result < 0 ? -koffi.errno() : result);
  const calls = {
    create1: (flags: number) => status(create1(flags)),
    ctl: (epfd: number, op: number, fd: number, event: number) => status(ctl(epfd, op, fd, event)),
    wait: (epfd: number, events: number, max: number, timeoutMs: number) => status(wait(epfd, events, max, timeoutMs)),
    close: (fd: number) => status(close(fd)),
    address: (bytes: Uint8Array) => Number(koffi.address(bytes)),
  };
  return createEpoll(calls, arch);
}
