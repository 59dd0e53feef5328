// SPDX-License-Identifier: LGPL-2.1-or-later

// Runs a scenario with a program in it, on the simulated kernel of both.

import { VPollError } from '../errors.js';
import { resultOf, type ScenarioResult } from './command.js';
import { Bytes, Lines } from './lines.js';
import { FAILURE, GUEST, Machine, Stopped, type Mistake } from './machine.js';
import { loadLibrary, prepare, start, type Library, type Prepared, type Program } from './wasi/command.js';
import { Guest } from './wasi/guest.js';
import { trapName, whyNoGuest } from './wasi/refusals.js';

/** What a run gave; `stderr` says what went wrong. */
export interface GuestResult extends ScenarioResult {
  readonly guestStderr: string;
}

const STDOUT = 1;
const decoder = new TextDecoder();

/** Runs the program to its end. What the scenario failed by, or a trap, is thrown as Stopped. */
function runProgram(prepared: Prepared): Mistake | undefined {
  try {
    const status = start(prepared);
    return status === 0 ? undefined : { status: FAILURE, message: `the guest exited with status ${status}` };
  } catch (error) {
    if (error instanceof Stopped) throw error;
    throw new Stopped({ status: FAILURE, message: `the guest was ended by a trap: ${trapName(error)}` });
  }
}

/** Runs a scenario that has begun to its end: what went wrong, if anything did. */
function runAll(machine: Machine, prepared: Prepared, onGuestEnd: () => void): Mistake | undefined {
  try {
    const first = machine.goOn();
    if (first !== GUEST) return first;
    const exited = runProgram(prepared);
    onGuestEnd();
    machine.exports.guestEnd();
    return machine.finish() ?? exited;
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    onGuestEnd();
    return error.mistake;
  }
}

/** The library that runs it: where that can't be had, the guest is not to blame. */
async function needLibrary(): Promise<Library> {
  try {
    return await loadLibrary();
  } catch (error) {
    const said = error instanceof Error ? error.message.split('\n', 1)[0]! : String(error);
    const why = `a guest needs the package @wasmer/wasi (npm install @wasmer/wasi): ${said}`;
    throw Object.assign(new VPollError('ENOSYS', 'vpoll_sim', why), { cause: error });
  }
}

/** Makes the program ready; one that can't be run is a VPollError. */
async function makeReady(program: Program, guest: Guest): Promise<Prepared> {
  const refuse = (why: string): never => {
    throw new VPollError('EINVAL', 'vpoll_sim', `${program.args[0]} ${why}`);
  };
  const why = whyNoGuest(program.module);
  if (why !== undefined) refuse(why);
  const wasi = await needLibrary();
  try {
    const prepared = prepare(wasi, program, (library) => guest.calls(library));
    guest.attach(prepared.instance);
    return prepared;
  } catch (error) {
    // A memory that is too large, or code that runs before _start.
    return refuse(error instanceof RangeError ? 'needs more memory than there is' : `does not begin: ${trapName(error)}`);
  }
}

/** `module` is build/vpoll-sim.wasm; `text` has a step `guest`, by which `program` begins. */
export async function runGuest(
  module: WebAssembly.Module,
  text: Uint8Array,
  program: Program,
  seed: bigint,
): Promise<GuestResult> {
  const stdout = new Bytes();
  const stderr = new Bytes();
  const machine = new Machine(module, (printed) => {
    stdout.add(printed);
  });
  const streams = [0, 1].map(
    () =>
      new Lines((line) => {
        guest.says(line);
      }),
  );
  const guest = new Guest(machine, seed, (fd, bytes) => {
    (fd === STDOUT ? stdout : stderr).add(bytes);
    streams[fd - STDOUT]!.add(bytes);
  });
  const prepared = await makeReady(program, guest);
  try {
    machine.exports.bringGuest();
    const mistake =
      machine.begin(text, seed, true) ??
      runAll(machine, prepared, () => {
        for (const lines of streams) lines.finish();
      });
    return { ...resultOf(machine, stdout, mistake), guestStderr: decoder.decode(stderr.all) };
  } finally {
    prepared.wasi.free();
  }
}
