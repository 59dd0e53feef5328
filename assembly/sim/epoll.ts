// SPDX-License-Identifier: LGPL-2.1-or-later

// fs/eventpoll.c: an epoll as a file, and how it looks through what is ready. epollctl.ts changes what it watches.

import { EINTR, EINVAL, ENOTTY, IN, RDNORM } from '../constants';
import { EPOLLET, EPOLLONESHOT, O_RDWR } from '../abi';
import * as arena from './arena';
import * as files from './file';
import * as list from './list';
import { Event } from './numbers';
import { Epoll, Item, OpenFile } from './structs';
import * as task from './task';
import * as version from './version';
import * as wait from './wait';

/** Where the list of all items is, from the epoll's start. */
export const ITEMS: usize = offsetof<Epoll>('itemsNext');
/** EP_MAX_NESTS */
export const NESTS_MAX: i32 = 4;
/** A list for each depth at which a scan may be: 0, the outermost epoll, to NESTS_MAX; epollctl.ts refuses a deeper one before it is polled. */
const scans: usize = memory.data((NESTS_MAX + 1) << 3);

export function bodyOf(file: OpenFile): Epoll {
  return changetype<Epoll>(file.body);
}

export function create(): OpenFile | null {
  const at = arena.alloc(offsetof<Epoll>());
  if (at == 0) return null;
  for (let head: usize = 0; head <= ITEMS; head += 8) list.init(at + head);
  const file = files.create(files.EPOLL, O_RDWR, at, 0o600);
  if (file !== null) bodyOf(file).file = file;
  return file;
}

/** ep_start_scan(): takes what is ready out, so that it can be looked through; where it is then. */
function startScan(epoll: usize, depth: i32): usize {
  const batch = scans + ((<usize>depth) << 3);
  list.init(batch);
  list.splice(epoll + wait.READY, batch);
  return batch;
}

/** ep_done_scan(): what was not looked at comes first again, and the next sleeper is woken if there is something. */
function endScan(epoll: usize, batch: usize): void {
  list.splice(batch, epoll + wait.READY);
  if (!list.isEmpty(epoll + wait.READY)) wait.announce(epoll);
}

/** ep_item_poll(): what the item's file shows of what it is watched for. */
export function pollItem(item: Item, depth: i32, doesRegister: bool): u32 {
  files.askForItem(item, doesRegister);
  const shown = item.file.kind == files.EPOLL ? pollAt(item.file, depth) : files.poll(item.file);
  return shown & item.events;
}

/** __ep_eventpoll_poll(): IN if one of the items is ready. Those before it, which turned out not to be, leave the ready list. */
function pollAt(file: OpenFile, depth: i32): u32 {
  files.pollWait(file.body + wait.WATCHERS);
  const batch = startScan(file.body, depth);
  let shown: u32 = 0;
  for (let node = list.next(batch); node != batch;) {
    const item = changetype<Item>(node);
    node = list.next(node);
    // A poller registers with this epoll alone (pt._qproc of the inner ep_item_poll() is null).
    if (pollItem(item, depth + 1, false)) {
      shown = IN | RDNORM;
      break;
    }
    list.remove(changetype<usize>(item));
  }
  endScan(file.body, batch);
  return shown;
}

function poll(file: OpenFile): u32 {
  return pollAt(file, 0);
}

/** ep_send_events(): up to `most` events to `to`, oldest first; how many. */
function deliver(epoll: Epoll, to: usize, most: i32): i32 {
  const at = changetype<usize>(epoll);
  const batch = startScan(at, 0);
  let count = 0;
  for (let node = list.next(batch); node != batch && count < most;) {
    const item = changetype<Item>(node);
    node = list.next(node);
    list.remove(changetype<usize>(item));
    const shown = pollItem(item, 1, false);
    if (shown == 0) continue;
    const event = changetype<Event>(to + <usize>count * offsetof<Event>());
    event.events = shown;
    event.nothing = 0;
    event.data = item.data;
    count++;
    if (item.events & EPOLLONESHOT) item.events &= wait.PRIVATE_BITS;
    // Level-triggered: it is looked at again next time, after all others.
    else if (!(item.events & EPOLLET)) list.addTail(changetype<usize>(item), at + wait.READY);
  }
  endScan(at, batch);
  return count;
}

/** ep_poll(): what epoll_wait(2) does with an epoll. `timeoutMs` 0 doesn't sleep; the caller has armed the alarm of any other. */
export function waitFor(epoll: Epoll, to: usize, most: i32, timeoutMs: i32): i32 {
  const at = changetype<usize>(epoll);
  const current = task.current;
  const entry = changetype<usize>(current.wait);
  let isTimedOut: bool = timeoutMs == 0;
  let isAvailable: bool = !list.isEmpty(at + wait.READY);
  if (current.phase != 0) {
    isTimedOut = current.timedOut != 0;
    // Still in the queue: nobody has woken it for an event.
    isAvailable = !isTimedOut || list.isEmpty(entry);
    list.remove(entry);
  }
  if (isAvailable) {
    const count = deliver(epoll, to, most);
    if (count > 0) return count;
  }
  if (isTimedOut) return 0;
  if (current.signal) return -EINTR;
  // __add_wait_queue_exclusive(), unlike add_wait_queue_exclusive(), puts it first: the last to come is woken first.
  wait.prepare(current.wait, wait.EPOLL, changetype<usize>(current), 0, true);
  list.add(entry, at);
  return task.sleep();
}

/** ep_eventpoll_ioctl(), where there is one. */
function ioctl(_file: OpenFile, _request: u32, _arg: u32): i32 {
  return version.number >= version.EPOLL_IOCTL ? -EINVAL : -ENOTTY;
}

/** ep_free(): wakes nobody, since who waits for it holds its file. */
function release(file: OpenFile): void {
  const items = file.body + ITEMS;
  while (!list.isEmpty(items)) files.forget(changetype<Item>(list.next(items) - offsetof<Item>('epollNext')));
  arena.free(file.body, offsetof<Epoll>());
}

export function setUp(): void {
  files.register(files.EPOLL, poll, null, null, ioctl, release);
}
