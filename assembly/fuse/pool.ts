// SPDX-License-Identifier: LGPL-2.1-or-later

// Blocks of memory whose sizes are powers of two. What was given back is taken again, whole or in halves; it is never joined. So for each size there are
// at most as many as were in use at one time, however long the server runs.

const PAGE_SIZE: u64 = 65536;
/** The logarithm of the size of the smallest block. */
export const LEAST: u32 = 4;
/** More than that of the largest: a memory has 2^32 bytes. */
const LOG_END: u32 = 32;

/** The first free block of each size; each begins with the address of the next. */
const free: usize = memory.data(32 * 4);
/** The end of what was ever taken. */
let top: usize = (__heap_base + 15) & ~15;

function first(log: u32): usize {
  return free + ((<usize>log) << 2);
}

/** New memory, or 0. */
function extend(log: u32): usize {
  const end = <u64>top + ((<u64>1) << log);
  const have = <u64>memory.size() * PAGE_SIZE;
  if (end > have) {
    const pages = (end - have + PAGE_SIZE - 1) / PAGE_SIZE;
    if (pages > 65535 || memory.grow(<i32>pages) < 0) return 0;
  }
  const block = top;
  top = <usize>end;
  return block;
}

/** A block of 2^log bytes, with anything in it; or 0. */
export function take(log: u32): usize {
  let at = log;
  while (at < LOG_END && load<usize>(first(at)) == 0) at++;
  if (at == LOG_END) return extend(log);
  const block = load<usize>(first(at));
  store<usize>(first(at), load<usize>(block));
  while (at > log) {
    at--;
    give(block + ((<usize>1) << at), at);
  }
  return block;
}

/** Gives a block of 2^log bytes back. */
export function give(block: usize, log: u32): void {
  store<usize>(block, load<usize>(first(log)));
  store<usize>(first(log), block);
}
