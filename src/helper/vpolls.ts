// SPDX-License-Identifier: LGPL-2.1-or-later

// The vpolls of a helper: what each shows, who opened it, and whether the kernel wants to hear of changes.

import { VPOLL_CTL_DELEVENTS, VPOLL_CTL_SETEVENTS, VPOLL_EVENTS } from '../constants.js';
import type { Next } from './decide.js';

/** One open file. */
export interface Served {
  events: number;
  /** The user that opened it: its share of the limit. */
  readonly uid: number;
  readonly isWritable: boolean;
  /** The kernel's name for the file's waiters, once it has asked: the two halves of a u64. */
  waiters: readonly [low: number, high: number] | undefined;
}

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
    this.#byHandle.set(this.#lastHandle, { events: 0, uid, isWritable, waiters: undefined });
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
