// SPDX-License-Identifier: LGPL-2.1-or-later

// A WASI command (preview 1): reads a scenario on stdin, runs it over the simulated kernel and writes what it prints on stdout.
//
//     [--seed N] [--hash | --trace], which print the trace's hash or the trace instead
//
// Status 0: it came to its end; 1: it failed on the way (a call, a task that nobody wakes); 2: wrong arguments, or a line that can't be read;
// 74: its output is lost (streams.ts).
//
// A driver (src/scenario/machine.ts, for `vpoll sim` and the playground) calls prepare() and turn() instead of _start().

import { describe } from '../scenario/describe';
import * as directive from '../scenario/directive';
import * as guest from '../scenario/guest';
import * as out from '../scenario/output';
import { parse } from '../scenario/parse';
import { printWith } from '../scenario/print';
import * as run from '../scenario/run';
import * as steps from '../scenario/step';
import * as tasks from '../scenario/task';
import * as text from '../scenario/text';
import * as sim from '../sim/index';
import { flush, readAll, write, writeNow } from './streams';
import { args_get, args_sizes_get, proc_exit } from './wasi_snapshot_preview1';

export { hash, now, traceSize, traceText } from '../sim/index';
export { bring as bringGuest, call as guestCall, lastResult as guestResult } from '../scenario/guest';
export { clear as forgetMarks, count as markCount, marks } from '../scenario/marks';
export { guestEnd, guestSteps, turn } from '../scenario/run';

const FAILURE: i32 = 1;
const MISUSE: i32 = 2;
const STDERR: i32 = 2;

const ARGS_MAX: u32 = 64;
const argv: usize = memory.data(256);
const ARGS_SIZE_MAX: u32 = 4096;
const argText: usize = memory.data(4096);
const sizes: usize = memory.data(8);

let seed: u64 = 0;
let isHash: bool = false;
let isTrace: bool = false;

function complain(what: string): void {
  out.clear();
  out.text(what);
  out.char(10);
  writeNow(STDERR, out.buffer, out.size);
}

function lengthOf(at: usize): u32 {
  let size: u32 = 0;
  while (load<u8>(at + size) != 0) size++;
  return size;
}

/** A seed: a decimal number of at most 64 bits. */
function toSeed(at: usize): bool {
  const size = lengthOf(at);
  seed = 0;
  for (let i: u32 = 0; i < size; i++) {
    const digit = <u64>load<u8>(at + i) - 48;
    if (digit > 9 || seed > (u64.MAX_VALUE - digit) / 10) return false;
    seed = seed * 10 + digit;
  }
  return size > 0;
}

function readArgs(): bool {
  if (args_sizes_get(sizes, sizes + 4) != 0) return false;
  const count = load<u32>(sizes);
  if (count > ARGS_MAX || load<u32>(sizes, 4) > ARGS_SIZE_MAX || args_get(argv, argText) != 0) return false;
  for (let i: u32 = 1; i < count; i++) {
    const arg = load<u32>(argv + ((<usize>i) << 2));
    const size = lengthOf(arg);
    if (text.same(arg, size, '--hash')) isHash = true;
    else if (text.same(arg, size, '--trace')) isTrace = true;
    else if (text.same(arg, size, '--seed') && i + 1 < count && toSeed(load<u32>(argv + ((<usize>++i) << 2)))) continue;
    else return false;
  }
  return !(isHash && isTrace);
}

function begin(size: u32, withSeed: u64, keepsTrace: bool): i32 {
  directive.setUp();
  if (!parse(size)) return MISUSE;
  run.start(withSeed, keepsTrace);
  return run.hasFailed ? FAILURE : 0;
}

function printNow(at: usize, size: u32): void {
  writeNow(1, at, size);
}

/**
 * For a driver, which calls {@link turn} then, in place of _start(): reads the `size` bytes of {@link source} and begins. 0, FAILURE or MISUSE;
 * {@link message} says what is wrong. What is printed is written line by line. The trace is there in the end where it is kept.
 */
export function prepare(size: u32, withSeed: u64, keepsTrace: bool): i32 {
  printWith(printNow);
  return begin(size, withSeed, keepsTrace);
}

/** For a driver that runs nothing: reads as {@link prepare} does. 0 or MISUSE; what has been read is described then. */
export function look(size: u32): i32 {
  directive.setUp();
  return parse(size) ? 0 : MISUSE;
}

export function stepCount(): i32 {
  return steps.count;
}

/** A step as JSON, at {@link message}; assembly/scenario/describe.ts says how. */
export function describeStep(index: i32): void {
  describe(index);
}

/** What the kernel has: HAS_EFD_VPOLL, HAS_DEVICE. */
export function kernelFeatures(): u32 {
  return directive.features;
}

/** The line of the first `fault`, or 0. */
export function faultLine(): i32 {
  return directive.faultLine;
}

/** When what still runs has failed, in nanoseconds, or 0: never. */
export function until(): u64 {
  return directive.isBounded ? directive.until_ns : 0;
}

/** Where the text of a scenario is put, and how many bytes there are room for. */
export function source(): usize {
  return text.source;
}

export function sourceMax(): u32 {
  return text.SOURCE_MAX;
}

/** Where the descriptors of the guest stand (i32 each), and how many there are. */
export function guestFds(): usize {
  return guest.fds;
}

export function guestFdCount(): u32 {
  return guest.fdCount;
}

/** Where the guest's calls read and write, and how many bytes there are room for. */
export function guestRoom(): usize {
  return guest.room;
}

export function guestRoomMax(): u32 {
  return tasks.ROOM;
}

/** Puts a line of the guest into the trace: `size` bytes of {@link guestRoom}. */
export function guestSays(size: u32): void {
  sim.note(guest.id, guest.room, size);
}

/** What went wrong: an address, and a size in bytes. */
export function message(): usize {
  return out.buffer;
}

export function messageSize(): u32 {
  return out.size;
}

function printNothing(_at: usize, _size: u32): void {}

function writeHash(): void {
  const hash = sim.hash();
  out.clear();
  for (let shift: i32 = 60; shift >= 0; shift -= 4) out.unsigned((hash >> shift) & 15, 16);
  out.char(10);
  write(out.buffer, out.size);
}

function finish(status: i32): i32 {
  flush();
  // What it has to say comes first: the hash is put together where that stands.
  if (status != 0) writeNow(STDERR, out.buffer, out.size);
  if (isTrace && status != MISUSE) write(sim.traceText(), sim.traceSize());
  if (isHash && status != MISUSE) writeHash();
  flush();
  return status;
}

function main(): i32 {
  if (!readArgs()) {
    complain('usage: [--seed N] [--hash | --trace] < SCENARIO');
    return MISUSE;
  }
  const size = readAll(text.source, text.SOURCE_MAX);
  if (size < 0 || size == <i32>text.SOURCE_MAX) {
    complain(size < 0 ? 'stdin cannot be read' : 'the scenario is longer than 262143 bytes');
    return MISUSE;
  }
  printWith(isHash || isTrace ? printNothing : write);
  const status = begin(size, seed, isTrace);
  if (status != 0) return finish(status);
  let turned = 0;
  while (turned >= 0) turned = run.turn();
  return finish(turned == run.OVER ? 0 : FAILURE);
}

export function _start(): void {
  const status = main();
  if (status != 0) proc_exit(status);
}
