// SPDX-License-Identifier: LGPL-2.1-or-later

// The vpolls of a server, one for each open file. A handle is a place in one array, and the slot of the mask. The kernel asks for nothing after a release, so it
// can be given again. All of the server's state is of one thread, the one that calls handle; only the masks may be shared (state.ts).

import * as c from '../constants';
import * as pool from './pool';
import * as state from './state';
import * as users from './users';
import { IS_USED, IS_WRITABLE, VPoll } from './vpoll';
import { forget } from './waiters';

/** The end of the list of free places. */
const NONE: u32 = u32.MAX_VALUE;
/** The first array has 2^11 bytes. */
const FIRST_LOG: u32 = 11;

let all: usize = 0;
let allLog: u32 = 0;
/** How many handles were ever given. */
let count: u32 = 0;
let free: u32 = NONE;

function at(handle: u32): VPoll {
  return changetype<VPoll>(all + <usize>handle * offsetof<VPoll>());
}

/** Makes room for one more place at the end. */
function extend(): bool {
  const log = all == 0 ? FIRST_LOG : allLog + 1;
  if (all != 0 && (<u64>count + 1) * offsetof<VPoll>() <= (<u64>1) << allLog) return true;
  const moved = log < 32 ? pool.take(log) : 0;
  if (moved == 0) return false;
  if (all != 0) {
    memory.copy(moved, all, <usize>count * offsetof<VPoll>());
    pool.give(all, allLog);
  }
  all = moved;
  allLog = log;
  return true;
}

/** The vpoll of a handle, or null. Good until the next open. */
export function find(handle: u64): VPoll | null {
  if (handle >= count) return null;
  const vpoll = at(<u32>handle);
  return vpoll.flags & IS_USED ? vpoll : null;
}

/** The handle, which is its slot. */
export function handleOf(vpoll: VPoll): u32 {
  return <u32>((changetype<usize>(vpoll) - all) / offsetof<VPoll>());
}

export function isWritable(vpoll: VPoll): bool {
  return (vpoll.flags & IS_WRITABLE) != 0;
}

/** A new one that shows nothing: its handle, -EMFILE or -ENOMEM. */
export function open(uid: u32, writable: bool): i64 {
  let r = users.add(uid);
  if (r < 0) return r;
  const isNew = free == NONE;
  const handle = isNew ? count : free;
  if (isNew && !extend()) r = -c.ENOMEM;
  // Nobody else has the slot, so it holds what it held.
  else if (state.cas(handle, state.load(handle), 0) < 0) r = -c.ENOMEM;
  if (r < 0) {
    users.remove(uid);
    return r;
  }
  const vpoll = at(handle);
  if (isNew) count++;
  else free = vpoll.threads;
  memory.fill(changetype<usize>(vpoll), 0, offsetof<VPoll>());
  vpoll.uid = uid;
  vpoll.flags = writable ? IS_USED | IS_WRITABLE : IS_USED;
  return handle;
}

export function release(vpoll: VPoll): void {
  users.remove(vpoll.uid);
  forget(vpoll);
  vpoll.flags = 0;
  vpoll.threads = free;
  free = handleOf(vpoll);
}
