// SPDX-License-Identifier: LGPL-2.1-or-later

// Everything that is left open in a run is decided here, and noted: who goes on next, and which faults happen. The same list of choices
// makes the same run. 0 is always the plain choice: first come first served, and no fault.
//
// There are three lists, so that one can be changed without the others: who goes on, faults, and how much time passes. An exhaustive walk has all
// in the first.

import { CHOICES_MAX, FAULTS, LISTS, PCT, RANDOM, REPLAY, ROUND_ROBIN, SCHEDULE, TIMES } from './numbers';
import { choicesAt, reach } from './run-memory';

/** The most that one choice is between: an entry of a list has 16 bits for what was chosen, and 16 for of how many. */
export const OPTIONS_MAX: u32 = 0xffff;

export let strategy: i32 = ROUND_ROBIN;
let isMerged: bool = false;
let state: u64 = 0;
/** How long the lists are that are given, and how far each has come; by stream. */
const given: usize = memory.data(LISTS << 2);
const counts: usize = memory.data(LISTS << 2);
/** A list was full: what is left of the run can't be replayed. */
export let isFull: bool = false;

export function setUp(): void {
  strategy = ROUND_ROBIN;
  isMerged = false;
  isFull = false;
  state = 0;
  memory.fill(given, 0, LISTS << 2);
  memory.fill(counts, 0, LISTS << 2);
  reach(choicesAt(LISTS));
}

/** How choices are made from now on. `merged`: all in one list. */
export function choose(by: i32, seed: u64, merged: bool): void {
  strategy = by;
  state = seed;
  isMerged = merged;
}

/** Says that the first `count` choices of a list have been put in place: what REPLAY takes. */
export function give(stream: i32, count: u32): void {
  store<u32>(given + ((<usize>stream) << 2), min(count, CHOICES_MAX));
}

export function count(stream: i32): u32 {
  return load<u32>(counts + ((<usize>stream) << 2));
}

/** splitmix64 */
export function random(): u64 {
  state += 0x9e3779b97f4a7c15;
  let z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/** 0 to `n` - 1. */
export function below(n: u32): u32 {
  return <u32>(((random() >> 32) * n) >> 32);
}

/** Enters a choice of `n`, at most OPTIONS_MAX: `value`, or what a given list says. The lower half of an entry is what was chosen, the upper one `n`. */
function enter(stream: i32, value: u32, n: u32): u32 {
  const list = isMerged ? SCHEDULE : stream;
  const countAt = counts + ((<usize>list) << 2);
  const index = load<u32>(countAt);
  if (index >= CHOICES_MAX) {
    // Time alone may go on plainly from here: that is no other run when it is replayed.
    if (list == TIMES) return 0;
    isFull = true;
    return value;
  }
  const entry = choicesAt(list) + ((<usize>index) << 2);
  let chosen = value;
  if (strategy == REPLAY) chosen = index < load<u32>(given + ((<usize>list) << 2)) ? min(load<u32>(entry) & 0xffff, n - 1) : 0;
  store<u32>(entry, chosen | (n << 16));
  store<u32>(countAt, index + 1);
  return chosen;
}

/** Which of `n` goes on; `preferred` under PCT. One alone is no choice. */
export function among(n: u32, preferred: u32): u32 {
  if (n == 1) return 0;
  let value: u32 = 0;
  if (strategy == RANDOM) value = below(n);
  else if (strategy == PCT) value = preferred;
  return enter(SCHEDULE, value, n);
}

/** One of `n` for a fault. */
export function forFault(n: u32): u32 {
  return n == 1 ? 0 : enter(FAULTS, strategy == REPLAY ? 0 : below(n), n);
}

/** How much time passes: `wanted` of `n`. */
export function ofTime(wanted: u32, n: u32): u32 {
  return enter(TIMES, strategy == REPLAY ? 0 : wanted, n);
}

/** Whether a fault happens that does so `num` times in `den`. */
export function happens(num: u32, den: u32): bool {
  if (num == 0) return false;
  return enter(FAULTS, strategy == REPLAY ? 0 : u32(below(den) < num), 2) != 0;
}

/**
 * Makes the next list of an exhaustive walk of the one that was just run: the last of its first `bound` choices that can be another is. How
 * long it is then, or -1 where all have been.
 */
export function next(bound: u32): i32 {
  for (let index = min(count(SCHEDULE), bound); index > 0; index--) {
    const entry = choicesAt(SCHEDULE) + ((<usize>(index - 1)) << 2);
    const chosen = load<u32>(entry) & 0xffff;
    if (chosen + 1 >= load<u32>(entry) >> 16) continue;
    store<u32>(entry, chosen + 1);
    return index;
  }
  return -1;
}
