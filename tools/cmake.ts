// SPDX-License-Identifier: LGPL-2.1-or-later

// libvpoll.so.0 as cmake builds it from host/c, into build/c, for what uses it here: the tests and the benchmarks.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './build.js';

/** A build of the library, by its name. */
export function libraryFolder(name: string): string {
  return join(root, 'build/c', name);
}

/** Runs cmake, when no other process runs it here: test files side by side ask for the same build. Throws with what it said when it fails. */
function cmake(...args: string[]): void {
  const command = [join(root, 'build/c/.lock'), 'cmake', ...args];
  const { status, stdout, stderr, error } = spawnSync('flock', command, { encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`cmake ${args.join(' ')}: status ${status}\n${stdout}${stderr}`);
}

/** Removes a build that came with a copy of another checkout: it names its sources by their whole path, and cmake refuses it. */
function removeForeign(folder: string): void {
  const cache = join(folder, 'CMakeCache.txt');
  if (!existsSync(cache)) return;
  const home = /^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$/m.exec(readFileSync(cache, 'utf8'))?.[1];
  if (home !== join(root, 'host/c')) rmSync(folder, { recursive: true });
}

/** Builds for musl and for arm64. */
export const MUSL = ['-DCMAKE_C_COMPILER=musl-gcc'];
export const ARM64 = [
  '-DCMAKE_SYSTEM_NAME=Linux',
  '-DCMAKE_SYSTEM_PROCESSOR=aarch64',
  '-DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc',
];

/** Builds what is stale of the library, with further flags of the compiler and of cmake: the folder with libvpoll.so.0, libvpoll.a and vpoll-fuse. */
export function buildLibrary(name: string, flags: readonly string[], more: readonly string[] = []): string {
  const folder = libraryFolder(name);
  mkdirSync(folder, { recursive: true });
  removeForeign(folder);
  const type = flags.length === 0 ? 'Release' : 'None';
  const options = [`-DCMAKE_BUILD_TYPE=${type}`, `-DCMAKE_C_FLAGS=${['-Werror', ...flags].join(' ')}`];
  cmake('-S', join(root, 'host/c'), '-B', folder, `-DVPOLL_HELPER=${join(folder, 'vpoll-fuse')}`, ...options, ...more);
  cmake('--build', folder, '--parallel', '2');
  return folder;
}
