// SPDX-License-Identifier: LGPL-2.1-or-later

// The simulated kernel's memory: everything below the static data (tools/sim.ts puts that at ARENA_END), handed out in powers of
// two from a list a size. What is freed is handed out again, newest first, so that the same program gets the same addresses.

import { ARENA_END } from './numbers';

/** Address 0 is no object. */
const ARENA_START: usize = 64;
const SHIFT_MIN: u32 = 4;
const SHIFT_MAX: u32 = 16;

/** The most bytes of one object. */
export const SIZE_MAX: u32 = 1 << SHIFT_MAX;

const lists: usize = memory.data((SHIFT_MAX + 1) << 2); // the first free object of each shift
let end: usize = ARENA_START;

function shiftOf(size: u32): u32 {
  return size <= 1 << SHIFT_MIN ? SHIFT_MIN : 32 - clz(size - 1);
}

/** A zeroed object of `size` bytes (at most SIZE_MAX), or 0 where the arena is full. */
export function alloc(size: u32): usize {
  const shift = shiftOf(size);
  const list = lists + ((<usize>shift) << 2);
  let at: usize = load<u32>(list);
  if (at != 0) {
    store<u32>(list, load<u32>(at));
  } else {
    if (end + ((<usize>1) << shift) > ARENA_END) return 0;
    at = end;
    end += (<usize>1) << shift;
  }
  memory.fill(at, 0, size);
  return at;
}

/** Gives an object of `size` bytes back. */
export function free(at: usize, size: u32): void {
  const list = lists + ((<usize>shiftOf(size)) << 2);
  store<u32>(at, load<u32>(list));
  store<u32>(list, at);
}

/** Forgets all objects. */
export function setUp(): void {
  memory.fill(lists, 0, (SHIFT_MAX + 1) << 2);
  end = ARENA_START;
}

/** Where all that was ever handed out ends: bytes from address 0. */
export function used(): usize {
  return end;
}
