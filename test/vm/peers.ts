// SPDX-License-Identifier: LGPL-2.1-or-later

// Tests that others have written of what the series touches, as far as Debian has their source: liburing's and libuv's. Built in the cache. LTP is no package of Debian, from bullseye to sid,
// and neither is gVisor.

import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Archive, sources } from './apt.js';
import { cache, entry } from './cache.js';
import { keyOf } from './key.js';
import { run } from './shell.js';

const RECIPE = '1';

/** How a test ends. */
export type Result = 'ok' | 'skip' | 'failed';

/** A suite of somebody else's: each test is a program's run of its own. */
export interface Peer {
  name: string;
  /** Debian's version. */
  version: string;
  tests: string[];
  commandOf(test: string): string[];
  resultOf(output: string, status: number): Result;
}

const jobs = `-j${availableParallelism()}`;

/** The source of a package of Debian as `make` has built it. */
async function built(
  packages: Archive,
  { source, binary }: { source: string; binary: string },
  make: (folder: string) => Promise<unknown>,
): Promise<{ folder: string; version: string }> {
  const version = await packages.version(binary);
  const folder = join(cache, 'peers', `${source}-${keyOf([RECIPE, source, version])}`);
  const tree = join(folder, 'tree');
  await entry(folder, async () => {
    console.log(`building the tests of ${source} ${version}`);
    const unpacked = join(folder, 'package');
    await mkdir(unpacked);
    await packages.unpackSource(`${source}=${version}`, unpacked);
    const name = (await readdir(unpacked, { withFileTypes: true })).find((each) => each.isDirectory())?.name;
    if (name === undefined) throw new Error(`no folder in the source of ${source}`);
    await rename(join(unpacked, name), tree);
    await rm(unpacked, { recursive: true });
    await make(tree);
  });
  return { folder: tree, version };
}

/** Of liburing those that poll, or that an eventfd tells of completions. */
async function liburing(packages: Archive): Promise<Peer> {
  const wanted = /^(poll|eventfd|io_uring_passthrough_poll|socket-rw-eagain|recv-multishot|accept-link|cq-overflow)\b.*\.c$/;
  const testsIn = async (folder: string): Promise<string[]> =>
    (await readdir(join(folder, 'test'))).filter((name) => wanted.test(name)).map((name) => name.replace(/\.c$/, '.t'));
  const { folder, version } = await built(packages, { source: 'liburing', binary: 'liburing-dev' }, async (tree) => {
    await run('./configure', [], { cwd: tree });
    await run('make', [jobs, '-C', 'src', 'liburing.a'], { cwd: tree });
    await run('make', [jobs, '-C', 'test', ...(await testsIn(tree))], { cwd: tree });
  });
  return {
    name: 'liburing',
    version,
    tests: (await testsIn(folder)).sort(),
    commandOf: (test) => [join(folder, 'test', test)],
    // T_EXIT_SKIP of its test/helpers.h
    resultOf: (_output, status) => (status === 0 ? 'ok' : status === 77 ? 'skip' : 'failed'),
  };
}

/** Of libuv those that wait for descriptors, and those that wake a loop from elsewhere, which an eventfd does. */
async function libuv(packages: Archive): Promise<Peer> {
  const { folder, version } = await built(packages, { source: 'libuv1', binary: 'libuv1-dev' }, async (tree) => {
    await run('cmake', ['-S', '.', '-B', 'build', '-DLIBUV_BUILD_TESTS=ON'], { cwd: tree });
    await run('cmake', ['--build', 'build', jobs, '--target', 'uv_run_tests'], { cwd: tree });
  });
  const program = join(folder, 'build/uv_run_tests');
  const wanted = /^(poll_|closed_fd_events|async|embed|fork_|loop_|tcp_oob|tcp_ping_pong|pipe_ping_pong|signal_)/;
  const list = await readFile(join(folder, 'test/test-list.h'), 'utf8');
  const names = [...list.matchAll(/^ *TEST_ENTRY(?:_CUSTOM)? +\((\w+)/gm)].map(([, name]) => name!);
  return {
    name: 'libuv',
    version,
    tests: [...new Set(names)].filter((name) => wanted.test(name)).sort(),
    // It refuses to run as root otherwise, and in a guest all is root's.
    commandOf: (test) => ['env', 'UV_RUN_AS_ROOT=1', program, test],
    resultOf: (output, status) => (status !== 0 ? 'failed' : /# SKIP/.test(output) ? 'skip' : 'ok'),
  };
}

/** All of them. Throws Unavailable (apt.ts) where their sources can't be had. */
export async function peers(): Promise<Peer[]> {
  const packages = await sources(['bookworm', 'bookworm-security']);
  return [await liburing(packages), await libuv(packages)];
}
