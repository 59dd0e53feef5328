// SPDX-License-Identifier: LGPL-2.1-or-later

// The memory above the core's table: the choices of a run, and its trace. Bytes are got from the machine as they are needed.

import { Entry } from '../structs';
import { CHOICES_MAX, LISTS } from './numbers';
import { FD_MAX } from './structs';

/** The core's table (../table.ts) may reach so far from the end of the static data: an entry for each descriptor that there can be. */
const TABLE_SIZE: usize = FD_MAX * offsetof<Entry>();
/** Bytes of each list of choices: u32 each. */
const CHOICES_SIZE: usize = CHOICES_MAX << 2;
const PAGE_SIZE: usize = 65536;

let limit: usize = 0;

/** Where a list of choices begins. */
export function choicesAt(stream: i32): usize {
  return __heap_base + TABLE_SIZE + <usize>stream * CHOICES_SIZE;
}

/** Where the trace begins. Nothing lies above. */
export function traceAt(): usize {
  return choicesAt(LISTS);
}

/** Makes sure that the memory up to `end` is there. There is no way on without it. */
export function reach(end: usize): void {
  if (end <= limit) return;
  limit = <usize>memory.size() * PAGE_SIZE;
  if (end <= limit) return;
  // Half a megabyte more than was asked for: a trace grows line by line.
  if (memory.grow(<i32>((end - limit + 0x80000) / PAGE_SIZE)) < 0) unreachable();
  limit = <usize>memory.size() * PAGE_SIZE;
}
