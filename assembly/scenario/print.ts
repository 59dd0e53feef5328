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

/** The value of `{NAME}`: events in hexadecimal without 0x, all else in decimal. False where there is no such name. */
function insert(runner: Runner, at: usize, size: u32): bool {
  const name = steps.find(at, size);
  if (name < 0) return false;
  const value = valueOf(runner, steps.NAME, name);
  if (name == steps.EVENTS) out.unsigned(<u64>(<u32>value), 16);
  else out.decimal(value);
  return true;
}

export function print(id: i32, runner: Runner, step: Step): void {
  out.clear();
  const end = step.text + step.textSize;
  for (let at = step.text; at < end; at++) {
    let close = at;
    if (load<u8>(at) == 123) while (close < end && load<u8>(close) != 125) close++;
    if (close > at && close < end && insert(runner, at + 1, <u32>(close - at - 1))) at = close;
    else out.char(load<u8>(at));
  }
  sim.note(id, out.buffer, out.size);
  out.char(10);
  write(out.buffer, out.size);
}
