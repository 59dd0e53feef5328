// SPDX-License-Identifier: LGPL-2.1-or-later

// Stdin as a whole, stdout in pieces of some size, and what is written at once.

import { fd_read, fd_write, proc_exit } from './wasi_snapshot_preview1';

const piece: usize = memory.data(8);
const done: usize = memory.data(4);
/** What was not written yet: a call for each line would be most of a run. */
const SIZE_MAX: u32 = 0x4000;
const buffer: usize = memory.data(0x4000);
let size: u32 = 0;

/** EX_IOERR of sysexits.h: what was to be written is lost, and this is all that can tell so. */
const LOST: i32 = 74;

/** Writes all of it now. */
export function writeNow(fd: i32, at: usize, length: u32): void {
  for (let written: u32 = 0; written < length; written += load<u32>(done)) {
    store<u32>(piece, <u32>at + written);
    store<u32>(piece, length - written, 4);
    store<u32>(done, 0);
    if (fd_write(fd, piece, 1, done) != 0 || load<u32>(done) == 0) proc_exit(LOST);
  }
}

export function flush(): void {
  const length = size;
  size = 0;
  writeNow(1, buffer, length);
}

/** Writes to stdout, now or later. */
export function write(at: usize, length: u32): void {
  if (size + length > SIZE_MAX) flush();
  if (length > SIZE_MAX) return writeNow(1, at, length);
  memory.copy(buffer + size, at, length);
  size += length;
}

/** Reads stdin to its end: its size; `room` where it has as much or more; -1 where it can't be read. */
export function readAll(to: usize, room: u32): i32 {
  let length: u32 = 0;
  while (length < room) {
    store<u32>(piece, <u32>to + length);
    store<u32>(piece, room - length, 4);
    store<u32>(done, 0);
    if (fd_read(0, piece, 1, done) != 0) return -1;
    if (load<u32>(done) == 0) return <i32>length;
    length += load<u32>(done);
  }
  return <i32>length;
}
