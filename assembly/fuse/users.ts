// SPDX-License-Identifier: LGPL-2.1-or-later

// The users of a server: how many vpolls each has open, and which of its requests wait for their turn (turns.ts). A user who has neither takes no memory.

import * as c from '../constants';
import * as pool from './pool';

@unmanaged
export class User {
  next: usize;
  uid: u32;
  /** Of its vpolls. */
  count: u32;
  /** The first and the last request that waits; 0: none does. */
  first: usize;
  last: usize;
  /** Whose turn is next; 0: this is the last. */
  after: usize;
}

/** 32 bytes. */
const USER_LOG: u32 = 5;
/** Chains of users: all of a namespace may have one vpoll each. */
const CHAINS_LOG: u32 = 8;
const chains: usize = memory.data(256 * 4);

let max: u32 = u32.MAX_VALUE;

/** How many each may have. */
export function limit(count: u32): void {
  max = count;
}

/** The address of what leads to the user's record: the start of its chain, or the record before it. */
function find(uid: u32): usize {
  // Knuth's multiplicative hash: uids lie close together.
  let link: usize = chains + ((<usize>((uid * 0x9e3779b1) >> (32 - CHAINS_LOG))) << 2);
  while (load<usize>(link) != 0 && changetype<User>(load<usize>(link)).uid != uid) link = load<usize>(link);
  return link;
}

/** The user's record, made where there is none; null without memory. The caller calls {@link leave} afterwards. */
export function enter(uid: u32): User | null {
  const link = find(uid);
  let at = load<usize>(link);
  if (at == 0) {
    at = pool.take(USER_LOG);
    if (at == 0) return null;
    store<usize>(link, at);
    memory.fill(at, 0, offsetof<User>());
    changetype<User>(at).uid = uid;
  }
  return changetype<User>(at);
}

/** Gives the record back where it says nothing any more. */
export function leave(user: User): void {
  if (user.count > 0 || user.first != 0) return;
  store<usize>(find(user.uid), user.next);
  pool.give(changetype<usize>(user), USER_LOG);
}

/** Counts one more: 0, -EMFILE (as inotify_init(2) says for the limit of a user) or -ENOMEM. */
export function add(uid: u32): i32 {
  const user = enter(uid);
  if (user == null) return -c.ENOMEM;
  if (user.count >= max) return -c.EMFILE;
  user.count++;
  return 0;
}

/** Counts one less. The user has one. */
export function remove(uid: u32): void {
  const user = changetype<User>(load<usize>(find(uid)));
  user.count--;
  leave(user);
}
