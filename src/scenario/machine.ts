// SPDX-License-Identifier: LGPL-2.1-or-later

// build/vpoll-sim.wasm, driven a turn at a time in place of being run as a command: no library for WASI is needed then.

import type { Exports } from './exports.js';

/** What is wrong with a scenario, or went wrong on its way. */
export interface Mistake {
  /** 1: it failed on the way; 2: it can't be read. */
  readonly status: number;
  readonly message: string;
}

const OVER = -1;
const FAILED = -2;
/** What {@link Machine.goOn} gives where the guest goes on. */
export const GUEST = -3;
/** The status of a scenario that failed on the way. */
export const FAILURE = 1;
/** The status of one that can't be read. */
export const MISUSE = 2;
const decoder = new TextDecoder();

/** What ends a program whose scenario has failed. */
export class Stopped extends Error {
  readonly mistake: Mistake;

  constructor(mistake: Mistake) {
    super(mistake.message);
    this.mistake = mistake;
  }
}

/** A scenario over a simulated kernel. */
export class Machine {
  readonly exports: Exports;

  /** `onPrint` gets what the scenario prints: bytes of its memory. */
  constructor(module: WebAssembly.Module, onPrint: (bytes: Uint8Array) => void = () => undefined) {
    // Streams are all that it asks for then.
    const fd_write = (_fd: number, pieces: number, _count: number, written: number): number => {
      const view = new DataView(this.exports.memory.buffer);
      const size = view.getUint32(pieces + 4, true);
      onPrint(new Uint8Array(this.exports.memory.buffer, view.getUint32(pieces, true), size));
      view.setUint32(written, size, true);
      return 0;
    };
    const refuse = (): never => {
      throw new Error('a scenario that is driven asks for nothing but streams');
    };
    const imports = { fd_write, fd_read: refuse, args_get: refuse, args_sizes_get: refuse, proc_exit: refuse };
    const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: imports });
    this.exports = instance.exports as unknown as Exports;
  }

  /** Text of its memory. */
  text(at: number, size: number): string {
    return decoder.decode(new Uint8Array(this.exports.memory.buffer, at, size));
  }

  /** What it says is wrong. */
  mistake(status: number): Mistake {
    return { status, message: this.text(this.exports.message(), this.exports.messageSize()).trimEnd() };
  }

  /** Puts a scenario where it is read: what is wrong with its size, if anything is. */
  #take(scenario: Uint8Array): Mistake | undefined {
    const { exports } = this;
    if (scenario.length >= exports.sourceMax())
      return { status: MISUSE, message: `the scenario is longer than ${exports.sourceMax() - 1} bytes` };
    new Uint8Array(exports.memory.buffer, exports.source(), scenario.length).set(scenario);
    return undefined;
  }

  /** Reads a scenario, and runs nothing: what is wrong with it, if anything is. */
  look(scenario: Uint8Array): Mistake | undefined {
    const tooLong = this.#take(scenario);
    if (tooLong) return tooLong;
    const status = this.exports.look(scenario.length);
    return status === 0 ? undefined : this.mistake(status);
  }

  /** Reads a scenario and begins: what is wrong with it, if anything is. {@link trace} is there where it is kept. */
  begin(scenario: Uint8Array, seed: bigint, keepsTrace: boolean): Mistake | undefined {
    const tooLong = this.#take(scenario);
    if (tooLong) return tooLong;
    const status = this.exports.prepare(scenario.length, BigInt.asIntN(64, seed), keepsTrace);
    return status === 0 ? undefined : this.mistake(status);
  }

  /** Goes on to the end, or until it is the guest's turn: GUEST, or what went wrong, if anything did. */
  goOn(): Mistake | typeof GUEST | undefined {
    for (;;) {
      const task = this.exports.turn();
      if (task === OVER) return undefined;
      if (task === FAILED) return this.mistake(FAILURE);
      if (task === GUEST) return GUEST;
    }
  }

  /** Goes on to the end of a scenario that has no guest: what went wrong, if anything did. */
  finish(): Mistake | undefined {
    const mistake = this.goOn();
    if (mistake === GUEST) throw new Error('this scenario has a guest');
    return mistake;
  }

  /** The trace so far; docs/simulation.md says what stands in it. */
  get trace(): string {
    return this.text(this.exports.traceText(), this.exports.traceSize());
  }

  get hash(): string {
    return BigInt.asUintN(64, this.exports.hash()).toString(16).padStart(16, '0');
  }
}
