// SPDX-License-Identifier: LGPL-2.1-or-later

// A program in C that was linked with Debian's libvpoll, runs with ours by LD_LIBRARY_PATH alone, and does what it is told.

import { existsSync } from 'node:fs';
import type { Need } from '../../support/needs.js';
import { compile, DEBIANS, execute, IS_GUEST, library, type RunOptions } from './library.js';

/** What compiles it and starts it. In a kernel of test/vm it is compiled already. */
export const DRIVER: Need[] = [
  'cmake',
  'gcc',
  ...(IS_GUEST ? [] : ['/usr/include/vpoll.h']),
  { name: "Debian's libvpoll0", has: DEBIANS !== undefined },
];

let program: string | undefined;

export interface DriveOptions extends RunOptions {
  /** A program and its arguments, which runs the driver. */
  before?: readonly string[];
}

/** Runs the commands (test/c/programs/driver.c) in one process: the answer to each. Throws where it doesn't end well. */
export function drive(commands: readonly string[], { env = {}, before = [], ...options }: DriveOptions = {}): string[] {
  program ??= compile('driver.c', { forDebian: true });
  const path = { LD_LIBRARY_PATH: library() };
  const [first, ...args] = [...before, program];
  const input = `${commands.join('\n')}\n`;
  const { status, signal, output, errors } = execute(first, { env: { ...path, ...env }, args, input, ...options });
  if (status !== 0 || errors) throw new Error(`${signal ?? `status ${status}`}: ${errors}${output.slice(-200)}`);
  return output.trimEnd().split('\n');
}

/** The answers as numbers: -errno for `-1 errno`. */
export function numbers(answers: readonly string[]): number[] {
  return answers.map((answer) => {
    const [first, errno] = answer.split(' ');
    return first === '-1' && errno !== undefined ? -Number(errno) : Number(first);
  });
}

/** The first number that a program with its three standard descriptors and the driver's epoll gives to a vpoll. */
export const FD = 4;
export const [ADD, DEL, SET] = [1, 2, 3];
export const EBADF = 9;
export const EINVAL = 22;
export const EOPNOTSUPP = 95;

/** Those that a machine may have without our kernel, and what names one in the environment. */
export const BACKENDS = ['auto', 'tcp', 'socketpair', ...(existsSync('/dev/fuse') ? ['fuse'] : [])];
export const on = (backend: string): Record<string, string> => ({ VPOLL_BACKEND: backend });
