// SPDX-License-Identifier: LGPL-2.1-or-later

// epoll_ctl(2): do_epoll_ctl() of fs/eventpoll.c. Each file is pollable here, so EPERM never comes up.

import { EBADF, EEXIST, EINVAL, ENOENT, ENOMEM, ERR, HUP, IN, OUT } from '../constants';
import { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, ELOOP, EPOLLET, EPOLLEXCLUSIVE, EPOLLWAKEUP } from '../abi';
import * as arena from './arena';
import { bodyOf, ITEMS, NESTS_MAX, pollItem } from './epoll';
import * as files from './file';
import * as list from './list';
import { Event } from './numbers';
import { Epoll, Item, OpenFile, Wait } from './structs';
import * as tell from './trace-calls';
import * as wait from './wait';

/** EPOLLEXCLUSIVE_OK_BITS */
const EXCLUSIVE_OK: u32 = IN | OUT | ERR | HUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE;
const ALWAYS: u32 = ERR | HUP;

let walk: u32 = 0;
let target: usize = 0;

/** The item of `file` under `fd`, or null. Each file knows by whom it is watched, which is seldom by many. */
function find(epoll: Epoll, file: OpenFile, fd: i32): Item | null {
  const head = changetype<usize>(file);
  for (let node = list.next(head); node != head; node = list.next(node)) {
    const item = changetype<Item>(node - offsetof<Item>('fileNext'));
    if (changetype<usize>(item.epoll) == changetype<usize>(epoll) && item.fd == fd) return item;
  }
  return null;
}

/** ep_loop_check_proc(): how deep `epoll` goes; more than NESTS_MAX where that is too deep, or it comes back to the one that is inserted into. */
function depthBelow(epoll: Epoll, depth: i32): i32 {
  if (epoll.visited == walk) return epoll.depth;
  epoll.visited = walk;
  let result = 0;
  const head = changetype<usize>(epoll) + ITEMS;
  for (let node = list.next(head); node != head && result <= NESTS_MAX; node = list.next(node)) {
    const file = changetype<Item>(node - offsetof<Item>('epollNext')).file;
    if (file.kind != files.EPOLL) continue;
    if (file.body == target || depth > NESTS_MAX) result = NESTS_MAX + 1;
    else result = max(result, depthBelow(bodyOf(file), depth + 1) + 1);
  }
  epoll.depth = result;
  return result;
}

/** ep_get_upwards_depth_proc() */
function heightAbove(epoll: Epoll): i32 {
  if (epoll.visited == walk) return epoll.depth;
  let result = 0;
  const head = changetype<usize>(epoll.file);
  for (let node = list.next(head); node != head; node = list.next(node)) {
    result = max(result, heightAbove(changetype<Item>(node - offsetof<Item>('fileNext')).epoll) + 1);
  }
  epoll.visited = walk;
  epoll.depth = result;
  return result;
}

/** ep_loop_check(): whether `inner` may go into `epoll`. */
function mayNest(epoll: Epoll, inner: Epoll): bool {
  walk++;
  target = changetype<usize>(epoll);
  const below = depthBelow(inner, 0);
  return below <= NESTS_MAX && below + 1 + heightAbove(epoll) <= NESTS_MAX;
}

/** Puts an item that is ready on the list, and wakes those who wait, unless it is there already. */
function enlist(item: Item, shown: u32): void {
  if (!list.isEmpty(changetype<usize>(item))) return;
  const epoll = changetype<usize>(item.epoll);
  list.addTail(changetype<usize>(item), epoll + wait.READY);
  const isFirst = tell.beginCause(item.file.serial, shown);
  wait.announce(epoll);
  wait.wakeWatchers(epoll);
  if (isFirst) tell.endCause();
}

/** ep_insert() */
function insert(epoll: Epoll, file: OpenFile, fd: i32, events: u32, data: u64): i32 {
  const at = arena.alloc(offsetof<Item>());
  const entry = arena.alloc(offsetof<Wait>());
  if (at == 0 || entry == 0) return -ENOMEM;
  const item = changetype<Item>(at);
  item.epoll = epoll;
  item.file = file;
  item.fd = fd;
  item.events = events;
  item.data = data;
  item.wait = changetype<Wait>(entry);
  list.init(at);
  list.add(at + offsetof<Item>('fileNext'), changetype<usize>(file));
  list.addTail(at + offsetof<Item>('epollNext'), changetype<usize>(epoll) + ITEMS);
  wait.prepare(item.wait, wait.ITEM, at, 0, (events & EPOLLEXCLUSIVE) != 0);
  const shown = pollItem(item, 1, true);
  if (shown) enlist(item, shown);
  return 0;
}

/** ep_modify(): a file that is ready is reported again, even if its edge has been. */
function modify(item: Item, events: u32, data: u64): i32 {
  item.events = events;
  item.data = data;
  const shown = pollItem(item, 1, false);
  if (shown) enlist(item, shown);
  return 0;
}

function isExclusiveRefused(op: i32, file: OpenFile, events: u32): bool {
  if (!(events & EPOLLEXCLUSIVE)) return false;
  return op == EPOLL_CTL_MOD || (op == EPOLL_CTL_ADD && (file.kind == files.EPOLL || (events & ~EXCLUSIVE_OK) != 0));
}

/** The files are those of the two descriptors, or null. `event`: an Event. */
export function control(epollFile: OpenFile | null, op: i32, fd: i32, file: OpenFile | null, event: usize): i32 {
  if (epollFile === null || file === null) return -EBADF;
  // EPOLLWAKEUP needs CAP_BLOCK_SUSPEND, and a system that can suspend: it is dropped in silence (ep_take_care_of_epollwakeup()).
  const events = op == EPOLL_CTL_DEL ? 0 : changetype<Event>(event).events & ~EPOLLWAKEUP;
  const data = op == EPOLL_CTL_DEL ? 0 : changetype<Event>(event).data;
  if (changetype<usize>(epollFile) == changetype<usize>(file) || epollFile.kind != files.EPOLL) return -EINVAL;
  if (op != EPOLL_CTL_DEL && isExclusiveRefused(op, file, events)) return -EINVAL;
  const epoll = bodyOf(epollFile);
  if (op == EPOLL_CTL_ADD && file.kind == files.EPOLL && !mayNest(epoll, bodyOf(file))) return -ELOOP;
  const item = find(epoll, file, fd);
  if (op == EPOLL_CTL_ADD) return item === null ? insert(epoll, file, fd, events | ALWAYS, data) : -EEXIST;
  if (op != EPOLL_CTL_DEL && op != EPOLL_CTL_MOD) return -EINVAL;
  if (item === null) return -ENOENT;
  if (op == EPOLL_CTL_MOD) return item.events & EPOLLEXCLUSIVE ? -EINVAL : modify(item, events | ALWAYS, data);
  files.forget(item);
  return 0;
}
