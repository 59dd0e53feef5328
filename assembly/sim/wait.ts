// SPDX-License-Identifier: LGPL-2.1-or-later

// Wait queues (kernel/sched/wait.c) and what is done to their entries. A key is the set of events that a wake-up is about; 0 means
// that it names none, and every entry takes it.

import { EPOLLET, EPOLLEXCLUSIVE, EPOLLONESHOT, EPOLLWAKEUP } from '../abi';
import { IN, OUT } from '../constants';
import * as list from './list';
import { Epoll, Item, OpenFile, Task, Wait } from './structs';
import { wakeTask } from './task';
import * as tell from './trace-calls';

/** autoremove_wake_function(): wakes the task, and leaves the queue if that woke it. */
export const TASK: i32 = 0;
/** pollwake(): wakes the task if the key has one of its events, and stays. */
export const POLL: i32 = 1;
/** ep_poll_callback(): puts an epoll's item on its ready list, and stays. */
export const ITEM: i32 = 2;
/** ep_autoremove_wake_function(): wakes the task, and leaves the queue in any case. */
export const EPOLL: i32 = 3;

/** EP_PRIVATE_BITS of fs/eventpoll.c: an item that has no others is disarmed. */
export const PRIVATE_BITS: u32 = EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE;

/** default_wake_function(): wakes the task, and stays. */
export const STAYS: i32 = 4;

/** Where an epoll's queues are, from its start (structs.ts). */
export const WATCHERS: usize = offsetof<Epoll>('watchersNext');
export const READY: usize = offsetof<Epoll>('readyNext');

/** Makes an entry that is in no queue. */
export function prepare(wait: Wait, kind: i32, owner: usize, key: u32, exclusive: bool): void {
  list.init(changetype<usize>(wait));
  wait.kind = kind;
  wait.owner = owner;
  wait.key = key;
  wait.exclusive = i32(exclusive);
}

/** add_wait_queue(), which puts the newest first; add_wait_queue_exclusive(), which puts it last. */
export function enqueue(queue: usize, wait: Wait): void {
  if (wait.exclusive) list.addTail(changetype<usize>(wait), queue);
  else list.add(changetype<usize>(wait), queue);
}

/** An item's file may be ready: one of those that sleep in epoll_wait(2) is woken. */
export function announce(epoll: usize): void {
  // waitqueue_active() is asked first: a queue without entries costs no call.
  if (!list.isEmpty(epoll)) wake(epoll, 0, 1);
}

/** ep_poll_safewake(): wakes those that watch the epoll. Its key is always IN. */
export function wakeWatchers(epoll: usize): void {
  if (!list.isEmpty(epoll + WATCHERS)) wake(epoll + WATCHERS, IN, 1);
}

/** ep_poll_callback(): whether an exclusive item may count as the one that was woken. */
function wakeItem(item: Item, key: u32): bool {
  const epoll = changetype<usize>(item.epoll);
  const isExclusive = (item.events & EPOLLEXCLUSIVE) != 0;
  let woken = false;
  if (item.events & ~PRIVATE_BITS && (key == 0 || key & item.events)) {
    if (list.isEmpty(changetype<usize>(item))) list.addTail(changetype<usize>(item), epoll + READY);
    if (!list.isEmpty(epoll)) {
      const way = key & (IN | OUT);
      // A key that names both ways, or that names one which the item doesn't want, wakes it and yet doesn't count.
      if (isExclusive) woken = way == 0 || (way != (IN | OUT) && (way & item.events) != 0);
      announce(epoll);
    }
    wakeWatchers(epoll);
  }
  return !isExclusive || woken;
}

function fire(wait: Wait, key: u32): bool {
  if (wait.kind == ITEM) {
    const item = changetype<Item>(wait.owner);
    const isFirst = tell.beginCause(item.file.serial, key);
    const counts = wakeItem(item, key);
    if (isFirst) tell.endCause();
    return counts;
  }
  const task = changetype<Task>(wait.owner);
  if (wait.kind == POLL) {
    if (key != 0 && !(key & wait.key)) return false;
    task.triggered = 1;
    const woken = wakeTask(task);
    if (woken) tell.wokeByFile(task, changetype<OpenFile>(wait.file).serial, key);
    return woken;
  }
  const woken = wakeTask(task);
  if (woken) tell.wokeByFile(task, task.file == 0 ? 0 : changetype<OpenFile>(task.file).serial, key);
  if ((woken && wait.kind != STAYS) || wait.kind == EPOLL) list.remove(changetype<usize>(wait));
  return woken;
}

/** __wake_up_common(): the entries in their order, until `exclusives` exclusive ones were woken (0: to the end). */
export function wake(queue: usize, key: u32, exclusives: i32): void {
  let left = exclusives;
  let node = list.next(queue);
  while (node != queue) {
    const after = list.next(node);
    const wait = changetype<Wait>(node);
    const isExclusive = wait.exclusive != 0;
    if (fire(wait, key) && isExclusive && --left == 0) return;
    node = after;
  }
}

/** wake_up_poll() */
export function wakeOne(queue: usize, key: u32): void {
  wake(queue, key, 1);
}

/** wake_up_interruptible_all(), which names no events. */
export function wakeAll(queue: usize): void {
  wake(queue, 0, 0);
}
