// SPDX-License-Identifier: LGPL-2.1-or-later

// Who waits for a vpoll, as far as a server can tell, and so how many notifies reach every waiter.

import * as pool from './pool';
import { VPoll } from './vpoll';

/** How many threads are told apart. */
const THREADS_MAX: u32 = 1024;
/** Of the waiters that have not asked themselves: those whom a change reaches at once. */
const SPARE: u32 = 16;

/**
 * The logarithm of the size of what holds so many threads, each of 4 bytes, where there are more than one. There is room for a
 * power of two of them.
 */
function logOf(count: u32): u32 {
  return max<u32>(pool.LEAST, 32 - clz<u32>(count - 1) + 2);
}

/** Whether the thread is there; it comes first then: it may well be the next again. */
function isKnown(vpoll: VPoll, thread: u32): bool {
  const count = <u32>vpoll.thread_count;
  if (count < 2) return count == 1 && vpoll.threads == thread;
  const all = <usize>vpoll.threads;
  const end = all + ((<usize>count) << 2);
  let at = all;
  while (at < end && load<u32>(at) != thread) at += 4;
  if (at == end) return false;
  store<u32>(at, load<u32>(all));
  store<u32>(all, thread);
  return true;
}

/** Notes a thread that is not there: whether there was memory for it. */
function append(vpoll: VPoll, thread: u32): bool {
  const count = <u32>vpoll.thread_count;
  if (count == 0) vpoll.threads = thread;
  else {
    const log = logOf(count + 1);
    let all = <usize>vpoll.threads;
    if (count == 1 || log != logOf(count)) {
      all = pool.take(log);
      if (all == 0) return false;
      if (count == 1) store<u32>(all, vpoll.threads);
      else memory.copy(all, vpoll.threads, (<usize>count) << 2);
      forget(vpoll);
      vpoll.threads = <u32>all;
    }
    store<u32>(all + ((<usize>count) << 2), thread);
  }
  vpoll.thread_count = <u16>(count + 1);
  return true;
}

/**
 * Notes that a thread waits and asks what the file shows. Whether it is new, and the number of threads a power of two now. Without memory nobody is new.
 */
export function note(vpoll: VPoll, thread: u32): bool {
  if (vpoll.asked < u32.MAX_VALUE) vpoll.asked++;
  const before = <u32>vpoll.thread_count;
  if (isKnown(vpoll, thread) || before == THREADS_MAX || !append(vpoll, thread)) return false;
  return ((before + 1) & before) == 0;
}

/** Gives back what the threads take, but for one that stands in the vpoll itself. */
export function forget(vpoll: VPoll): void {
  if (vpoll.thread_count > 1) pool.give(vpoll.threads, logOf(vpoll.thread_count));
}

/** Whether the kernel wants to hear of changes. */
export function isWaitedFor(vpoll: VPoll): bool {
  return vpoll.asked != 0;
}

/**
 * How many notifies reach every waiter. One has no key, and of the EPOLLEXCLUSIVE waiters that sleep it wakes one. While notifies are written nobody whom they
 * woke gets an answer, so nobody sleeps again, and n of them wake n. Each waiter was registered by a thread that asked then, so there are no more than were
 * asked for. Mostly they are no more than threads, for a thread watches what it has registered. Where another one does, it is new when it looks, and has more
 * woken: all at once up to SPARE, and beyond by doubling.
 */
export function countForAll(vpoll: VPoll): u32 {
  // One that is alone would see an edge twice.
  if (vpoll.thread_count == 1) return 1;
  return min<u32>(vpoll.asked, 2 * <u32>vpoll.thread_count + SPARE);
}

/** How many threads may be woken before another user's request is served: some 1 ms of the server's. */
const WAKES_AT_ONCE: u32 = 4096;

/** How many notifies are written at once where users take turns. Each may wake every thread. */
export function countAtOnce(vpoll: VPoll): u32 {
  return max<u32>(1, WAKES_AT_ONCE / max<u32>(1, vpoll.thread_count));
}

/** Whether a change may take more than that. */
export function isCrowd(vpoll: VPoll): bool {
  return countForAll(vpoll) > countAtOnce(vpoll);
}
