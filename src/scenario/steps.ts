// SPDX-License-Identifier: LGPL-2.1-or-later

// The steps of a scenario, as the one parser (assembly/scenario) has read them: for what makes another program of them.

import { HAS_DEVICE, HAS_EFD_VPOLL } from '../sim/numbers.js';
import { Machine, type Mistake } from './machine.js';

/** What stands between `|`: a word without its EPOLL, or a number as it is written; and what that is. */
export interface Atom {
  readonly word: string;
  readonly value: string;
}

/** A name, a time in microseconds (-1: forever), or a number. */
export type Operand =
  { readonly name: string } | { readonly us: number } | { readonly value: string; readonly atoms: readonly Atom[] };

/** Of a `print`. Text is bytes, a character each. */
export type Part = { readonly name: string } | { readonly text: string };

interface At {
  readonly line: number;
  /** The step that it leads to: behind a block, or a loop's first. */
  readonly target: number;
}

interface Operands {
  readonly operands: readonly Operand[];
  /** The names that get what it makes. */
  readonly to: readonly string[];
}

export type CallStep = At & Operands & { readonly kind: 'call'; readonly call: string; readonly mayFail: boolean };
export type Comparison = '==' | '!=' | '<' | '>' | '&';
export type IfStep = At &
  Operands & {
    readonly kind: 'if';
    readonly compares: Comparison;
    /** The jump that ends its first half, or 0: it has no other. */
    readonly otherwise: number;
  };
export type PrintStep = At & { readonly kind: 'print'; readonly parts: readonly Part[] };
export type TaskStep = At & { readonly kind: 'task' | 'fork'; readonly name: string };
export type ValueStep = At & Operands & { readonly kind: 'signal' | 'assign' };
export type PlainStep = At & { readonly kind: 'end' | 'loop' | 'break' | 'jump' | 'guest' };
export type Step = CallStep | IfStep | PrintStep | TaskStep | ValueStep | PlainStep;

/** A scenario that was read. */
export interface Steps {
  readonly steps: readonly Step[];
  readonly hasEfdVpoll: boolean;
  readonly hasDevice: boolean;
  /** The line of the first `fault`, or 0. */
  readonly faultLine: number;
  /** When what still runs has failed, in microseconds; 0: never. */
  readonly until_us: number;
}

/** Reads a scenario: its steps, or what is wrong with it. `module` is build/vpoll-sim.wasm. */
export function readSteps(module: WebAssembly.Module, text: Uint8Array): Steps | Mistake {
  const machine = new Machine(module);
  const mistake = machine.look(text);
  if (mistake) return mistake;
  const { exports } = machine;
  const steps = Array.from({ length: exports.stepCount() }, (_, index) => {
    exports.describeStep(index);
    return JSON.parse(machine.text(exports.message(), exports.messageSize())) as Step;
  });
  return {
    steps,
    hasEfdVpoll: (exports.kernelFeatures() & HAS_EFD_VPOLL) !== 0,
    hasDevice: (exports.kernelFeatures() & HAS_DEVICE) !== 0,
    faultLine: exports.faultLine(),
    until_us: Number(exports.until() / 1000n),
  };
}
