// SPDX-License-Identifier: LGPL-2.1-or-later

// The file that `vpoll serve` mounts on, as one program's at a time: its flock(2) is held from before the mount until after it, by this process
// and by the sh that takes the mount away. A lock that the kernel keeps leaves nothing behind, however its holders end.

import { lstatSync, readFileSync, realpathSync, statSync, type Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errnoName, VPollError } from '../errors.js';
import type { Calls } from './calls.js';

/**
 * The sticky bit, which means nothing on a regular file: vpoll serve has made it, and whoever serves it takes it away. It is there from the start:
 * the other of two that begin at once may open what the first has made.
 */
const S_ISVTX = 0o1000;
const TRIES = 100;

/** A file that nobody else serves. */
export interface Claim {
  /** The descriptor that holds the lock. */
  readonly fd: number;
  /** Whether the file is to go with the mount. */
  readonly isOurs: boolean;
}

function refuse(code: 'EISDIR' | 'EEXIST' | 'EBUSY', detail: string): never {
  throw new VPollError(code, 'vpoll_serve', detail);
}

/** The type and source of what is mounted on the file, or undefined: a second mount would hide the first. */
function mountedOn(path: string): string | undefined {
  const real = join(realpathSync(dirname(path)), basename(path));
  // proc_pid_mountinfo(5): the fifth field, with blanks and backslashes as octal numbers; behind " - " the type and the source.
  const found = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((line) => {
      const point = line.split(' ')[4] ?? '';
      return point.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(parseInt(code, 8))) === real;
    });
  return found?.split(' - ')[1]?.split(' ').slice(0, 2).join(' ');
}

/** Makes sure that what is there can be mounted on. */
function check(path: string, found: Stats | undefined): void {
  if (found?.isDirectory()) refuse('EISDIR', path);
  if (found?.isSymbolicLink()) refuse('EEXIST', `${path} is a symbolic link`);
  const mounted = found && mountedOn(path);
  if (mounted === 'fuse vpoll') refuse('EEXIST', `${path} is served already`);
  if (mounted) refuse('EBUSY', `${path}: something is mounted there`);
  if (found && !found.isFile()) refuse('EEXIST', `${path} is no regular file`);
}

/** Whether the path still leads to the open file, and to no mount on it. */
function leadsTo(path: string, fd: number): boolean {
  const [there, ours] = [lstatSync(path, { throwIfNoEntry: false }), statSync(`/proc/self/fd/${fd}`)];
  return there?.ino === ours.ino && there.dev === ours.dev && mountedOn(path) === undefined;
}

/** What somebody has written to is kept, whatever bits it has. */
function isMadeByUs({ mode, size }: Stats): boolean {
  return (mode & S_ISVTX) !== 0 && size === 0;
}

/**
 * Claims a file, and makes it where there is none. The caller closes the descriptor.
 *
 * @throws {@link VPollError} EEXIST where it is served already, or no plain file; EISDIR, EBUSY, and what the file system says
 */
export function claim(calls: Calls, path: string): Claim {
  for (let i = 0; i < TRIES; i++) {
    const found = lstatSync(path, { throwIfNoEntry: false });
    check(path, found);
    const fd = calls.openToLock(path, found ? undefined : S_ISVTX | 0o666);
    const code = errnoName(-fd);
    // It has come, or gone, since it was looked for.
    if (code === (found ? 'ENOENT' : 'EEXIST')) continue;
    if (fd < 0) throw new VPollError(code, 'open', path);
    try {
      if (calls.lock(fd) < 0) refuse('EEXIST', `${path} is served already, or about to be`);
      // Who had the lock before may have taken the file away.
      if (leadsTo(path, fd)) return { fd, isOurs: isMadeByUs(lstatSync(path)) };
      calls.close(fd);
    } catch (error) {
      calls.close(fd);
      throw error;
    }
  }
  return refuse('EBUSY', `${path} comes and goes`);
}
