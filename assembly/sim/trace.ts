// SPDX-License-Identifier: LGPL-2.1-or-later

// The trace: a line of text for each event, and a hash of the lines. docs/simulation.md says what stands in a line; trace-calls.ts writes
// those of calls.

import { now_ns } from './alarms';
import { reach, traceAt } from './run-memory';

const BASIS: u64 = 0xcbf29ce484222325;
const FACTOR: u64 = 0x9e3779b97f4a7c15;
/** No note and no argument is longer. */
const PIECE_MAX: usize = 64;
const NEWLINE: u8 = 10;

let state: u64 = BASIS;
let isKept: bool = true;
/** Whether a line has been begun. */
export let isOpen: bool = false;
let lineStart: usize = 0;
let end: usize = 0;
/** The moment whose text is kept below, since many lines have the same. */
let timeOf: u64 = u64.MAX_VALUE;
const time: usize = memory.data(24);
let timeSize: usize = 0;
const digits: usize = memory.data(24);

export function setUp(): void {
  state = BASIS;
  isKept = true;
  lineStart = end = traceAt();
  isOpen = false;
  timeOf = u64.MAX_VALUE;
  reach(end);
}

/** Whether the text is to be kept. The hash is the same. */
export function keep(on: bool): void {
  isKept = on;
}

export function char(code: u32): void {
  store<u8>(end++, code);
}

/** ASCII text of at most PIECE_MAX bytes. */
export function text(what: string): void {
  reach(end + PIECE_MAX);
  const size = what.length;
  const from = changetype<usize>(what);
  for (let i: usize = 0; i < <usize>size; i++) store<u8>(end + i, load<u8>(from + (i << 1)));
  end += size;
}

/** Bytes of the memory, with line ends and other control characters as blanks. */
export function bytes(from: usize, size: u32): void {
  reach(end + size + PIECE_MAX);
  for (let i: usize = 0; i < <usize>size; i++) {
    const byte = load<u8>(from + i);
    store<u8>(end + i, byte < 32 ? 32 : byte);
  }
  end += size;
}

export function decimal(value: i64): void {
  reach(end + PIECE_MAX);
  let rest: u64 = value;
  if (value < 0) {
    char(45);
    rest = -value;
  }
  let size: usize = 0;
  do {
    store<u8>(digits + size++, <u8>(48 + (rest % 10)));
    rest /= 10;
  } while (rest != 0);
  while (size > 0) char(load<u8>(digits + --size));
}

export function hex(value: u64): void {
  reach(end + PIECE_MAX);
  char(48);
  char(120);
  let shift: u64 = value == 0 ? 0 : (63 - clz(value)) & ~3;
  for (;;) {
    const digit = (<u32>(value >> shift)) & 15;
    char(digit < 10 ? 48 + digit : 87 + digit);
    if (shift == 0) return;
    shift -= 4;
  }
}

/** Begins a line with the time. */
export function open(): void {
  isOpen = true;
  reach(end + PIECE_MAX);
  if (timeOf != now_ns) {
    const start = end;
    decimal(now_ns);
    timeOf = now_ns;
    timeSize = end - start;
    memory.copy(time, start, timeSize);
    return;
  }
  memory.copy(end, time, timeSize);
  end += timeSize;
}

/** A task, with a blank before it. */
export function task(id: i32): void {
  text(' t');
  decimal(id);
}

/** Begins a note within a line. */
export function note(): void {
  text(' | ');
}

/** Ends the line, and folds it into the hash: eight bytes a step, the last ones filled up with zeros. */
export function close(): void {
  char(NEWLINE);
  reach(end + 8);
  store<u64>(end, 0);
  for (let at = lineStart; at < end; at += 8) state = rotl(state ^ load<u64>(at), 27) * FACTOR;
  isOpen = false;
  if (isKept) lineStart = end;
  else end = lineStart;
}

export function size(): u32 {
  return <u32>(lineStart - traceAt());
}

/** Forgets the text so far, which the driver has read. The hash goes on. */
export function drop(): void {
  lineStart = end = traceAt();
}

/** Mixed once more, so that the last lines count in every bit (the end of MurmurHash3's 64 bits). */
export function hash(): u64 {
  let h = state;
  h = (h ^ (h >> 33)) * 0xff51afd7ed558ccd;
  h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53;
  return h ^ (h >> 33);
}
