// SPDX-License-Identifier: LGPL-2.1-or-later

// `vpoll sim --c` and `--real`: a scenario as a program in C, printed or run on this kernel.

import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { VPollError } from '../errors.js';
import { HERE } from '../here.js';
import { runCompiled, type Source } from '../run/compiled.js';
import { run as supervise } from '../run/run.js';
import type { Mistake } from '../scenario/machine.js';
import { toC, type Feature, type Program } from '../scenario/c/program.js';
import { complain, print, printError } from './end.js';
import { endProgress, showProgress } from './progress.js';
import { endLike, starterOf } from './run.js';

const FEATURES: Readonly<Record<Feature, string>> = { eventfd: 'EFD_VPOLL', device: '/dev/vpoll' };

/** What the program is called: a word that needs no quotes. */
function nameOf(file: string): string {
  const name = basename(file).replace(/\.[^.]*$/, '');
  return /^\w[\w.-]*$/.test(name) ? name : 'scenario';
}

function program(module: WebAssembly.Module, file: string, scenario: Uint8Array): Program | undefined {
  const made: Program | Mistake = toC(module, nameOf(file), scenario);
  if (!('status' in made)) return made;
  complain(`${file}: ${made.message}`);
  process.exitCode = made.status;
  return undefined;
}

/** `vpoll sim --c` */
export function printC(module: WebAssembly.Module, file: string, scenario: Uint8Array): void {
  const made = program(module, file, scenario);
  if (made) print(made.text);
}

/** A scenario for a kernel without vpoll means another thing on one that has it. */
function needPlain(): void {
  for (const name of ['eventfd', 'device'] as const) {
    if (!HERE.isHere(name)) continue;
    throw new VPollError('EOPNOTSUPP', 'vpoll_sim', `kernel plain has no ${FEATURES[name]}, and this kernel does`);
  }
}

function sourceOf({ text, needsLibrary }: Program, file: string): Source {
  const home = dirname(createRequire(import.meta.url).resolve('vpoll/package.json'));
  const library = { folder: join(home, 'host/c'), helper: join(home, `build/vpoll-fuse-${process.arch}`) };
  return { name: nameOf(file), text, library: needsLibrary ? library : undefined };
}

/** Says what the program has said, with the file that its lines are of. */
function passOn(stderr: string, file: string): void {
  for (const line of stderr.trimEnd().split('\n')) {
    if (/^line \d+: /.test(line)) complain(`${file}: ${line}`);
    else if (line !== '') printError(`${line}\n`);
  }
}

/** `vpoll sim --real` */
export async function runReal(module: WebAssembly.Module, file: string, scenario: Uint8Array): Promise<void> {
  const made = program(module, file, scenario);
  if (!made) return;
  if (made.isPlain) needPlain();
  const isDirect = made.needs.every((name) => HERE.isHere(name));
  const decoder = new TextDecoder();
  let stderr = '';
  showProgress(`compiling ${file}`);
  const end = await runCompiled(
    sourceOf(made, file),
    endProgress,
    (text) => {
      stderr += decoder.decode(text, { stream: true });
    },
    isDirect ? undefined : (path, onStderr) => supervise(starterOf([path]), onStderr),
  ).finally(endProgress);
  passOn(stderr, file);
  endLike(end);
}
