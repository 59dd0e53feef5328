// SPDX-License-Identifier: LGPL-2.1-or-later

// pipe(2), socketpair(2), eventfd(2) and timerfd_create(2), and what is done with what they make. All descriptors are non-blocking and close-on-exec.
// Statuses are >= 0 or -errno.
//
// A number that others have closed may stand for another file. A set of epoll(7) that nobody waits for has each file under its number. It knows them
// apart as long as one of the two lives (docs/decisions/019); what has no id of its own, a timerfd, it knows as well.

import { EBADF } from '../errno.js';
import {
  AF_UNIX,
  CLOCK_MONOTONIC,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLONESHOT,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  O_CLOEXEC,
  O_NONBLOCK,
  SOCK_STREAM,
} from '../abi.js';
import type { CFunction, Ffi } from '../ffi.js';
import { ITIMERSPEC, TIMESPEC } from '../structs.js';
import { createEpoll, type Epoll } from './epoll.js';

const FLAGS = O_NONBLOCK | O_CLOEXEC;
const SECOND_NS = 1_000_000_000n;

/** A struct timespec at an offset. */
function readTime(view: DataView, at: number): bigint {
  return view.getBigInt64(at + TIMESPEC.tv_sec, true) * SECOND_NS + view.getBigInt64(at + TIMESPEC.tv_nsec, true);
}

function writeTime(view: DataView, at: number, ns: bigint): void {
  view.setBigInt64(at + TIMESPEC.tv_sec, ns / SECOND_NS, true);
  view.setBigInt64(at + TIMESPEC.tv_nsec, ns % SECOND_NS, true);
}

/** The calls, for this thread. They share one buffer of `size` bytes: no call moves more. */
export class KernelFiles {
  readonly #ffi: Ffi;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #at: number | bigint;
  readonly #close: CFunction;
  readonly #epoll: Epoll;
  /** The set of all that is open; -1 while nothing is. */
  #set = -1;
  #open = 0;

  constructor(ffi: Ffi, size: number) {
    this.#ffi = ffi;
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
    this.#at = ffi.word(ffi.address(this.#bytes.buffer));
    // Made beforehand, so that what is open can be closed whatever the runtime allows later.
    this.#close = ffi.func('close', 'i32');
    this.#epoll = createEpoll(ffi, process.arch);
  }

  pipe(): readonly [number, number] | number {
    return this.#pair(this.#ffi.func('pipe2', 'ptr', 'i32')(this.#at, FLAGS));
  }

  socketpair(): readonly [number, number] | number {
    const socketpair = this.#ffi.func('socketpair', 'i32', 'i32', 'i32', 'ptr');
    return this.#pair(socketpair(AF_UNIX, SOCK_STREAM | FLAGS, 0, this.#at));
  }

  eventfd(count: number, flags: number): number {
    return this.#made(this.#ffi.func('eventfd', 'u32', 'i32')(count, flags | FLAGS));
  }

  timerfd(): number {
    return this.#made(this.#ffi.func('timerfd_create', 'i32', 'i32')(CLOCK_MONOTONIC, FLAGS));
  }

  read(fd: number, size: number): Uint8Array | number {
    if (!this.#isMine(fd)) return -EBADF;
    return this.#taken(this.#ffi.func('read', 'i32', 'ptr', 'len')(fd, this.#at, this.#ffi.word(size)));
  }

  recv(fd: number, size: number): Uint8Array | number {
    if (!this.#isMine(fd)) return -EBADF;
    const recv = this.#ffi.func('recv', 'i32', 'ptr', 'len', 'i32');
    return this.#taken(recv(fd, this.#at, this.#ffi.word(size), MSG_DONTWAIT));
  }

  write(fd: number, data: Uint8Array): number {
    if (!this.#isMine(fd)) return -EBADF;
    this.#bytes.set(data);
    return this.#status(this.#ffi.func('write', 'i32', 'ptr', 'len')(fd, this.#at, this.#ffi.word(data.length)));
  }

  send(fd: number, data: Uint8Array): number {
    if (!this.#isMine(fd)) return -EBADF;
    this.#bytes.set(data);
    const send = this.#ffi.func('send', 'i32', 'ptr', 'len', 'i32');
    return this.#status(send(fd, this.#at, this.#ffi.word(data.length), MSG_DONTWAIT | MSG_NOSIGNAL));
  }

  shutdown(fd: number, how: number): number {
    if (!this.#isMine(fd)) return -EBADF;
    return this.#status(this.#ffi.func('shutdown', 'i32', 'i32')(fd, how));
  }

  setTime(fd: number, value_ns: bigint, interval_ns: bigint): number {
    if (!this.#isMine(fd)) return -EBADF;
    writeTime(this.#view, ITIMERSPEC.it_interval, interval_ns);
    writeTime(this.#view, ITIMERSPEC.it_value, value_ns);
    const settime = this.#ffi.func('timerfd_settime', 'i32', 'i32', 'ptr', 'ptr');
    return this.#status(settime(fd, 0, this.#at, this.#ffi.word(0)));
  }

  getTime(fd: number): { value_ns: bigint; interval_ns: bigint } | number {
    if (!this.#isMine(fd)) return -EBADF;
    const status = this.#status(this.#ffi.func('timerfd_gettime', 'i32', 'ptr')(fd, this.#at));
    if (status < 0) return status;
    return { value_ns: readTime(this.#view, ITIMERSPEC.it_value), interval_ns: readTime(this.#view, ITIMERSPEC.it_interval) };
  }

  /** It is none of these files any more, whatever this gives. */
  close(fd: number): number {
    const isMine = this.#epoll.control(this.#set, EPOLL_CTL_DEL, fd, 0, 0) === 0;
    if (--this.#open === 0) {
      this.#epoll.close(this.#set);
      this.#set = -1;
    }
    return isMine ? this.#status(this.#close(fd)) : -EBADF;
  }

  /** Whether the number still stands for the file that was made under it. With EPOLLONESHOT alone the set is told of nothing. */
  #isMine(fd: number): boolean {
    return this.#epoll.control(this.#set, EPOLL_CTL_MOD, fd, EPOLLONESHOT, 0) === 0;
  }

  /** Takes what a call has made into the set. */
  #made(result: number): number {
    if (result < 0) return this.#status(result);
    let status = this.#open === 0 ? this.#epoll.create() : this.#set;
    if (status >= 0) {
      this.#set = status;
      this.#open++;
      status = this.#epoll.control(this.#set, EPOLL_CTL_ADD, result, EPOLLONESHOT, 0);
      if (status < 0) this.close(result);
    }
    // Of one that is in no set close() has closed nothing.
    if (status < 0) this.#close(result);
    return status < 0 ? status : result;
  }

  #status(result: number): number {
    return result < 0 ? -this.#ffi.errno() : result;
  }

  #pair(result: number): readonly [number, number] | number {
    if (result < 0) return this.#status(result);
    const [first, second] = [this.#view.getInt32(0, true), this.#view.getInt32(4, true)];
    const one = this.#made(first);
    if (one < 0) {
      this.#close(second);
      return one;
    }
    const other = this.#made(second);
    if (other < 0) {
      this.close(first);
      return other;
    }
    return [first, second];
  }

  #taken(result: number): Uint8Array | number {
    return result < 0 ? this.#status(result) : this.#bytes.slice(0, result);
  }
}
