// SPDX-License-Identifier: LGPL-2.1-or-later

// libvpoll as `cmake` builds it, in flavours, kept in build/c until a source changes; and programs in C that use it.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
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

/** Debian's own library, as its packages libvpoll0 and libvpoll-dev install it. */
export const DEBIANS = [...['x86_64', 'aarch64'].map((arch) => `/usr/lib/${arch}-linux-gnu/libvpoll.so.0`)].find(existsSync);

/** In a kernel of test/vm the host's files are read-only: what is to run there was built before (test/vm/suites/c.ts). */
export const IS_GUEST = process.env.VPOLL_GUEST !== undefined;

const built = new Set<Flavour>();

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
  run(compiler, ['-Wall', '-Werror', '-pthread', ...FLAVOURS[flavour], ...ours, '-o', file, text, '-lvpoll', ...args]);
  return file;
}

/** What a program came to. */
export interface Ran {
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
export function execute(program: string, { env = {}, args = [], input = '', timeoutMs = 120_000, cwd }: RunOptions = {}): Ran {
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
