// SPDX-License-Identifier: LGPL-2.1-or-later

/** epoll(7) on any runtime. Status is a number, as in ../sys.ts: what the system call returns, or `-errno`. */
import { ABIS, O_CLOEXEC } from '../abi.js';
import type { Ffi, Word } from '../ffi.js';

/** epoll(7) in numbers. The 64 bits of data of each registration are its descriptor and a generation. */
export interface Epoll {
  /** A new set, close-on-exec. */
  create(): number;
  /** epoll_ctl(2): `events` with the options of the waiter, `generation` of 32 bits. */
  control(epfd: number, op: number, fd: number, events: number, generation: number): number;
  /** epoll_wait(2): how many are ready. They can be read by the next three until the next call of this one, on any set. */
  wait(epfd: number, max: number, timeoutMs: number): number;
  /** The events of the ready one at `index`, unsigned. */
  events(index: number): number;
  /** Its descriptor, as it was registered. */
  fd(index: number): number;
  /** Its generation, unsigned. */
  generation(index: number): number;
  close(epfd: number): void;
}

const ROOM_FIRST = 64;

/** Opens epoll(7). Throws where libc lacks it, or the architecture (by `process.arch`) isn't known. */
export function createEpoll(ffi: Ffi, arch: string): Epoll {
  const layout = ABIS[arch]?.epollEvent;
  if (!layout) throw new Error(`architecture ${arch} is not supported (${Object.keys(ABIS).join(', ')} are)`);
  const { size, events, data } = layout;
  const create1 = ffi.func('epoll_create1', 'i32');
  const ctl = ffi.func('epoll_ctl', 'i32', 'i32', 'i32', 'ptr');
  const wait = ffi.func('epoll_wait', 'i32', 'ptr', 'i32', 'i32');
  const close = ffi.func('close', 'i32');
  const status = (result: number): number => (result < 0 ? -ffi.errno() : result);
  const event = new DataView(new ArrayBuffer(size));
  const eventAt = ffi.word(ffi.address(event.buffer));
  // Words of 32 bits: a typed array is read faster than a DataView, and every field is aligned to them.
  let room = new Uint32Array(0);
  const [stride, eventsAt, dataAt] = [size / 4, events / 4, data / 4];
  let roomAt: Word = 0;
  const grow = (count: number): void => {
    room = new Uint32Array(stride * count);
    roomAt = ffi.word(ffi.address(room.buffer));
  };
  return {
    create: () => status(create1(O_CLOEXEC)),
    control(epfd, op, fd, mask, generation) {
      event.setUint32(events, mask, true);
      event.setInt32(data, fd, true);
      event.setUint32(data + 4, generation, true);
      return status(ctl(epfd, op, fd, eventAt));
    },
    wait(epfd, max, timeoutMs) {
      if (max * stride > room.length) grow(Math.max(max, ROOM_FIRST));
      return status(wait(epfd, roomAt, max, timeoutMs));
    },
    events: (index) => room[index * stride + eventsAt]!,
    fd: (index) => room[index * stride + dataAt]! | 0,
    generation: (index) => room[index * stride + dataAt + 1]!,
    close: (epfd) => void close(epfd),
  };
}
