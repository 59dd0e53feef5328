// SPDX-License-Identifier: LGPL-2.1-or-later

// Compiles a program in C in a folder of its own, and runs it. The folder is gone when this is over, however it ends.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VPollError } from '../errors.js';
import type { End } from './run.js';

/** What is compiled. */
export interface Source {
  /** Of the file, and of the program: a plain word. */
  readonly name: string;
  readonly text: string;
  /** Where libvpoll's sources are, and its helper, where it is linked with that. */
  readonly library: { readonly folder: string; readonly helper: string } | undefined;
}

/** How it ended. */
export type CompiledEnd = Omit<End, 'seen'>;

const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const;
/** A program that is run once is not worth an optimiser's time. */
const OPTIONS = ['-std=gnu11', '-O1', '-pthread'];

/** Takes the signals that end this process, for as long as there is a folder to take away. */
class Signals {
  /** The first that came. */
  got: NodeJS.Signals | undefined;
  #child: ChildProcess | undefined;

  readonly #take = (signal: NodeJS.Signals): void => {
    this.got ??= signal;
    const child = this.#child;
    // Not by child.kill(): src/run/run.ts says why.
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(child.pid, signal);
  };

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#take);
  }

  /** Waits for a child's end, and sends it what comes. */
  async wait(child: ChildProcess): Promise<CompiledEnd> {
    this.#child = child;
    try {
      const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
      return { status, signal };
    } finally {
      this.#child = undefined;
    }
  }

  release(): void {
    for (const signal of SIGNALS) process.removeListener(signal, this.#take);
  }
}

/** The compiler, with the options that CC may have. */
function compiler(): [string, ...string[]] {
  const [name = 'cc', ...options] = (process.env.CC ?? '').split(/\s+/).filter((word) => word !== '');
  return [name, ...options];
}

/** libvpoll's part of a compiler's line: its sources, as CMakeLists.txt has them, with none of its headers but one on the way. */
async function libraryWords(folder: string, { folder: sources, helper }: NonNullable<Source['library']>): Promise<string[]> {
  await copyFile(join(sources, 'vpoll.h'), join(folder, 'vpoll.h'));
  const names = (await readdir(sources)).filter((name) => name.endsWith('.c'));
  const files = [...names, 'core/core.c', 'core/wasm-rt.c'].map((name) => join(sources, name));
  return ['-w', `-I${folder}`, `-DVPOLL_HELPER=${JSON.stringify(helper)}`, ...files, '-lm'];
}

/** Compiles: the program's path, or how the compiler was ended by a signal that came here. */
async function compile(folder: string, source: Source, signals: Signals): Promise<string | CompiledEnd> {
  const [file, program] = [join(folder, `${source.name}.c`), join(folder, source.name)];
  await writeFile(file, source.text);
  const words = source.library ? await libraryWords(folder, source.library) : [];
  const [name, ...options] = compiler();
  const child = spawn(name, [...options, ...OPTIONS, '-o', program, file, ...words], { stdio: ['ignore', 'ignore', 'inherit'] });
  const end = await signals.wait(child).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw error;
    throw new VPollError(
      'ENOENT',
      'execve',
      `there is no C compiler '${name}'; install one (on Debian: apt install gcc libc6-dev), or name one by CC`,
    );
  });
  if (signals.got !== undefined) return { status: null, signal: signals.got };
  if (end.status !== 0)
    throw new VPollError(
      'EINVAL',
      'vpoll_sim',
      `${name} has not compiled ${source.name}.c: ${end.signal ?? `status ${end.status}`}`,
    );
  return program;
}

/** How a program is run: `onStderr` gets what it writes there. */
export type Runner = (program: string, onStderr: (text: Uint8Array) => void) => Promise<CompiledEnd>;

/** Compiles a program, and runs it by `runner`, or as it is; `onCompiled` is called in between. */
export async function runCompiled(
  source: Source,
  onCompiled: () => void,
  onStderr: (text: Uint8Array) => void,
  runner?: Runner,
): Promise<CompiledEnd> {
  const signals = new Signals();
  let folder: string | undefined;
  try {
    folder = await mkdtemp(join(tmpdir(), 'vpoll-real-'));
    const program = await compile(folder, source, signals);
    onCompiled();
    if (typeof program !== 'string') return program;
    if (runner) return await runner(program, onStderr);
    const child = spawn(program, [], { stdio: ['inherit', 'inherit', 'pipe'] });
    child.stderr.on('data', onStderr);
    return await signals.wait(child);
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    signals.release();
  }
}
