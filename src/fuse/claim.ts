// SPDX-License-Identifier: LGPL-2.1-or-later

// The file that `vpoll serve` mounts on, as one program's at a time. Its flock(2) is held from before the mount until after it, by this process
// and by the sh that takes the mount away. A lock that the kernel keeps leaves nothing behind, however its holders end.

import { lstatSync, readFileSync, realpathSync, statSync, type Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errnoName, VPollError } from '../errors.js';
import type { Calls } from '../../host/linux/calls.js';
import { MADE_MODE, REFUSALS, SOURCE, TRIES } from './policy.js';

const S_ISVTX = 0o1000;

/** A file that nobody else serves. */
export interface Claim {
  /** The descriptor that holds the lock. */
  readonly fd: number;
  /** Whether the file is to go with the mount. */
  readonly isOurs: boolean;
}

function refuse(why: keyof typeof REFUSALS, path: string): never {
  const [code, text] = REFUSALS[why];
  throw new VPollError(
    code,
    'vpoll_serve',
    text.replace('%s', () => path),
  );
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
  if (found?.isDirectory()) refuse('directory', path);
  if (found?.isSymbolicLink()) refuse('link', path);
  const mounted = found && mountedOn(path);
  if (mounted === `fuse ${SOURCE}`) refuse('served', path);
  if (mounted) refuse('mounted', path);
  if (found && !found.isFile()) refuse('irregular', path);
  if (found && found.size > 0) refuse('full', path);
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
 * @throws {@link VPollError} EEXIST where it is served already, or there is something else than an empty file; EISDIR, EBUSY, and what the file system says
 */
export function claim(calls: Calls, path: string): Claim {
  for (let i = 0; i < TRIES; i++) {
    const found = lstatSync(path, { throwIfNoEntry: false });
    check(path, found);
    const fd = calls.openToLock(path, found ? undefined : MADE_MODE);
    const code = errnoName(-fd);
    // It has come, or gone, since it was looked for.
    if (code === (found ? 'ENOENT' : 'EEXIST')) continue;
    if (fd < 0) throw new VPollError(code, 'open', path);
    try {
      if (calls.lock(fd) < 0) refuse('claimed', path);
      // The process that had the lock before may have removed the file.
      if (leadsTo(path, fd)) return { fd, isOurs: isMadeByUs(lstatSync(path)) };
      calls.close(fd);
    } catch (error) {
      calls.close(fd);
      throw error;
    }
  }
  return refuse('fleeting', path);
}
