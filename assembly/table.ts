// SPDX-License-Identifier: LGPL-2.1-or-later

// The fd table: what the core remembers of each vpoll of this process, found by descriptor in one step. Entries lie one
// behind the other from the end of the static data, so an untouched one costs address space, not memory.
//
// The table is never the truth about events (another process may change them); only an exclusive vpoll trusts `mask`.

import { AUTO, DUPED, ENOMEM } from './constants';
import { refuse } from './call';

const ENTRY_SIZE: usize = 32;
const PAGE_SIZE: usize = 65536;

// Offsets inside an entry. src/core.ts reads them too.
const INO: usize = 0; // u64: st_ino of the descriptor, or eventfd-id under WRITE_ABI
const PEER_INO: usize = 8; // u64: st_ino of the hidden end
const PEER: usize = 16; // i32: the hidden end, or -1
const GENERATION: usize = 20; // u32: tells a vpoll from a later one with the same number; never 0
const DEV: usize = 24; // u32: st_dev of both
const MASK: usize = 28; // u16: the mask, where exclusive
const BACKEND: usize = 30; // u8: 0 = the entry is free
const FLAGS: usize = 31; // u8

let lastGeneration: u32 = 0;
/** One more than the highest descriptor that was ever in the table. */
let end: i32 = 0;

function at(fd: i32): usize {
  return __heap_base + <usize>fd * ENTRY_SIZE;
}

/** The entry of `fd`, or 0. `generation` 0 means any. */
export function find(fd: i32, generation: u32): usize {
  if (<u32>fd >= <u32>end) return 0;
  const entry = at(fd);
  if (backend(entry) == AUTO) return 0;
  if (generation != 0 && load<u32>(entry, GENERATION) != generation) return 0;
  return entry;
}

/** Makes room for `fd`: 0 or -ENOMEM. Nothing else in the table can fail. */
export function reserve(fd: i32): i32 {
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
  memory.fill(entry, 0, ENTRY_SIZE);
  if (fd >= end) end = fd + 1;
  lastGeneration++;
  if (lastGeneration == 0) lastGeneration = 1;
  store<u32>(entry, lastGeneration, GENERATION);
  store<i32>(entry, -1, PEER);
  store<u8>(entry, backendNumber, BACKEND);
  store<u8>(entry, flags, FLAGS);
  setMask(entry, mask);
  return entry;
}

/** Takes `fd` into the table as another descriptor of the vpoll at `other`. */
export function insertDup(fd: i32, other: usize): usize {
  const entry = at(fd);
  store<u8>(other, flags(other) | DUPED, FLAGS);
  memory.copy(entry, other, ENTRY_SIZE);
  if (fd >= end) end = fd + 1;
  return entry;
}

export function remove(entry: usize): void {
  store<u8>(entry, AUTO, BACKEND);
}

/** The first entry at or after `fd` that is in use, or 0; {@link fdOf} tells its descriptor. */
export function scan(fd: i32): usize {
  for (let i = fd; i < end; i++) if (backend(at(i)) != AUTO) return at(i);
  return 0;
}

export function fdOf(entry: usize): i32 {
  return <i32>((entry - __heap_base) / ENTRY_SIZE);
}

export function setIdentity(entry: usize, dev: u32, ino: u64): void {
  store<u32>(entry, dev, DEV);
  store<u64>(entry, ino, INO);
}

export function setPeer(entry: usize, peer: i32, ino: u64): void {
  store<i32>(entry, peer, PEER);
  store<u64>(entry, ino, PEER_INO);
}

export function setMask(entry: usize, mask: u32): void {
  store<u16>(entry, mask, MASK);
}

export function backend(entry: usize): i32 {
  return load<u8>(entry, BACKEND);
}

export function flags(entry: usize): u32 {
  return load<u8>(entry, FLAGS);
}

export function mask(entry: usize): u32 {
  return load<u16>(entry, MASK);
}

export function dev(entry: usize): u32 {
  return load<u32>(entry, DEV);
}

export function ino(entry: usize): u64 {
  return load<u64>(entry, INO);
}

export function peer(entry: usize): i32 {
  return load<i32>(entry, PEER);
}

export function peerIno(entry: usize): u64 {
  return load<u64>(entry, PEER_INO);
}

/** Forgets all entries, as if nothing had ever been in the table: for a simulated machine that begins anew. */
export function clear(): void {
  memory.fill(__heap_base, 0, <usize>end * ENTRY_SIZE);
  end = 0;
  lastGeneration = 0;
}
