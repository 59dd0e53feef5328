// SPDX-License-Identifier: LGPL-2.1-or-later

// Describes the steps of a scenario that was read, each as JSON: a driver makes another program of them (src/scenario/c/). Strings are bytes, so
// what is beyond ASCII stands as \u00XX, a byte each.

import { kindOf, operandAt } from './operand';
import * as out from './output';
import { eachPart } from './print';
import * as steps from './step';
import { Step } from './step';
import * as text from './text';
import * as words from './vocabulary';

/** What a step is that is no call: in the order of their numbers, from PRINT on. */
const KINDS: StaticArray<string> = ['print', 'task', 'fork', 'end', 'loop', 'break', 'if', 'jump', 'signal', 'assign', 'guest'];

/** How IF compares, by its number. */
const COMPARISONS: StaticArray<string> = ['==', '!=', '<', '>', '&'];

const QUOTE: u32 = 34;
const BACKSLASH: u32 = 92;
const BAR: u32 = 124;

function quoted(at: usize, size: u32): void {
  out.char(QUOTE);
  for (let i: u32 = 0; i < size; i++) {
    const char = load<u8>(at + i);
    if (char >= 32 && char < 127) {
      if (char == QUOTE || char == BACKSLASH) out.char(BACKSLASH);
      out.char(char);
    } else {
      out.text('\\u00');
      out.unsigned(char >> 4, 16);
      out.unsigned(char & 15, 16);
    }
  }
  out.char(QUOTE);
}

function key(name: string): void {
  out.text(',"');
  out.text(name);
  out.text('":');
}

function nameOf(name: i32): void {
  const own = steps.ownName(name);
  if (own.length == 0) return quoted(steps.nameAt(name), steps.nameSize(name));
  out.char(QUOTE);
  out.text(own);
  out.char(QUOTE);
}

/** The parts of a word that `|` stands between: what is written there, without EPOLL, and what that stands for. */
function atoms(word: i32, isFirst: bool): void {
  const end = text.startOf(word) + text.sizeOf(word);
  for (let at = text.startOf(word); at <= end; at++) {
    const start = at;
    while (at < end && load<u8>(at) != BAR) at++;
    const size = <u32>(at - start);
    const prefix = words.isNumber(start, size) ? 0 : words.prefixOf(start, size);
    words.constant(start, size);
    if (!isFirst) out.char(44);
    isFirst = false;
    out.text('{"word":');
    quoted(start + prefix, size - prefix);
    out.text(',"value":"');
    out.decimal(words.found);
    out.text('"}');
  }
}

function operand(step: Step, index: i32): void {
  const kind = kindOf(step, index);
  const value = operandAt(step, index);
  if (kind == steps.NAME) {
    out.text('{"name":');
    nameOf(<i32>value);
  } else if (kind == steps.TIME) {
    out.text('{"us":');
    out.decimal(value);
  } else {
    out.text('{"value":"');
    out.decimal(value);
    out.text('","atoms":[');
    const isCondition = step.op == steps.IF;
    const first = step.firstWord + (isCondition ? 2 * index : index);
    // The last operand of a call may be several words, all of them flags.
    const last = !isCondition && index == step.count - 1 ? text.count - 1 : first;
    for (let word = first; word <= last; word++) atoms(word, word == first);
    out.char(93);
  }
  out.char(125);
}

function describeOperands(step: Step): void {
  text.split(step.lineStart, step.lineEnd);
  key('operands');
  out.char(91);
  for (let i = 0; i < step.count; i++) {
    if (i > 0) out.char(44);
    operand(step, i);
  }
  out.char(93);
}

let isFirstPart: bool = false;

function part(name: i32, at: usize, size: u32): void {
  if (!isFirstPart) out.char(44);
  isFirstPart = false;
  out.text(name >= 0 ? '{"name":' : '{"text":');
  if (name >= 0) nameOf(name);
  else quoted(at, size);
  out.char(125);
}

function describePrint(step: Step): void {
  key('parts');
  out.char(91);
  isFirstPart = true;
  eachPart(step, part);
  out.char(93);
}

function describeTargets(step: Step): void {
  key('to');
  out.char(91);
  if (step.to >= 0) nameOf(step.to);
  if (step.toSecond >= 0) out.char(44);
  if (step.toSecond >= 0) nameOf(step.toSecond);
  out.char(93);
}

/** Puts a step into out.buffer. */
export function describe(index: i32): void {
  const step = steps.at(index);
  const isCall = step.op < steps.PRINT;
  out.clear();
  out.text('{"line":');
  out.decimal(step.line);
  key('kind');
  out.char(QUOTE);
  out.text(isCall ? 'call' : KINDS[step.op - steps.PRINT]);
  out.char(QUOTE);
  key('target');
  out.decimal(step.target);
  if (isCall) {
    key('call');
    out.char(QUOTE);
    out.text(words.nameOf(step.op));
    out.char(QUOTE);
    key('mayFail');
    out.text(step.mayFail ? 'true' : 'false');
  }
  if (step.op == steps.TASK || step.op == steps.FORK) {
    key('name');
    nameOf(<i32>step.a);
  } else if (step.op == steps.PRINT) {
    describePrint(step);
  } else if (step.op != steps.GUEST) {
    if (step.op == steps.IF) {
      key('compares');
      out.char(QUOTE);
      out.text(COMPARISONS[<i32>step.c]);
      out.char(QUOTE);
      key('otherwise');
      out.decimal(step.d);
    }
    describeOperands(step);
    describeTargets(step);
  }
  out.char(125);
}
