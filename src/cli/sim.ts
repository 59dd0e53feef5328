// SPDX-License-Identifier: LGPL-2.1-or-later

import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { defineCommand } from 'citty';
import { VPollError } from '../errors.js';
import { runScenario } from '../scenario/command.js';
import { toTraceEvents } from '../scenario/trace-events.js';

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

async function readScenario(file: string): Promise<Uint8Array> {
  return file === '-' ? new TextEncoder().encode(await text(process.stdin)) : readFile(file);
}

/** `vpoll sim` */
export const sim = defineCommand({
  meta: { name: 'sim', description: 'Run a scenario over the simulated kernel, on virtual time' },
  args: {
    file: { type: 'positional', required: true, description: 'The scenario; - reads it on stdin' },
    seed: { type: 'string', default: '0', description: 'Decides who goes on, and which faults happen' },
    hash: { type: 'boolean', description: "Print the trace's hash alone" },
    trace: { type: 'boolean', description: 'Print the trace in place of what the scenario prints' },
    'trace-out': { type: 'string', description: 'Write the trace to this file as Chrome and Perfetto read it' },
  },
  async run({ args }) {
    try {
      if (args.hash && args.trace) throw new VPollError('EINVAL', 'vpoll_sim', 'it is --hash or --trace');
      const shows = args.hash ? ['--hash'] : args.trace ? ['--trace'] : [];
      const scenario = await readScenario(args.file);
      const command = await loadCommand();
      const seed = ['--seed', toSeed(args.seed)];
      const { status, stdout, stderr } = await runScenario(command, scenario, [...seed, ...shows]);
      if (args['trace-out'] !== undefined && status !== MISUSE) {
        // The same seed gives the same run.
        const { stdout: trace } = await runScenario(command, scenario, [...seed, '--trace']);
        await writeFile(args['trace-out'], JSON.stringify(toTraceEvents(trace)));
      }
      process.stdout.write(stdout);
      if (stderr) process.stderr.write(`vpoll sim: ${args.file}: ${stderr}`);
      process.exitCode = status;
    } catch (error) {
      const isKnown = error instanceof VPollError || (error instanceof Error && 'syscall' in error);
      if (!isKnown) throw error;
      console.error(`vpoll sim: ${error.message}`);
      process.exitCode = MISUSE;
    }
  },
});
