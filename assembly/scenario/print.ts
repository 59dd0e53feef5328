// SPDX-License-Identifier: LGPL-2.1-or-later

// What a scenario prints: it goes to the driver of the run, and into the trace.

import * as sim from '../sim/index';
import * as out from './output';
import * as steps from './step';
import { Step } from './step';
import { Runner, valueOf } from './task';

/** Called with each line, its line feed included. */
let write: (at: usize, size: u32) => void = nothing;

function nothing(_at: usize, _size: u32): void {}

export function printWith(writer: (at: usize, size: u32) => void): void {
  write = writer;
}

/** Called with each part of a text: a name, or bytes where that is -1. */
type OnPart = (name: i32, at: usize, size: u32) => void;

/** Takes the text of a `print` apart: `{NAME}` is a part where there is such a name. */
export function eachPart(step: Step, onPart: OnPart): void {
  const end = step.text + step.textSize;
  let from = step.text;
  for (let at = from; at < end; at++) {
    if (load<u8>(at) != 123) continue;
    let close = at;
    while (close < end && load<u8>(close) != 125) close++;
    const name = close < end ? steps.find(at + 1, <u32>(close - at - 1)) : -1;
    if (name < 0) continue;
    if (at > from) onPart(-1, from, <u32>(at - from));
    onPart(name, 0, 0);
    at = close;
    from = close + 1;
  }
  if (end > from) onPart(-1, from, <u32>(end - from));
}

/** Whose values the part has. */
let printer: Runner = changetype<Runner>(0);

/** The value of `{NAME}`: events in hexadecimal without 0x, all else in decimal. */
function printPart(name: i32, at: usize, size: u32): void {
  if (name < 0) return out.bytes(at, size);
  const value = valueOf(printer, steps.NAME, name);
  if (name == steps.EVENTS) out.unsigned(<u64>(<u32>value), 16);
  else out.decimal(value);
}

export function print(id: i32, runner: Runner, step: Step): void {
  out.clear();
  printer = runner;
  eachPart(step, printPart);
  sim.note(id, out.buffer, out.size);
  out.char(10);
  write(out.buffer, out.size);
}
