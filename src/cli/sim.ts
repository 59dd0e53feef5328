// SPDX-License-Identifier: LGPL-2.1-or-later

import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Command, InvalidArgumentError, Option } from 'commander';
import { VPollError } from '../errors.js';
import { runScenario, type ScenarioResult } from '../scenario/command.js';
import { runGuest } from '../scenario/guest.js';
import { MISUSE } from '../scenario/machine.js';
import { toTraceEvents } from '../scenario/trace-events.js';
import { whyNoModule } from '../scenario/wasi/refusals.js';
import { complain, print, printError } from './end.js';
import { needDashes, valueOf } from './arguments.js';
import { withExamples } from './examples.js';
import { endProgress, showProgress } from './progress.js';

/** A seed is what the simulated kernel takes: 64 bits. */
function toSeed(seed: string): string | undefined {
  return /^\d{1,20}$/.test(seed) && BigInt(seed) < 1n << 64n ? seed : undefined;
}

/** A variable beside those before it, of which it replaces its like (putenv(3)). */
function addVariable(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [, name, value] = /^([^=\0]+)=([^\0]*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It must be NAME=VALUE.');
  // By the prototype's own name, too.
  return Object.fromEntries([...Object.entries(before), [name, value]]);
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

function show(run: ScenarioResult & { guestStderr?: string }, { hash, trace }: Wanted): Shown {
  if (run.status === MISUSE) return { status: run.status, stdout: '', stderr: run.stderr };
  return hash ? { ...run, stdout: `${run.hash}\n` } : trace ? { ...run, stdout: run.trace } : run;
}

async function runAlone(scenario: Uint8Array, wanted: Wanted): Promise<Shown> {
  const keepsTrace = wanted.trace || wanted.isTraceKept;
  return show(runScenario(await loadCommand(), scenario, BigInt(wanted.seed), keepsTrace), wanted);
}

/** The program that a file holds, with what it is given. */
interface GuestWords {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

async function runWithGuest(scenario: Uint8Array, file: string, { args, env }: GuestWords, wanted: Wanted): Promise<Shown> {
  const program = { module: await loadGuest(file), args: [basename(file), ...args], env };
  return show(await runGuest(await loadCommand(), scenario, program, BigInt(wanted.seed)), wanted);
}

interface Options {
  readonly seed: string;
  readonly hash?: boolean;
  readonly trace?: boolean;
  readonly guest?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly traceOut?: string;
  readonly c?: boolean;
  readonly real?: boolean;
}

async function run(file: string, args: readonly string[], options: Options): Promise<void> {
  const { seed, hash = false, trace = false, guest, env = {}, traceOut } = options;
  const scenario = await readScenario(file);
  if (options.c) {
    const { printC } = await import('./sim-real.js');
    printC(await loadCommand(), file, scenario);
    return;
  }
  if (options.real) {
    const { runReal } = await import('./sim-real.js');
    await runReal(await loadCommand(), file, scenario);
    return;
  }
  const wanted = { seed, hash, trace, isTraceKept: traceOut !== undefined };
  showProgress(`running ${file}`);
  const running = guest === undefined ? runAlone(scenario, wanted) : runWithGuest(scenario, guest, { args, env }, wanted);
  const shown = await running.finally(endProgress);
  if (traceOut !== undefined && shown.trace !== undefined)
    await naming(traceOut, writeFile(traceOut, JSON.stringify(toTraceEvents(shown.trace))));
  print(shown.stdout);
  if (shown.guestStderr) printError(shown.guestStderr);
  if (shown.stderr) complain(`${file}: ${shown.stderr}`);
  process.exitCode = shown.status;
}

/** Options that only a simulated kernel has a meaning for. */
const SIMULATED_ALONE = ['seed', 'hash', 'trace', 'traceOut', 'guest', 'env'];

/** `vpoll sim` */
const command = new Command('sim')
  .usage('[options] FILE [-- ARGUMENT...]')
  .description('Run a scenario over the simulated kernel, on virtual time')
  .argument('<FILE>', 'The scenario; - reads it on stdin')
  .argument('[ARGUMENT...]', 'What the guest is given')
  .addOption(
    new Option('--seed <number>', 'Decides who goes on, and which faults happen')
      .argParser(valueOf('a number of at most 64 bits', toSeed))
      .default('0', '0'),
  )
  .option('--hash', "Print the trace's hash alone")
  .addOption(new Option('--trace', 'Print the trace in place of what the scenario prints').conflicts('hash'))
  .option('--guest <program>', 'A WASI program (preview 1) that runs in the scenario, from its step guest on')
  .option('--env <NAME=VALUE>', 'A variable of its environment; again for another one', addVariable)
  .option(
    '--trace-out <file>',
    'Write the trace to this file as Chrome and Perfetto read it',
    valueOf('a file', (file) => file || undefined),
  )
  .addOption(new Option('--c', 'Print it as a program in C, for the real kernel').conflicts([...SIMULATED_ALONE, 'real']))
  .addOption(new Option('--real', 'Compile that program ($CC, or cc), and run it on this kernel').conflicts(SIMULATED_ALONE))
  .action(async (file: string, args: string[], options: Options, command: Command) => {
    const hasDashes = process.argv.at(-args.length - 1) === '--';
    // A second file, most of the time: to say where a -- goes would help nobody.
    if (options.guest === undefined && args.length > 0 && !hasDashes) command.error(`one argument too many: '${args[0]!}'`);
    needDashes(args, command);
    if (options.guest === undefined && options.env) command.error('--env is for a --guest, and there is none');
    if (options.guest === undefined && args.length > 0) command.error('what follows -- is for a --guest, and there is none');
    await run(file, args, options);
  });

export const sim = withExamples(
  command,
  ['vpoll sim --seed 7 race.scenario', 'The same run each time; another seed, another order'],
  ['vpoll sim --trace race.scenario', 'Each call, who slept and who woke'],
  ['vpoll sim --guest server.wasm --env PORT=80 net.scenario -- -v', 'A WASI program runs in the scenario, and is given -v'],
  ['vpoll sim --real race.scenario', 'The same scenario on this kernel'],
  ['vpoll sim --c race.scenario > race.c', 'A program for a bug report'],
  ['vpoll sim --trace-out run.json race.scenario', 'For https://ui.perfetto.dev'],
);
