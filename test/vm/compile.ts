// SPDX-License-Identifier: LGPL-2.1-or-later

import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../tools/build.js';
import type { Run } from './guest.js';
import { run } from './shell.js';

const FLAGS = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-pthread'];

/** Compiles the sources of a folder of test/vm, `stress` say, into one program of that name, once a run. Returns its path. */
export function compiled(shared: Run, name: string): Promise<string> {
  return shared.once(`program ${name}`, async () => {
    const sources = join(root, 'test/vm', name);
    const files = (await readdir(sources)).filter((file) => file.endsWith('.c')).map((file) => join(sources, file));
    const folder = join(shared.folder, 'folders');
    await mkdir(folder, { recursive: true });
    await run('gcc', [...FLAGS, '-o', join(folder, name), ...files]);
    return join(folder, name);
  });
}

/**
 * Compiles a scenario for 32 bits, linked statically, since a machine with the libraries of 64 bits need not have the others. Needs
 * gcc-12-multilib; not gcc-multilib, whose only other file is a link to the headers named here, and which can't be installed beside
 * the compiler for arm64.
 */
export function compiledFor32Bits(shared: Run, name: string): Promise<string> {
  return shared.once(`program ${name} for 32 bits`, async () => {
    const folder = join(shared.folder, 'folders');
    await mkdir(folder, { recursive: true });
    const program = join(folder, `${name}-32`);
    const headers = ['-isystem', '/usr/include/x86_64-linux-gnu'];
    await run('gcc', ['-m32', '-static', ...headers, ...FLAGS, '-o', program, join(root, 'test/vm/guest', `${name}.c`)]);
    return program;
  });
}
