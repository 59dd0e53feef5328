// SPDX-License-Identifier: LGPL-2.1-or-later

// A scenario that was read: its steps, and its names. Nothing here is on a heap: above the static data lie the core's
// table, the choices and the trace (../sim/run-memory.ts).

import { GETPEERNAME } from '../sim/numbers';
import { lineEnd, lineStart, same } from './text';

export const STEPS_MAX: i32 = 4096;
export const NAMES_MAX: i32 = 256;

// What a step is: a call, by its number (../sim/numbers.ts), or one of these.
export const VPOLL_CREATE: i32 = 64;
export const VPOLL_CTL: i32 = 65;
export const VPOLL_CLOSE: i32 = 66;
export const REQUEST: i32 = 67;
export const PRINT: i32 = 68;
export const TASK: i32 = 69;
export const FORK: i32 = 70;
export const END: i32 = 71;
export const LOOP: i32 = 72;
export const BREAK: i32 = 73;
export const IF: i32 = 74;
export const JUMP: i32 = 75;
export const SIGNAL: i32 = 76;
export const ASSIGN: i32 = 77;
/** `guest`: up to four descriptors; `target` is 1 in the last of them, which begins it. */
export const GUEST: i32 = 78;

if (GETPEERNAME >= VPOLL_CREATE) ERROR('a call has the number of another step');

// How IF compares.
export const EQUAL: i32 = 0;
export const UNEQUAL: i32 = 1;
export const BELOW: i32 = 2;
export const ABOVE: i32 = 3;
export const HAS: i32 = 4;

// What an operand is.
export const NOTHING: i32 = 0;
export const NUMBER: i32 = 1;
export const TIME: i32 = 2;
export const NAME: i32 = 3;

/** One step: a layout over the static data. */
@unmanaged
export class Step {
  op: i32;
  line: i32;
  /** Its call may fail: a `try` stands before it. */
  mayFail: i32;
  /** The names that get what it makes, or -1. */
  to: i32;
  toSecond: i32;
  /** The step that it leads to: behind a block, or a loop's first. GUEST has its own. */
  target: i32;
  /** How many operands it has; their kinds, a byte each; and what they are: a number, microseconds or a name. */
  count: i32;
  kinds: u32;
  a: i64;
  b: i64;
  c: i64;
  d: i64;
  /** Its line in the text, and the word of that which is its first operand. */
  lineStart: usize;
  lineEnd: usize;
  firstWord: i32;
  /** The text of `print`. */
  text: usize;
  textSize: u32;
}

const steps: usize = memory.data(<i32>(STEPS_MAX * offsetof<Step>()));
/** How many there are. */
export let count: i32 = 0;

/** One name: a layout over the static data. */
@unmanaged
class Name {
  text: usize;
  size: u32;
  isDefined: i32;
  value: i64;
}

const names: usize = memory.data(<i32>(NAMES_MAX * offsetof<Name>()));
export let nameCount: i32 = 0;

// Names that are there from the beginning: what the last call of a task gave. The values are the task's own.
export const RESULT: i32 = 0;
export const EVENTS: i32 = 1;
export const FD: i32 = 2;
export const VALUE: i32 = 3;

export function clear(): void {
  count = 0;
  nameCount = 0;
  memory.fill(steps, 0, STEPS_MAX * offsetof<Step>());
  memory.fill(names, 0, NAMES_MAX * offsetof<Name>());
}

export function at(index: i32): Step {
  return changetype<Step>(steps + <usize>index * offsetof<Step>());
}

/** A further step, or null where there is no room. */
export function add(op: i32, line: i32): Step | null {
  if (count == STEPS_MAX) return null;
  const made = at(count++);
  made.op = op;
  made.line = line;
  made.lineStart = lineStart;
  made.lineEnd = lineEnd;
  made.to = -1;
  made.toSecond = -1;
  return made;
}

function nameOf(name: i32): Name {
  return changetype<Name>(names + <usize>name * offsetof<Name>());
}

const OWN_NAMES: StaticArray<string> = ['result', 'events', 'fd', 'value'];

/** A name that is there from the beginning, or ''. */
export function ownName(name: i32): string {
  return name < OWN_NAMES.length ? OWN_NAMES[name] : '';
}

/** The number of a name, or -1. */
export function find(text: usize, size: u32): i32 {
  for (let i = 0; i < OWN_NAMES.length; i++) if (same(text, size, OWN_NAMES[i])) return i;
  for (let i = 4; i < nameCount; i++) {
    const name = nameOf(i);
    if (name.size == size && memory.compare(name.text, text, size) == 0) return i;
  }
  return -1;
}

/** As {@link find}, and makes a name that isn't there; -1 where there is no room. */
export function intern(text: usize, size: u32): i32 {
  const known = find(text, size);
  if (known >= 0) return known;
  if (nameCount < 4) nameCount = 4;
  if (nameCount == NAMES_MAX) return -1;
  nameOf(nameCount).text = text;
  nameOf(nameCount).size = size;
  return nameCount++;
}

export function nameAt(name: i32): usize {
  return nameOf(name).text;
}

export function nameSize(name: i32): u32 {
  return nameOf(name).size;
}

export function get(name: i32): i64 {
  return nameOf(name).value;
}

export function set(name: i32, value: i64): void {
  nameOf(name).value = value;
}

/** Marks a name as one that has a value, or names a task. Tells whether it was one. */
export function define(name: i32): bool {
  const wasDefined = isDefined(name);
  nameOf(name).isDefined = 1;
  return wasDefined;
}

export function isDefined(name: i32): bool {
  return name < 4 || nameOf(name).isDefined != 0;
}
