// SPDX-License-Identifier: LGPL-2.1-or-later

// The fd table: what the core remembers of each vpoll of this process, found by descriptor in one step. Entries lie one
// behind the other from the end of the static data, so an untouched one costs address space, not memory. Its layout is shared
// with those who read it from outside (abi.ts).
//
// The table is never the truth about events (another process may change them); only an exclusive vpoll trusts `mask`.

import { COUNT, EMULATED } from './backend/order';
import {
  AUTO,
  CAN_START,
  CLOSEST,
  DUPED,
  ENOMEM,
  Entry,
  EXCLUSIVE,
  LOOK,
  PASSING,
  SEED_ORDER,
  SETTABLE,
  WRITE_ABI,
} from './constants';
import { refuse } from './call';

const ENTRY_SIZE: usize = offsetof<Entry>();
const PAGE_SIZE: usize = 65536;

if (ENTRY_SIZE % sizeof<u64>() != 0) ERROR('entries lie one behind the other, and begin with a u64');
if ((CLOSEST | EXCLUSIVE | DUPED | WRITE_ABI | LOOK | PASSING | SEED_ORDER | CAN_START) > u8.MAX_VALUE)
  ERROR('the options of an entry are a u8');
if (COUNT > u8.MAX_VALUE) ERROR('the backend of an entry is a u8');

// As all that the core remembers, these are this instance's own. One thread at a time is in it: in C the holder of `lock` (host/c/instance.c), in a runtime its thread.
// Other processes have cores of their own; what they share is what the kernel's objects hold.
let lastGeneration: u32 = 0;
/** One more than the highest descriptor that was ever in the table. */
let end: i32 = 0;

function at(fd: i32): usize {
  return __heap_base + <usize>fd * ENTRY_SIZE;
}

/** Whether `entry` is the place of a descriptor that was ever in the table. */
function isEntry(entry: usize): bool {
  return entry >= __heap_base && (entry - __heap_base) % ENTRY_SIZE == 0 && entry < at(end);
}

/** Whether an entry in use is whole: a generation, a mask that can be trusted where it is, and a hidden end where its backend has one. */
function isWhole(entry: usize): bool {
  if (!isEntry(entry)) return false;
  const all = changetype<Entry>(entry);
  const isEmulated = ((EMULATED >> all.backend) & 1) != 0;
  if (all.flags & EXCLUSIVE && all.mask & ~SETTABLE) return false;
  return all.generation != 0 && <u32>all.backend <= COUNT && all.peer >= 0 == isEmulated;
}

/** Whether `fd` has room, and is nobody's. */
function isFree(fd: i32): bool {
  const isRoom = fd >= 0 && <u64>at(fd) + ENTRY_SIZE <= <u64>memory.size() * PAGE_SIZE;
  return isRoom && changetype<Entry>(at(fd)).backend == AUTO;
}

/** The entry of `fd`, or 0. `generation` 0 means any. */
export function find(fd: i32, generation: u32): usize {
  if (<u32>fd >= <u32>end) return 0;
  const entry = at(fd);
  if (backend(entry) == AUTO) return 0;
  if (generation != 0 && load<u32>(entry, offsetof<Entry>('generation')) != generation) return 0;
  assert(isWhole(entry));
  return entry;
}

/** Makes room for `fd`: 0 or -ENOMEM. Nothing else in the table can fail. */
export function reserve(fd: i32): i32 {
  assert(fd >= 0);
  const wanted = <u64>__heap_base + (<u64>fd + 1) * ENTRY_SIZE;
  const have = <u64>memory.size() * PAGE_SIZE;
  if (wanted <= have) return 0;
  const pages = (wanted - have + PAGE_SIZE - 1) / PAGE_SIZE;
  if (pages > 65536 || memory.grow(<i32>pages) < 0) return refuse(ENOMEM);
  return 0;
}

/** Takes `fd` into the table, which must have room for it. */
export function insert(fd: i32, backendNumber: i32, flags: u32, mask: u32): usize {
  const entry = at(fd);
  assert(isFree(fd));
  assert(backendNumber > AUTO && backendNumber <= <i32>COUNT && flags <= 0xff);
  memory.fill(entry, 0, ENTRY_SIZE);
  if (fd >= end) end = fd + 1;
  lastGeneration++;
  if (lastGeneration == 0) lastGeneration = 1;
  changetype<Entry>(entry).generation = lastGeneration;
  changetype<Entry>(entry).peer = -1;
  changetype<Entry>(entry).backend = <u8>backendNumber;
  changetype<Entry>(entry).flags = <u8>flags;
  setMask(entry, mask);
  return entry;
}

/** Takes `fd` into the table as another descriptor of the vpoll at `other`. */
export function insertDup(fd: i32, other: usize): usize {
  const entry = at(fd);
  assert(isFree(fd) && isWhole(other));
  changetype<Entry>(other).flags = <u8>(flags(other) | DUPED);
  memory.copy(entry, other, ENTRY_SIZE);
  if (fd >= end) end = fd + 1;
  assert(isWhole(entry));
  return entry;
}

export function remove(entry: usize): void {
  assert(isWhole(entry));
  changetype<Entry>(entry).backend = <u8>AUTO;
}

/** The first entry at or after `fd` that is in use, or 0; {@link fdOf} tells its descriptor. */
export function scan(fd: i32): usize {
  assert(fd >= 0);
  for (let i = fd; i < end; i++) if (backend(at(i)) != AUTO) return at(i);
  return 0;
}

export function fdOf(entry: usize): i32 {
  assert(isEntry(entry));
  return <i32>((entry - __heap_base) / ENTRY_SIZE);
}

export function setIdentity(entry: usize, dev: u32, ino: u64): void {
  assert(isEntry(entry) && backend(entry) != AUTO);
  changetype<Entry>(entry).dev = dev;
  changetype<Entry>(entry).ino = ino;
}

/** Gives an emulated vpoll its hidden end; each has one before anybody else sees the entry. */
export function setPeer(entry: usize, peer: i32, ino: u64): void {
  assert(isEntry(entry) && peer >= 0 && peer != fdOf(entry));
  changetype<Entry>(entry).peer = peer;
  changetype<Entry>(entry).peerIno = ino;
  assert(isWhole(entry));
}

export function setMask(entry: usize, mask: u32): void {
  assert(isEntry(entry) && backend(entry) != AUTO);
  changetype<Entry>(entry).mask = <u16>mask;
}

/** The mask is not known any more: an exclusive vpoll is none from now on, so that the kernel is asked. */
export function distrust(entry: usize): void {
  assert(isEntry(entry) && backend(entry) != AUTO);
  changetype<Entry>(entry).flags = <u8>(flags(entry) & ~EXCLUSIVE);
}

export function backend(entry: usize): i32 {
  assert(isEntry(entry));
  return changetype<Entry>(entry).backend;
}

export function flags(entry: usize): u32 {
  return changetype<Entry>(entry).flags;
}

export function mask(entry: usize): u32 {
  return changetype<Entry>(entry).mask;
}

export function dev(entry: usize): u32 {
  return changetype<Entry>(entry).dev;
}

export function ino(entry: usize): u64 {
  return changetype<Entry>(entry).ino;
}

export function peer(entry: usize): i32 {
  return changetype<Entry>(entry).peer;
}

export function peerIno(entry: usize): u64 {
  return changetype<Entry>(entry).peerIno;
}

/** Forgets all entries, as if nothing had ever been in the table: for a simulated machine that begins anew. */
export function clear(): void {
  memory.fill(__heap_base, 0, <usize>end * ENTRY_SIZE);
  end = 0;
  lastGeneration = 0;
}
