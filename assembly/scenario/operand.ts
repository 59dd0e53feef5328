// SPDX-License-Identifier: LGPL-2.1-or-later

// Reads the operands of a step, by the pattern of its call.

import { EPOLL_CTL_DEL } from '../abi';
import * as n from '../sim/numbers';
import { wrong } from './mistake';
import * as steps from './step';
import { Step } from './step';
import * as text from './text';
import * as words from './vocabulary';

function placeOf(step: Step, index: i32): usize {
  return changetype<usize>(step) + offsetof<Step>('a') + ((<usize>index) << 3);
}

/** What an operand is: a number, microseconds, or a name. */
export function operandAt(step: Step, index: i32): i64 {
  return load<i64>(placeOf(step, index));
}

function store8(step: Step, index: i32, kind: i32, value: i64): void {
  step.kinds |= kind << (index << 3);
  store<i64>(placeOf(step, index), value);
}

export function kindOf(step: Step, index: i32): i32 {
  return (step.kinds >> (index << 3)) & 255;
}

/** One operand, from a word. */
export function operand(step: Step, index: i32, word: i32): bool {
  const at = text.startOf(word);
  const size = text.sizeOf(word);
  if (words.time(at, size)) store8(step, index, steps.TIME, words.found);
  else if (words.constant(at, size)) store8(step, index, steps.NUMBER, words.found);
  else {
    const name = steps.find(at, size);
    if (name < 0 || !steps.isDefined(name))
      return wrong('is no number, no name of an event and nothing that was made before', word);
    store8(step, index, steps.NAME, name);
  }
  step.count = index + 1;
  return true;
}

// Of a pattern: `?`, `f`, `t`, `d`.
const OPTIONAL: i32 = 63;
const FLAGS: i32 = 102;
const TIMEOUT: i32 = 116;
const DURATION: i32 = 100;

/** The operands of a call, from `word` on, by its pattern in words.CALLS. */
export function operands(step: Step, pattern: string, word: i32): bool {
  let isOptional = false;
  let index = 0;
  step.firstWord = word;
  for (let i = 0; i < pattern.length; i++) {
    const wanted = pattern.charCodeAt(i);
    if (wanted == OPTIONAL) {
      isOptional = true;
      continue;
    }
    if (word == text.count) return isOptional || wrong('something is missing at the end');
    if (!operand(step, index, word)) return false;
    const isTime = kindOf(step, index) == steps.TIME;
    const wantsTime = wanted == TIMEOUT || wanted == DURATION;
    if (isTime && !wantsTime) return wrong('is a time, where none belongs', word);
    if (!isTime && wantsTime) return wrong('is no time (as in 10us, 10ms, 10s, forever)', word);
    if (wanted == DURATION && text.is(word, 'forever')) return wrong('is no time that ends', word);
    word++;
    if (wanted == FLAGS) {
      // Several words stand for all of their bits, where the first is no name of the scenario's.
      for (; word < text.count && kindOf(step, index) == steps.NUMBER; word++) {
        if (!words.constant(text.startOf(word), text.sizeOf(word))) break;
        store8(step, index, steps.NUMBER, load<i64>(placeOf(step, index)) | words.found);
      }
    }
    index++;
  }
  return word == text.count || wrong('is one word too many', word);
}

/** Whether a call lacks what one with the words that it has needs. */
export function isShort(step: Step, word: i32): bool {
  if (step.op == n.EPOLL_CTL && step.count == 3 && kindOf(step, 1) == steps.NUMBER && step.b != EPOLL_CTL_DEL)
    return !wrong('EVENTS are missing at the end (epoll_ctl EPOLL OP FD EVENTS)');
  // Names as the value of a write can only be the half of a request.
  const last = word + 2;
  if (step.op != n.WRITE || step.count != 2 || kindOf(step, 1) != steps.NUMBER) return false;
  if (words.isNumber(text.startOf(last), text.sizeOf(last))) return false;
  const isOp = text.is(last, 'ADD') || text.is(last, 'DEL') || text.is(last, 'SET');
  return !wrong(
    isOp ? 'is no value: EVENTS are missing (write FD OP EVENTS)' : 'is no value: OP is missing (write FD OP EVENTS)',
    last,
  );
}
