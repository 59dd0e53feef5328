// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * The boundary of waiting, beside that of the core (sys.ts): the calls of epoll(7), and how a runtime tells when an epoll set has
 * something to report. A runtime's files give the calls and a {@link WaiterFactory}; struct epoll_event is laid out here, once for all.
 *
 * Status is a number, as in sys.ts: what the system call returns, or `-errno`.
 */
import { ABIS, EPOLL_CLOEXEC } from './abi.js';

/** What a runtime's FFI must bring. Addresses are numbers. */
export interface EpollCalls {
  /** epoll_create1(2). */
  create1(flags: number): number;
  /** epoll_ctl(2). */
  ctl(epfd: number, op: number, fd: number, event: number): number;
  /** epoll_wait(2). */
  wait(epfd: number, events: number, max: number, timeoutMs: number): number;
  /** close(2). */
  close(fd: number): number;
  /** Where a buffer's bytes are. Valid as long as the buffer lives. */
  address(bytes: Uint8Array): number;
}

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

/**
 * Waits for one epoll set without blocking the event loop. It only learns that the set is readable: what is ready is for
 * {@link Epoll.wait} to say, with exact masks, and an edge stays in the kernel until then.
 */
export interface Waiter {
  /** Asks to be told once. Keeps the process alive until then, unless `ref(false)` was said. */
  arm(): void;
  /** Takes that back. */
  disarm(): void;
  /** Whether an armed waiter keeps the process alive. It does at first. */
  ref(on: boolean): void;
  /** Ends it. `done` is called when nothing looks at the set any more, perhaps before this returns: only then may it be closed. */
  close(done: () => void): void;
}

/** A waiter for `epfd`: `ready` is called from the event loop, once for each {@link Waiter.arm}. It must not throw. */
export type WaiterFactory = (epfd: number, ready: () => void) => Waiter;

/** What a Poller stands on. */
export interface WaitHost {
  readonly epoll: Epoll;
  readonly createWaiter: WaiterFactory;
}

const ROOM_FIRST = 64;

/** Lays out struct epoll_event for `arch` (a key of ABIS) around a runtime's calls. */
export function createEpoll(calls: EpollCalls, arch: string): Epoll {
  const layout = ABIS[arch]?.epollEvent;
  if (!layout) throw new Error(`architecture ${arch} is not supported (${Object.keys(ABIS).join(', ')} are)`);
  const { size, events, data } = layout;
  const event = new DataView(new ArrayBuffer(size));
  const eventAt = calls.address(new Uint8Array(event.buffer));
  let room = new DataView(new ArrayBuffer(0));
  let roomAt = 0;
  const grow = (count: number): void => {
    room = new DataView(new ArrayBuffer(size * count));
    roomAt = calls.address(new Uint8Array(room.buffer));
  };
  return {
    create: () => calls.create1(EPOLL_CLOEXEC),
    control(epfd, op, fd, mask, generation) {
      event.setUint32(events, mask, true);
      event.setInt32(data, fd, true);
      event.setUint32(data + 4, generation, true);
      return calls.ctl(epfd, op, fd, eventAt);
    },
    wait(epfd, max, timeoutMs) {
      if (max * size > room.byteLength) grow(Math.max(max, ROOM_FIRST));
      return calls.wait(epfd, roomAt, max, timeoutMs);
    },
    events: (index) => room.getUint32(index * size + events, true),
    fd: (index) => room.getInt32(index * size + data, true),
    generation: (index) => room.getUint32(index * size + data + 4, true),
    close: (epfd) => void calls.close(epfd),
  };
}
