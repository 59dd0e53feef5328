// SPDX-License-Identifier: LGPL-2.1-or-later

// Reads a scenario: a line a step. docs/scenarios.md says what a line may be.

import { directive, isDirective } from './directive';
import * as guest from './guest';
import { atLine, line, wrong, wrongAtAll } from './mistake';
import { isShort, kindOf, operand, operands } from './operand';
import { SIZE_MAX } from './output';
import * as steps from './step';
import * as text from './text';
import * as words from './vocabulary';

/** Bytes of a line: what it prints, and what is said of it, has to have room in out.buffer. The 3 bytes of a `{v}` can become 20. */
const LINE_MAX: u32 = 8192;
if ((LINE_MAX / 3 + 1) * 20 + 64 > SIZE_MAX) ERROR('a line has no room in out.buffer');

const DEPTH_MAX: i32 = 32;
/** The blocks that are open: the step that began each, and of `if` the jump that ends its first half. */
const open: usize = memory.data(256);
let depth: i32 = 0;

function push(begin: i32): bool {
  if (depth == DEPTH_MAX) return wrong('there are too many blocks in one another');
  store<i32>(open + ((<usize>depth) << 3), begin);
  store<i32>(open + ((<usize>depth) << 3), -1, 4);
  depth++;
  return true;
}

/** The name that stands before `=`, which has a value from now on; -1 where there is a mistake. */
function target(word: i32): i32 {
  const at = text.startOf(word);
  const size = text.sizeOf(word);
  if (!text.isName(at, size) || words.constant(at, size)) {
    wrong('can be no name', word);
    return -1;
  }
  const name = steps.intern(at, size);
  if (name < 4) {
    wrong(name < 0 ? 'is one name too many' : 'is set by calls alone', word);
    return -1;
  }
  steps.define(name);
  return name;
}

function call(word: i32, isTry: bool, targets: i32): bool {
  const place = words.findCall(text.startOf(word), text.sizeOf(word));
  if (place < 0) return wrong('is no call', word);
  let op = words.NUMBERS[place];
  const made = steps.add(op, line);
  if (made === null) return wrong('there are too many lines');
  made.mayFail = i32(isTry);
  if (!operands(made, words.CALLS[(place << 1) + 1], word + 1)) return false;
  const isPair = text.is(word, 'pipe') || text.is(word, 'socketpair');
  if (isPair != (targets == 2))
    return wrong(isPair ? 'makes two descriptors: name both before =' : 'makes one thing, not two', word);
  if (isShort(made, word)) return false;
  // Of a vpoll file: op << 32 | events.
  if (text.is(word, 'write') && made.count == 3) made.op = op = steps.REQUEST;
  if (targets > 0) made.to = target(0);
  if (targets > 1) made.toSecond = target(1);
  return targets == 0 || (made.to >= 0 && (targets == 1 || made.toSecond >= 0));
}

/** `NAME = NUMBER`, `NAME = CALL...`, `A B = CALL...` */
function assignment(targets: i32): bool {
  const word = targets + 1;
  const isTry = text.is(word, 'try');
  const first = word + i32(isTry);
  if (first >= text.count) return wrong('something is missing at the end');
  if (words.findCall(text.startOf(first), text.sizeOf(first)) >= 0) return call(first, isTry, targets);
  if (targets != 1 || isTry) return wrong('is no call', first);
  const made = steps.add(steps.ASSIGN, line);
  if (made === null) return wrong('there are too many lines');
  if (!operands(made, 'v', word)) return false;
  made.to = target(0);
  return made.to >= 0;
}

/** `task NAME`, `fork NAME`. */
function block(op: i32): bool {
  if (text.count != 2) return wrong('there must be one name');
  const at = text.startOf(1);
  if (!text.isName(at, text.sizeOf(1)) || words.constant(at, text.sizeOf(1))) return wrong('can be no name', 1);
  const name = steps.intern(at, text.sizeOf(1));
  if (name < 4) return wrong('can be no name of a task', 1);
  if (steps.define(name)) return wrong('is there already', 1);
  const made = steps.add(op, line);
  if (made === null) return wrong('there are too many lines');
  made.a = name;
  return push(steps.count - 1);
}

function condition(): bool {
  if (text.count != 4) return wrong('a condition is A ==, !=, <, > or & B');
  const made = steps.add(steps.IF, line);
  if (made === null) return wrong('there are too many lines');
  made.firstWord = 1;
  if (!operand(made, 0, 1) || !operand(made, 1, 3)) return false;
  if (text.is(2, '==')) made.c = steps.EQUAL;
  else if (text.is(2, '!=')) made.c = steps.UNEQUAL;
  else if (text.is(2, '<')) made.c = steps.BELOW;
  else if (text.is(2, '>')) made.c = steps.ABOVE;
  else if (text.is(2, '&')) made.c = steps.HAS;
  else return wrong('compares nothing (==, !=, <, > and & do)', 2);
  return push(steps.count - 1);
}

function otherwise(): bool {
  const place = open + ((<usize>(depth - 1)) << 3);
  if (depth == 0 || steps.at(load<i32>(place)).op != steps.IF || load<i32>(place, 4) >= 0) return wrong('else without an if');
  const jump = steps.add(steps.JUMP, line);
  if (jump === null) return wrong('there are too many lines');
  store<i32>(place, steps.count - 1, 4);
  const condition = steps.at(load<i32>(place));
  condition.target = steps.count;
  // For describe.ts alone: IF itself goes by its target.
  condition.d = steps.count - 1;
  return true;
}

/** `end`: the innermost block. */
function end(): bool {
  if (depth == 0) return wrong('end without a block');
  const place = open + ((<usize>--depth) << 3);
  const begin = steps.at(load<i32>(place));
  if (begin.op != steps.IF) {
    const last = steps.add(begin.op == steps.LOOP ? steps.JUMP : steps.END, line);
    if (last === null) return wrong('there are too many lines');
    if (begin.op == steps.LOOP) last.target = load<i32>(place) + 1;
  }
  if (load<i32>(place, 4) >= 0) steps.at(load<i32>(place, 4)).target = steps.count;
  else begin.target = steps.count;
  return true;
}

function leave(): bool {
  for (let i = depth - 1; i >= 0; i--) {
    const begin = load<i32>(open + ((<usize>i) << 3));
    if (steps.at(begin).op == steps.TASK || steps.at(begin).op == steps.FORK) break;
    if (steps.at(begin).op != steps.LOOP) continue;
    const made = steps.add(steps.BREAK, line);
    if (made === null) return wrong('there are too many lines');
    made.a = begin;
    return true;
  }
  return wrong('break without a loop');
}

function print(): bool {
  const made = steps.add(steps.PRINT, line);
  if (made === null) return wrong('there are too many lines');
  if (text.count < 2) return true;
  made.text = text.startOf(1);
  made.textSize = text.sizeOfRest(1);
  return true;
}

function signal(): bool {
  const made = steps.add(steps.SIGNAL, line);
  if (made === null) return wrong('there are too many lines');
  return operands(made, 'v', 1);
}

/** `guest FD...`: four descriptors a step. */
function guestOf(): bool {
  if (guest.line > 0) return wrong('is there already', 0);
  if (depth > 0) return wrong('belongs outside of all blocks', 0);
  guest.readAt(line);
  let word = 1;
  for (;;) {
    const made = steps.add(steps.GUEST, line);
    if (made === null) return wrong('there are too many lines');
    for (let index = 0; index < 4 && word < text.count; index++, word++) {
      if (!operand(made, index, word)) return false;
      if (kindOf(made, index) == steps.TIME) return wrong('is a time, where none belongs', word);
    }
    if (word < text.count) continue;
    made.target = 1;
    return true;
  }
}

function plain(op: i32): bool {
  if (text.count > 1) return wrong('is one word too many', 1);
  const made = steps.add(op, line);
  if (made === null) return wrong('there are too many lines');
  return op != steps.LOOP || push(steps.count - 1);
}

function statement(): bool {
  if (text.is(0, 'print')) return print();
  if (text.is(0, 'if')) return condition();
  if (text.is(1, '=')) return assignment(1);
  if (text.is(2, '=')) return assignment(2);
  if (text.is(0, 'task')) return block(steps.TASK);
  if (text.is(0, 'fork')) return block(steps.FORK);
  if (text.is(0, 'loop')) return plain(steps.LOOP);
  if (text.is(0, 'exit')) return plain(steps.END);
  if (text.is(0, 'else')) return text.count == 1 ? otherwise() : wrong('is one word too many', 1);
  if (text.is(0, 'end')) return text.count == 1 ? end() : wrong('is one word too many', 1);
  if (text.is(0, 'break')) return text.count == 1 ? leave() : wrong('is one word too many', 1);
  if (text.is(0, 'signal')) return signal();
  if (text.is(0, 'guest')) return guestOf();
  const isTry = text.is(0, 'try');
  if (isTry && text.count == 1) return wrong('something is missing at the end');
  return call(i32(isTry), isTry, 0);
}

/** Reads the `size` bytes of text.source. False where a line is wrong: out.buffer then says which, and what is. */
export function parse(size: u32): bool {
  steps.clear();
  guest.forget();
  depth = 0;
  atLine(0);
  const stop = text.source + size;
  for (let at = text.source + text.markSize(size); at < stop;) {
    let to = at;
    while (to < stop && load<u8>(to) != 10) to++;
    atLine(line + 1);
    if (!text.split(at, to)) return wrong('there are too many words');
    at = to + 1;
    if (text.count == 0) continue;
    if (text.sizeOfRest(0) > LINE_MAX) return wrong('the line is longer than 8192 bytes');
    if (isDirective()) {
      const mistake = steps.count > 0 ? 'belongs before the first step' : directive();
      if (mistake.length > 0) return wrong(mistake, 0);
    } else if (!statement()) return false;
  }
  if (depth > 0) {
    atLine(steps.at(load<i32>(open + ((<usize>(depth - 1)) << 3))).line);
    return wrong('this block has no end');
  }
  atLine(guest.line);
  if (line > 0 && !guest.isThere) return wrong('guest needs a program (vpoll sim --guest PROGRAM)');
  return line > 0 || !guest.isThere || wrongAtAll('there is a program, and no step guest that begins it');
}
