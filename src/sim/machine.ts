// SPDX-License-Identifier: LGPL-2.1-or-later

import { fromBase64 } from '../base64.js';
import type { CoreCalls } from '../core-calls.js';
import simBase64 from '../../build/sim.wasm.js';
import { HAS_DEVICE, HAS_EFD_VPOLL, VERSION } from './numbers.js';

/** What build/sim.wasm exports; assembly/sim/index.ts says what each does. */
export interface SimExports extends CoreCalls {
  boot(version: number, features: number): void;
  spawn(): number;
  thread(of: number): number;
  exit(task: number): number;
  kill(task: number): number;
  room(size: number): number;
  call(task: number, number: number, a: number, b: number, c: number, d: number): number;
  resume(task: number): number;
  woken(index: number): number;
  stateOf(task: number): number;
  interrupt(task: number): number;
  now(): bigint;
  advance(toNs: bigint): void;
  due(): bigint;
  used(): number;
  /** The core's calls are made by this task from now on. */
  enter(task: number): number;
  // Choices.
  choose(strategy: number, seed: bigint, merged: boolean, depth: number, steps: number): void;
  setFault(kind: number, num: number, den: number, argument: number): void;
  beBusy(): void;
  choices(stream: number): number;
  choiceCount(stream: number): number;
  giveChoices(stream: number, count: number): void;
  nextChoices(bound: number): number;
  isChoiceLost(): number;
  pick(untilNs: bigint): number;
  // The trace.
  note(task: number, at: number, size: number): void;
  hash(): bigint;
  keepTrace(on: boolean): void;
  traceText(): number;
  traceSize(): number;
  dropTrace(): void;
}

let module: WebAssembly.Module | undefined;
let prepare: (machine: SimExports) => void = () => undefined;
/** Machines that nobody uses: each holds 32 MiB of address space. */
const spares: SimExports[] = [];

/** A machine of its own: a kernel that has booted, without a task. It shares nothing with any other. */
export function createMachine(version = VERSION, features = HAS_EFD_VPOLL | HAS_DEVICE): SimExports {
  module ??= new WebAssembly.Module(fromBase64(simBase64));
  const exports = new WebAssembly.Instance(module, {}).exports as unknown as SimExports;
  exports.boot(version, features);
  prepare(exports);
  return exports;
}

/** A machine that nobody else uses. It has to be booted. */
export function takeMachine(): SimExports {
  return spares.pop() ?? createMachine();
}

/** Gives it back, so that it can be used again. */
export function giveMachine(machine: SimExports): void {
  spares.push(machine);
}

/** Puts another wasm in the place of sim.wasm, each machine of which `made` gets: for tests that change the kernel. Undefined: back to it. */
export function setModule(other: WebAssembly.Module | undefined, made: typeof prepare = () => undefined): void {
  module = other;
  prepare = made;
  spares.length = 0;
}

const decoder = new TextDecoder();

/** The trace so far, as text. */
export function traceOf(machine: SimExports): string {
  return decoder.decode(new Uint8Array(machine.memory.buffer, machine.traceText(), machine.traceSize()));
}
