// SPDX-License-Identifier: LGPL-2.1-or-later

// libvpoll as `cmake` builds it, in flavours, kept in build/c until a source changes; and programs in C that use it.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { buildLibrary, libraryFolder } from '../../../tools/cmake.js';
import { root, run } from '../../support/run.js';

/** How the library and what is linked with it are compiled. */
const FLAVOURS = {
  plain: [],
  asan: ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer', '-g', '-O1'],
  tsan: ['-fsanitize=thread', '-g', '-O1'],
} as const;
export type Flavour = keyof typeof FLAVOURS;

/** The functions of vpoll.h: what the library has for others, and no more. */
export const FUNCTIONS = ['backend', 'close', 'create', 'ctl', 'events', 'prepare', 'set_strict', 'supports'].map(
  (name) => `vpoll_${name}`,
);

/** Debian's own library, as its packages libvpoll0 and libvpoll-dev install it. */
export const DEBIANS = [...['x86_64', 'aarch64'].map((arch) => `/usr/lib/${arch}-linux-gnu/libvpoll.so.0`)].find(existsSync);

/** In a kernel of test/vm the host's files are read-only: what is to run there was built before (test/vm/suites/c.ts). */
export const IS_GUEST = process.env.VPOLL_GUEST !== undefined;

const built = new Set<Flavour>();
/** The commands that have made a program in this process. */
const compiled = new Set<string>();

/** Builds the library: the folder that holds libvpoll.so.0, libvpoll.a and vpoll-fuse. */
export function library(flavour: Flavour = 'plain'): string {
  if (IS_GUEST || built.has(flavour)) return libraryFolder(flavour);
  built.add(flavour);
  return buildLibrary(flavour, FLAVOURS[flavour]);
}

export interface CompileOptions {
  flavour?: Flavour;
  /** Against Debian's library and its header, so that only LD_LIBRARY_PATH makes it run with ours. */
  forDebian?: boolean;
  /** More arguments of the compiler. */
  args?: readonly string[];
}

/** Compiles test/c/programs/`source`: the program's path. */
export function compile(source: string, { flavour = 'plain', forDebian = false, args = [] }: CompileOptions = {}): string {
  const folder = library(flavour);
  const out = join(folder, 'programs');
  const file = join(out, `${source}${forDebian ? '.debian' : ''}`);
  if (IS_GUEST) return file;
  mkdirSync(out, { recursive: true });
  const ours = forDebian ? [] : ['-I', join(root, 'host/c'), '-L', folder, `-Wl,-rpath,${folder}`];
  const compiler = source.endsWith('.cc') ? 'g++' : 'gcc';
  const text = join(root, 'test/c/programs', source);
  // Made under another name and put into place whole: another test file may be about to run the program of that name. A file that is being
  // written can't be run.
  const made = `${file}.${process.pid}`;
  const command = ['-Wall', '-Werror', '-pthread', ...FLAVOURS[flavour], ...ours, '-o', made, text, '-lvpoll', ...args];
  if (compiled.has(command.join(' '))) return file;
  run(compiler, command);
  renameSync(made, file);
  compiled.add(command.join(' '));
  return file;
}

/** The outcome of a program. */
export interface Outcome {
  status: number | null;
  signal: NodeJS.Signals | null;
  output: string;
  errors: string;
}

export interface RunOptions {
  /** What to add to an environment that holds nothing of VPOLL_*. */
  env?: Readonly<Record<string, string>>;
  args?: readonly string[];
  input?: string;
  /** For a program that may hang. Default: two minutes. */
  timeoutMs?: number;
  cwd?: string;
}

/** Runs a program. */
export function execute(
  program: string,
  { env = {}, args = [], input = '', timeoutMs = 120_000, cwd }: RunOptions = {},
): Outcome {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VPOLL_')));
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
    env: { ...clean, ...env },
    input,
    encoding: 'utf8',
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: 1 << 28,
    ...(cwd === undefined ? {} : { cwd }),
  });
  if (error && signal === null) throw error;
  return { status, signal, output: stdout, errors: stderr };
}
