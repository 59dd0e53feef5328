// SPDX-License-Identifier: LGPL-2.1-or-later

// Whose request is served next, where a host serves the users of a whole machine. The kernel hands requests on in the order in which they come. So the one
// request of a user would wait for all thousand of another who has as many threads. Here each user has a queue, and they take turns: a request waits for one
// of each other user, and for those of its own.
//
// A request that waits has not been carried out, and its maker has no answer. So nothing that was answered is undone, and the notifies of a change are still
// written before anybody whom they wake gets one. No request is dropped: each is of a thread, which makes no other meanwhile.
//
// A change that wakes a crowd has its notifies written a part at a time, between the requests of others. Until the last one is written, no request on such a vpoll
// is served. A waiter that one of them woke must not get an answer and sleep again (waiters.ts says why).

import * as messages from './messages';
import * as pool from './pool';
import * as p from './protocol';
import { serve } from './server';
import * as users from './users';
import { User } from './users';
import { VPoll } from './vpoll';
import * as vpolls from './vpolls';
import { countAtOnce, isCrowd } from './waiters';

/** A request that waits: before its bytes. */
@unmanaged
class Waiting {
  next: usize;
  size: u32;
}

/** The most that is looked at of any request: a SETATTR has as much, and what stands behind these bytes of a long WRITE is not read. */
const BYTES_MAX: usize = offsetof<p.InHeader>() + offsetof<p.SetattrIn>();

/** Whose turn it is, and who comes last; 0: nobody waits. */
let first: usize = 0;
let last: usize = 0;
let count: u32 = 0;

function logOf(size: u32): u32 {
  return 32 - clz<u32>(<u32>offsetof<Waiting>() + size - 1);
}

/** What is served as it comes: nobody waits for it, or it was asked for by the kernel itself, which names no user. */
function isForNobody(opcode: u32): bool {
  return opcode == p.RELEASE || opcode == p.FORGET || opcode == p.BATCH_FORGET || opcode == p.INTERRUPT || opcode == p.INIT;
}

/** Takes in the request of `bytes` bytes at `at`, which has a whole header. It is served at once where it needs no turn, or there is no memory. */
export function add(at: usize, bytes: usize): void {
  const header = changetype<p.InHeader>(at);
  if (isForNobody(header.opcode)) return serve(at, bytes);
  const size = <u32>min<usize>(bytes, BYTES_MAX);
  const user = users.enter(header.uid);
  const block = user == null ? 0 : pool.take(logOf(size));
  if (block == 0) {
    if (user != null) users.leave(user);
    return serve(at, bytes);
  }
  const waiting = changetype<Waiting>(block);
  waiting.next = 0;
  waiting.size = size;
  memory.copy(block + offsetof<Waiting>(), at, size);
  if (user!.first == 0) {
    user!.first = block;
    queue(user!);
  } else changetype<Waiting>(user!.last).next = block;
  user!.last = block;
  count++;
}

/** Puts a user at the end. */
function queue(user: User): void {
  user.after = 0;
  if (first == 0) first = changetype<usize>(user);
  else changetype<User>(last).after = changetype<usize>(user);
  last = changetype<usize>(user);
}

/** The vpoll that a request may wake the waiters of, or null. The structs of all three begin with its handle. */
function targetOf(block: usize): VPoll | null {
  const header = changetype<p.InHeader>(block + offsetof<Waiting>());
  const opcode = header.opcode;
  if (opcode != p.IOCTL && opcode != p.WRITE && opcode != p.POLL) return null;
  if (<usize>changetype<Waiting>(block).size < offsetof<p.InHeader>() + sizeof<u64>()) return null;
  return vpolls.find(load<u64>(changetype<usize>(header) + offsetof<p.InHeader>()));
}

/** Takes the user out whose turn it is, of those whose request isn't held up by the crowd of another; or null. */
function pick(): User | null {
  const end = last;
  while (first != 0) {
    const user = changetype<User>(first);
    first = user.after;
    const target = messages.isCut() ? targetOf(user.first) : null;
    if (target == null || !isCrowd(target)) return user;
    queue(user);
    if (changetype<usize>(user) == end) break;
  }
  return null;
}

/** How many notifies are written at once of the list that was cut. */
let atOnce: u32 = 0;
/** Whether the next turn is that of the list that was cut. */
let isRests: bool = false;

/** Serves the request whose turn it is: whether there was one. */
function serveNext(): bool {
  const user = pick();
  if (user == null) return false;
  const block = user.first;
  const waiting = changetype<Waiting>(block);
  const target = targetOf(block);
  user.first = waiting.next;
  count--;
  serve(block + offsetof<Waiting>(), waiting.size);
  if (target != null && !messages.isCut()) {
    atOnce = countAtOnce(target);
    messages.cut(atOnce);
  }
  pool.give(block, logOf(waiting.size));
  if (user.first != 0) queue(user);
  else users.leave(user);
  return true;
}

/** Goes on: with the list that was cut every other time, else with the next request. There is one of them. */
export function next(): void {
  assert(waiting() != 0);
  isRests = messages.isCut() && !isRests;
  if (isRests || !serveNext()) messages.more(atOnce);
}

/** How many requests wait, to be served or for the rest of their messages. */
export function waiting(): u32 {
  return count + <u32>messages.isCut();
}
