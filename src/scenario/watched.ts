// SPDX-License-Identifier: LGPL-2.1-or-later

// Runs a scenario for somebody who looks on: with the line that stands behind each part of the trace, and within bounds.

import { resultOf, type ScenarioResult } from './command.js';
import { Bytes } from './lines.js';
import { Machine, MISUSE, type Mistake } from './machine.js';

/** From this row of the trace on, counted from 0, it is of this line of the scenario, or of the kernel itself (0). */
export interface Mark {
  readonly row: number;
  readonly line: number;
}

/** So much of a run can be looked at. */
export interface Bounds {
  readonly momentsMax: number;
  readonly printedMax_bytes: number;
}

export interface WatchedResult extends ScenarioResult {
  readonly marks: readonly Mark[];
  /** Why it was ended before its end, or ''. */
  readonly cut: string;
}

const LINE_FEED = 10;
const OVER = -1;
const FAILED = -2;
const FAILURE = 1;

/** Thrown through the scenario's own code, which nothing else can leave while it prints. */
class Cut extends Error {}

interface Place {
  readonly at: number;
  readonly line: number;
}

/** The marks of a run, taken out of the machine as often as there may be many. */
class Marks {
  readonly #places: Place[] = [];

  take({ exports }: Machine): void {
    const view = new DataView(exports.memory.buffer);
    const count = exports.markCount.value;
    for (let at = exports.marks.value, end = at + 8 * count; at < end; at += 8) {
      const place = { at: view.getUint32(at, true), line: view.getUint32(at + 4, true) };
      // What was marked between two looks, and has left nothing in the trace.
      if (this.#places.at(-1)?.at === place.at) this.#places.pop();
      this.#places.push(place);
    }
    exports.forgetMarks();
  }

  get count(): number {
    return this.#places.length;
  }

  /** By row of the trace, in place of bytes. */
  toRows(trace: Uint8Array): Mark[] {
    let row = 0;
    let from = 0;
    return this.#places
      .filter(({ at }) => at < trace.length)
      .map(({ at, line }) => {
        for (; from < at; from++) if (trace[from] === LINE_FEED) row++;
        return { row, line };
      });
  }
}

function traceOf({ exports }: Machine): Uint8Array {
  return new Uint8Array(exports.memory.buffer, exports.traceText(), exports.traceSize());
}

/** Goes on to the end; what went wrong, if anything did. */
function finish(machine: Machine, marks: Marks, look: () => void): Mistake | undefined {
  for (;;) {
    const task = machine.exports.turn();
    marks.take(machine);
    if (task === OVER) return undefined;
    if (task === FAILED) return machine.mistake(FAILURE);
    look();
  }
}

/** Runs scenarios on one machine, which is made anew only where a run had to be broken off. */
export class Watcher {
  readonly #module: WebAssembly.Module;
  readonly #bounds: Bounds;
  #machine: Machine | undefined;
  #onPrinted: (printed: Uint8Array) => void = () => undefined;

  /** `module` is build/vpoll-sim.wasm. */
  constructor(module: WebAssembly.Module, bounds: Bounds) {
    this.#module = module;
    this.#bounds = bounds;
  }

  /** What is wrong with a scenario's words, a line; or ''. */
  check(text: Uint8Array): string {
    const { status, stderr } = this.run(text, 0n);
    return status === MISUSE ? stderr : '';
  }

  /** As runScenario(); `onPrint` gets what is printed when it is. */
  run(text: Uint8Array, seed: bigint, onPrint: (printed: Uint8Array) => void = () => undefined): WatchedResult {
    const stdout = new Bytes();
    const marks = new Marks();
    const { momentsMax, printedMax_bytes } = this.#bounds;
    const look = (): void => {
      if (marks.count > momentsMax) throw new Cut(`stopped after ${momentsMax} moments`);
      if (stdout.all.length > printedMax_bytes) throw new Cut(`stopped after ${printedMax_bytes} bytes of output`);
    };
    const machine = (this.#machine ??= new Machine(this.#module, (printed) => {
      this.#onPrinted(printed);
    }));
    this.#onPrinted = (printed) => {
      stdout.add(printed);
      onPrint(printed);
      marks.take(machine);
      look();
    };
    let mistake: Mistake | undefined;
    let cut = '';
    try {
      mistake = machine.begin(text, seed, true);
      marks.take(machine);
      mistake ??= finish(machine, marks, look);
    } catch (error) {
      this.#machine = undefined;
      if (!(error instanceof Cut)) throw error;
      cut = error.message;
    }
    return { ...resultOf(machine, stdout, mistake), marks: marks.toRows(traceOf(machine)), cut };
  }
}
