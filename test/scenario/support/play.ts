// SPDX-License-Identifier: LGPL-2.1-or-later

// Runs scenarios under every engine, a page's included.

import { runScenario } from '../../../src/scenario/command.js';
import { loadLibrary, prepare, start } from '../../../src/scenario/wasi/command.js';

/** What a run gave. */
export interface Played {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const ENOSYS = 52;
const decoder = new TextDecoder();

/** Neither clock nor chance: what the command gives depends on its input alone. */
const still = () => ({ clock_time_get: () => ENOSYS, random_get: () => ENOSYS, poll_oneoff: () => ENOSYS });

/** Runs build/vpoll-sim.wasm as the WASI command that it is, by @wasmer/wasi. */
export async function playCommand(module: WebAssembly.Module, text: Uint8Array, args: readonly string[]): Promise<Played> {
  const prepared = prepare(await loadLibrary(), { module, args: ['vpoll-sim', ...args] }, still);
  const { wasi } = prepared;
  try {
    wasi.setStdinBuffer(text);
    const status = start(prepared);
    return { status, stdout: decoder.decode(wasi.getStdoutBuffer()), stderr: decoder.decode(wasi.getStderrBuffer()) };
  } finally {
    wasi.free();
  }
}

/** Drives it, as `vpoll sim` and the playground do. */
function playDriven(module: WebAssembly.Module, text: Uint8Array, args: readonly string[]): Played {
  const seed = args.includes('--seed') ? BigInt(args[args.indexOf('--seed') + 1]!) : 0n;
  const { status, stdout, stderr, trace, hash } = runScenario(module, text, seed, args.includes('--trace'));
  if (args.includes('--hash')) return { status, stdout: hash && `${hash}\n`, stderr };
  return { status, stdout: args.includes('--trace') ? trace : stdout, stderr };
}

/** Runs it in both ways, and throws where they differ. */
export async function playBoth(module: WebAssembly.Module, text: Uint8Array, args: readonly string[]): Promise<Played> {
  const driven = playDriven(module, text, args);
  const commanded = await playCommand(module, text, args);
  const [one, other] = [JSON.stringify(driven), JSON.stringify(commanded)];
  if (one !== other) throw new Error(`driven it gave\n${one}\nand as a command\n${other}`);
  return driven;
}
