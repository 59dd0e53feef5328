// SPDX-License-Identifier: LGPL-2.1-or-later

import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { defineCommand } from 'citty';
import { whyNoModule } from '../../host/wasi/refusals.js';
import { VPollError } from '../errors.js';
import { runScenario } from '../scenario/command.js';
import { runGuest } from '../scenario/guest.js';
import { toTraceEvents } from '../scenario/trace-events.js';
import { complain, print, printError } from './end.js';

const MISUSE = 2;

/** A seed is what the command takes: 64 bits. */
function toSeed(seed: string): string {
  if (/^\d{1,20}$/.test(seed) && BigInt(seed) < 1n << 64n) return seed;
  throw new VPollError('EINVAL', 'vpoll_sim', `--seed must be a number of at most 64 bits, not '${seed}'`);
}

/** The simulated kernel: a file of the package, which other WASI runtimes run as well. */
async function loadCommand(): Promise<WebAssembly.Module> {
  const home = dirname(createRequire(import.meta.url).resolve('vpoll/package.json'));
  return WebAssembly.compile(await readFile(join(home, 'build/vpoll-sim.wasm')));
}

/** Says which file it was: a read or a write that fails knows its descriptor alone. */
async function naming<T>(file: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && 'syscall' in error && !error.message.includes(`'${file}'`)) error.message += ` '${file}'`;
    throw error;
  }
}

async function readScenario(file: string): Promise<Uint8Array> {
  return file === '-' ? new TextEncoder().encode(await text(process.stdin)) : naming(file, readFile(file));
}

/** What stands behind the first `--`, as it stands there. */
function argsOfGuest(): string[] {
  const at = process.argv.indexOf('--');
  return at < 0 ? [] : process.argv.slice(at + 1);
}

async function loadGuest(file: string): Promise<WebAssembly.Module> {
  const bytes = await naming(file, readFile(file));
  try {
    return await WebAssembly.compile(bytes);
  } catch {
    throw new VPollError('EINVAL', 'vpoll_sim', `${file} ${whyNoModule(bytes)}`);
  }
}

/** What a run is shown by. */
interface Shown {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly guestStderr?: string;
  /** The trace, where it is wanted beside. */
  readonly trace?: string | undefined;
}

interface Wanted {
  readonly seed: string;
  readonly hash: boolean;
  readonly trace: boolean;
  /** Whether the trace is wanted beside what is printed. */
  readonly isTraceKept: boolean;
}

async function runAlone(scenario: Uint8Array, { seed, hash, trace, isTraceKept }: Wanted): Promise<Shown> {
  const command = await loadCommand();
  const shows = hash ? ['--hash'] : trace ? ['--trace'] : [];
  const shown = await runScenario(command, scenario, ['--seed', seed, ...shows]);
  if (!isTraceKept || shown.status === MISUSE) return shown;
  // The same seed gives the same run.
  return { ...shown, trace: (await runScenario(command, scenario, ['--seed', seed, '--trace'])).stdout };
}

async function runWithGuest(scenario: Uint8Array, file: string, { seed, hash, trace }: Wanted): Promise<Shown> {
  const program = { module: await loadGuest(file), args: [basename(file), ...argsOfGuest()] };
  const run = await runGuest(await loadCommand(), scenario, program, BigInt(seed));
  if (run.status === MISUSE) return { status: MISUSE, stdout: '', stderr: run.stderr };
  return hash ? { ...run, stdout: `${run.hash}\n` } : trace ? { ...run, stdout: run.trace } : run;
}

/** `vpoll sim` */
export const sim = defineCommand({
  meta: { name: 'sim', description: 'Run a scenario over the simulated kernel, on virtual time' },
  args: {
    file: { type: 'positional', required: false, description: 'The scenario; - reads it on stdin' },
    seed: { type: 'string', default: '0', description: 'Decides who goes on, and which faults happen' },
    hash: { type: 'boolean', description: "Print the trace's hash alone" },
    trace: { type: 'boolean', description: 'Print the trace in place of what the scenario prints' },
    guest: {
      type: 'string',
      description: 'A WASI program (preview 1) that runs in the scenario, from its step guest on; its arguments follow --',
    },
    'trace-out': { type: 'string', description: 'Write the trace to this file as Chrome and Perfetto read it' },
  },
  async run({ args }) {
    if (args.file === undefined) throw new VPollError('EINVAL', 'vpoll_sim', 'which scenario? (FILE, or -)');
    if (args.hash && args.trace) throw new VPollError('EINVAL', 'vpoll_sim', 'it is --hash or --trace');
    if (args.guest === undefined && process.argv.includes('--'))
      throw new VPollError('EINVAL', 'vpoll_sim', 'what follows -- is for a --guest, and there is none');
    const scenario = await readScenario(args.file);
    const traceOut = args['trace-out'];
    if (traceOut === '') throw new VPollError('EINVAL', 'vpoll_sim', '--trace-out needs a file');
    const wanted = {
      seed: toSeed(args.seed),
      hash: args.hash ?? false,
      trace: args.trace ?? false,
      isTraceKept: traceOut !== undefined,
    };
    const shown = await (args.guest === undefined ? runAlone(scenario, wanted) : runWithGuest(scenario, args.guest, wanted));
    const { status, stdout, stderr, guestStderr, trace } = shown;
    if (traceOut !== undefined && trace !== undefined)
      await naming(traceOut, writeFile(traceOut, JSON.stringify(toTraceEvents(trace))));
    print(stdout);
    if (guestStderr) printError(guestStderr);
    if (stderr) complain(`${args.file}: ${stderr}`);
    process.exitCode = status;
  },
});
