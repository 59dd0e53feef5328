// SPDX-License-Identifier: LGPL-2.1-or-later

// What is to be written to /dev/fuse, in order, each by one write(2). A message begins with its own length, as the protocol wants it; before it stands how often
// it is to be written.

import { NotifyPollWakeupOut, NOTIFY_POLL, OutHeader } from './protocol';

/** What stands before a message: how often (u32), and 4 bytes that keep it at a multiple of 8. */
const PREFIX: usize = 8;
/** Room for more than a notify and the longest answer, which has 120 bytes. It is zeroed from `end` on. */
export const first: usize = memory.data(256, 8);
let end: usize = first;

function add(times: u32, size: usize, error: i32, unique: u64): usize {
  const header = changetype<OutHeader>(end + PREFIX);
  store<u32>(end, times);
  header.len = <u32>offsetof<OutHeader>() + <u32>size;
  header.error = error;
  header.unique = unique;
  end += PREFIX + offsetof<OutHeader>() + size;
  return changetype<usize>(header) + offsetof<OutHeader>();
}

/** Begins a new list. */
export function clear(): void {
  memory.fill(first, 0, end - first);
  end = first;
}

/** The bytes of the list. */
export function size(): i32 {
  return <i32>(end - first);
}

/** Adds a notify, for all who wait under this name of the kernel's. It has no key: they ask again, but of the exclusive ones one for each time. */
export function notify(kh: u64, times: u32): void {
  const at = add(times, offsetof<NotifyPollWakeupOut>(), NOTIFY_POLL, 0);
  changetype<NotifyPollWakeupOut>(at).kh = kh;
}

/** A notify with what stands before it. */
const NOTIFY: usize = PREFIX + offsetof<OutHeader>() + offsetof<NotifyPollWakeupOut>();
/** What is left of a list that was cut: its notify, and the answer behind it. */
const rest: usize = memory.data(128, 8);
let restSize: usize = 0;

/** Cuts the list after so many of the notify that it begins with, if it does: {@link more} goes on. */
export function cut(times: u32): void {
  // Nothing else is written more than once.
  const all = load<u32>(first);
  if (end == first || all <= times) return;
  restSize = end - first;
  memory.copy(rest, first, restSize);
  store<u32>(rest, all - times);
  store<u32>(first, times);
  memory.fill(first + NOTIFY, 0, restSize - NOTIFY);
  end = first + NOTIFY;
}

/** Whether a list was cut that is not all written. */
export function isCut(): bool {
  return restSize != 0;
}

/** Goes on with the list that was cut, which takes the place of this one. */
export function more(times: u32): void {
  memory.copy(first, rest, restSize);
  end = first + restSize;
  restSize = 0;
  cut(times);
}

/** Where the answer's body will be, if no notify is added before it. It is zeroed, and to be left so where the request is refused. */
export function body(): usize {
  return end + PREFIX + offsetof<OutHeader>();
}

/** Adds the answer to a request: `status` is the size of the body, or -errno. */
export function answer(unique: u64, status: i32): void {
  add(1, <usize>max(status, 0), min(status, 0), unique);
}
