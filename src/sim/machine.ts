// SPDX-License-Identifier: LGPL-2.1-or-later

import simBase64 from '../../build/sim.wasm.js';

/** What build/sim.wasm exports beside the core; assembly/sim/index.ts says what each does. */
export interface SimExports {
  readonly memory: WebAssembly.Memory;
  boot(version: number, features: number): void;
  spawn(): number;
  thread(of: number): number;
  exit(task: number): number;
  room(size: number): number;
  call(task: number, number: number, a: number, b: number, c: number, d: number): number;
  resume(task: number): number;
  woken(index: number): number;
  stateOf(task: number): number;
  interrupt(task: number): number;
  enter(task: number): number;
  now(): bigint;
  advance(toNs: bigint): void;
  due(): bigint;
  note(word: bigint): void;
  hash(): bigint;
  used(): number;
}

/** Features of a simulated kernel: linux_patch, linux_module. */
export const HAS_EFD_VPOLL = 1;
export const HAS_DEVICE = 2;
/** The Linux that is simulated unless another is asked for: 100 * major + minor. */
const VERSION = 618;

let module: WebAssembly.Module | undefined;

/** A machine of its own: a kernel that has booted, without a task. It shares nothing with any other. */
export function createMachine(version = VERSION, features = HAS_EFD_VPOLL | HAS_DEVICE): SimExports {
  module ??= new WebAssembly.Module(Uint8Array.from(atob(simBase64), (char) => char.charCodeAt(0)));
  const exports = new WebAssembly.Instance(module, {}).exports as unknown as SimExports;
  exports.boot(version, features);
  return exports;
}
