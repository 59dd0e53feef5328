// SPDX-License-Identifier: LGPL-2.1-or-later

/** What build/vpoll-sim.wasm exports beside _start; assembly/wasi/index.ts says what each does, or from where it has it. */
export interface Exports {
  readonly memory: WebAssembly.Memory;
  source(): number;
  sourceMax(): number;
  prepare(size: number, seed: bigint, keepsTrace: boolean): number;
  look(size: number): number;
  stepCount(): number;
  describeStep(index: number): void;
  kernelFeatures(): number;
  faultLine(): number;
  until(): bigint;
  message(): number;
  messageSize(): number;
  turn(): number;
  now(): bigint;
  bringGuest(): void;
  guestCall(number: number, a: number, b: number, c: number, d: number): void;
  guestResult(): number;
  guestSteps(): number;
  guestEnd(): void;
  guestFds(): number;
  guestFdCount(): number;
  guestRoom(): number;
  guestRoomMax(): number;
  guestSays(size: number): void;
  hash(): bigint;
  traceText(): number;
  traceSize(): number;
  /** Where a part of the trace begins, and the scenario's line behind it: two u32 each (assembly/scenario/marks.ts). */
  readonly marks: WebAssembly.Global<'i32'>;
  readonly markCount: WebAssembly.Global<'i32'>;
  forgetMarks(): void;
}
