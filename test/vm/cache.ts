// SPDX-License-Identifier: LGPL-2.1-or-later

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { track } from './shell.js';

/**
 * What is kept between runs, in the user's cache: package lists, unpacked packages, kernels. An entry is a folder whose name ends in
 * its key. It counts when its file `done` is there, which is written last.
 */
export const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'vpoll', 'vm');

/** An entry of another key goes when nobody has used it for so long: two checkouts that differ take turns without building anew. */
const UNUSED_MS = 24 * 3600 * 1000;

export type Release = () => Promise<void>;

/**
 * Locks a file with flock(2); made when it isn't there. Returns what gives the lock back, or undefined when it is taken and `wait`
 * is false. Held by flock(1) for as long as a pipe from here is open, so that a process that dies gives it back.
 */
export async function lock(file: string, mode: 'shared' | 'exclusive', wait = true): Promise<Release | undefined> {
  await mkdir(dirname(file), { recursive: true });
  const args = [`--${mode}`, ...(wait ? [] : ['--nonblock', '--conflict-exit-code', '75']), file, 'sh', '-c', 'echo; exec cat'];
  const holder = spawn('flock', args, { stdio: ['pipe', 'pipe', 'inherit'] });
  track(holder);
  const ended = new Promise<number | null>((resolve, reject) => {
    holder.once('error', reject);
    holder.once('close', resolve);
  });
  const held = new Promise<'held'>((resolve) =>
    holder.stdout.once('data', () => {
      resolve('held');
    }),
  );
  const status = await Promise.race([ended, held]);
  if (status === 75) return undefined;
  if (status !== 'held') throw new Error(`flock ${file}: status ${status}`);
  // A lock that is never given back must not keep this process from ending.
  holder.unref();
  for (const pipe of [holder.stdin, holder.stdout]) (pipe as Socket).unref();
  return async () => {
    holder.ref();
    holder.stdin.end();
    await ended;
  };
}

/** The entries of the same name with another key, as far as they are old and nobody holds them. */
async function sweep(folder: string): Promise<void> {
  const parent = dirname(folder);
  const name = basename(folder).replace(/[^-]*$/, '');
  for (const other of await readdir(parent)) {
    const path = join(parent, other);
    if (path === folder || !other.startsWith(name) || !/^[0-9a-f]{12}$/.test(other.slice(name.length))) continue;
    const used = await stat(join(path, 'done')).catch(() => undefined);
    if (used && Date.now() - used.mtimeMs < UNUSED_MS) continue;
    const release = await lock(`${path}.lock`, 'exclusive', false);
    if (!release) continue;
    await rm(path, { recursive: true, force: true });
    await rm(`${path}.lock`, { force: true });
    await release();
  }
}

/**
 * The entry `folder` (an absolute path that ends in -KEY, a key of 12 hexadecimal digits), made by `make` when it isn't there. Two
 * runs at once make it once; what a failed or interrupted one leaves is removed by the next. The entry stays for as long as this
 * process runs.
 */
export async function entry(folder: string, make: () => Promise<void>): Promise<void> {
  const file = `${folder}.lock`;
  const done = join(folder, 'done');
  await lock(file, 'shared');
  if (!existsSync(done)) {
    // A shared lock can't grow while another run holds one as well: making has a lock of its own, one for all keys of a name.
    const release = await lock(`${folder.replace(/-[^-]*$/, '')}.making.lock`, 'exclusive');
    try {
      if (!existsSync(done)) {
        await rm(folder, { recursive: true, force: true });
        await mkdir(folder, { recursive: true });
        await make();
        await writeFile(done, '');
        await sweep(folder);
      }
    } finally {
      await release?.();
    }
  }
  await utimes(done, new Date(), new Date());
}
