// SPDX-License-Identifier: LGPL-2.1-or-later

// The vpolls of a helper: what each shows, who opened it, and whether the kernel wants to hear of changes.

import { EPOLLERR, EPOLLHUP, EPOLLRDHUP, VPOLL_CTL_DELEVENTS, VPOLL_CTL_SETEVENTS, VPOLL_EVENTS } from '../constants.js';
import type { Next } from './decide.js';

/** One open file. */
export interface Served {
  events: number;
  /** The user that opened it: its share of the limit. */
  readonly uid: number;
  readonly isWritable: boolean;
  /** The kernel's name for the file's waiters, once it has asked: the two halves of a u64. */
  waiters: readonly [low: number, high: number] | undefined;
  /** How often somebody asked who waits, and which threads did. */
  asked: number;
  threads: Set<number> | undefined;
}

/** How many threads are told apart. */
const THREADS_MAX = 1024;
/** Of the waiters that have not asked themselves: those whom a change reaches at once. */
const SPARE = 16;
const EBADF = 9;
const EINVAL = 22;
const EMFILE = 24;

/** See the top of the file. Statuses are >= 0 or -errno. */
export class VPolls {
  readonly #next: Next;
  readonly #maxPerUid: number;
  readonly #byHandle = new Map<number, Served>();
  readonly #counts = new Map<number, number>();
  #lastHandle = 0;

  constructor(next: Next, maxPerUid: number) {
    this.#next = next;
    this.#maxPerUid = maxPerUid;
  }

  /** A new one that shows nothing: its handle, or -EMFILE (as inotify_init(2) says for the limit of a user). */
  open(uid: number, isWritable: boolean): number {
    const count = this.#counts.get(uid) ?? 0;
    if (count >= this.#maxPerUid) return -EMFILE;
    this.#counts.set(uid, count + 1);
    // 31 bits: a status must not be negative. After a wrap some are still taken.
    do this.#lastHandle = (this.#lastHandle + 1) & 0x7fffffff;
    while (this.#byHandle.has(this.#lastHandle));
    this.#byHandle.set(this.#lastHandle, { events: 0, uid, isWritable, waiters: undefined, asked: 0, threads: undefined });
    return this.#lastHandle;
  }

  get(handle: number): Served | undefined {
    return this.#byHandle.get(handle);
  }

  release(handle: number): void {
    const served = this.#byHandle.get(handle);
    if (!served || !this.#byHandle.delete(handle)) return;
    const left = this.#counts.get(served.uid)! - 1;
    if (left === 0) this.#counts.delete(served.uid);
    else this.#counts.set(served.uid, left);
  }

  /** ADD, DEL or SET: the new mask. Only a DEL ignores bits that nobody can set. */
  request(served: Served, op: number, events: number): number {
    if (!served.isWritable) return -EBADF;
    if (op < 1 || op > VPOLL_CTL_SETEVENTS) return -EINVAL;
    if (op !== VPOLL_CTL_DELEVENTS && (events & ~VPOLL_EVENTS) !== 0) return -EINVAL;
    served.events = this.#next(served.events, op, events & VPOLL_EVENTS);
    return served.events;
  }
}

/** Whether a request is to wake: a DEL wakes nobody, nor does an ADD or a SET of nothing. */
export function isWaking(op: number, events: number): boolean {
  return op !== VPOLL_CTL_DELEVENTS && (events & VPOLL_EVENTS) !== 0;
}

/** Whether every waiter is to see one of them, exclusive ones too. */
export function isForAll(events: number): boolean {
  return (events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) !== 0;
}

/** Notes that a thread waits and asks what the file shows. Whether it is new, and the number of threads a power of two now. */
export function note(served: Served, thread: number): boolean {
  served.asked++;
  served.threads ??= new Set();
  if (served.threads.has(thread) || served.threads.size === THREADS_MAX) return false;
  const count = served.threads.add(thread).size;
  return (count & (count - 1)) === 0;
}

/**
 * How many notifies reach every waiter. One has no key, and of the EPOLLEXCLUSIVE waiters that sleep it wakes one. While notifies are written nobody whom they
 * woke gets an answer, so nobody sleeps again, and n of them wake n. Each waiter was registered by a thread that asked then, so that there are no
 * more than were asked for; mostly they are no more than threads, for a thread watches what it has registered. Where another one does, it is new when
 * it looks, and has more woken: all at once up to SPARE, and beyond by doubling.
 */
export function countForAll({ asked, threads }: Served): number {
  // One that is alone would see an edge twice.
  return threads!.size === 1 ? 1 : Math.min(asked, 2 * threads!.size + SPARE);
}
