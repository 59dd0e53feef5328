// SPDX-License-Identifier: LGPL-2.1-or-later

// What the records say, as a module of its own that only tools/backends.ts builds: for TypeScript, C and the pages that name the backends.

import { CLASS_BEFORE, TABLE } from './index';
import { Backend } from './shared/backend';

/** Like recordAt() of index.ts, which uses a count that is made of what is said here. */
function recordAt(number: i32): Backend {
  return changetype<Backend>(changetype<usize>(TABLE) + CLASS_BEFORE + ((<usize>number) << 2));
}

/** The highest number. */
export function count(): i32 {
  return TABLE.length - 1;
}

export function number(place: i32): i32 {
  return recordAt(place).number;
}

/** Where a string of UTF-16 is; its size in bytes stands in the four bytes before it. */
export function name(number: i32): string {
  return recordAt(number).name;
}

export function remark(number: i32): string {
  return recordAt(number).remark;
}

export function cost(number: i32): i32 {
  return recordAt(number).cost;
}

export function needsProcess(number: i32): bool {
  return recordAt(number).needsProcess;
}

export function isSeeds(number: i32): bool {
  return recordAt(number).isSeeds;
}

export function isEmulated(number: i32): bool {
  return recordAt(number).isEmulated;
}

export function isEverywhere(number: i32): bool {
  return recordAt(number).isEverywhere;
}

export function isSimulated(number: i32): bool {
  return recordAt(number).isSimulated;
}

/** Whether every subset of these bits can be shown, entered and left. */
export function gives(number: i32, bits: u32): bool {
  return recordAt(number).gives(bits, 0);
}
