// SPDX-License-Identifier: LGPL-2.1-or-later

// What a helper needs of the system, looked for by access(2): a runtime's own functions may need permissions that libc doesn't.

import type { Calls } from './calls.js';

const FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'];
const EXISTS = 0;
const EXECUTABLE = 1;
const READ_WRITE = 6;

/** Where a program of the system is, or undefined. By absolute path, whatever PATH says. */
export function findTool(calls: Calls, name: string): string | undefined {
  return FOLDERS.map((folder) => `${folder}/${name}`).find((path) => calls.access(path, EXECUTABLE) === 0);
}

/** Why /dev/fuse can't be opened by this user, or undefined. */
export function whyNoDevice(calls: Calls): string | undefined {
  if (calls.access('/dev/fuse', READ_WRITE) === 0) return undefined;
  const isThere = calls.access('/dev/fuse', EXISTS) === 0;
  if (isThere) return '/dev/fuse may not be opened (give read and write permission: chmod 666 /dev/fuse)';
  return 'there is no /dev/fuse (load the module: modprobe fuse; a container needs --device /dev/fuse)';
}

/** Descriptors of this process that may be of a helper's mount, which is in no tree: its root is its whole path. */
export function openRoots(): number[] {
  const { readdirSync, readlinkSync } = process.getBuiltinModule('node:fs');
  const target = (fd: string): string => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  };
  try {
    return readdirSync('/proc/self/fd')
      .filter((fd) => target(fd) === '/')
      .map(Number);
  } catch {
    // No /proc, no descriptor left to look with, or a Deno that keeps it from the program.
    return [];
  }
}

/** Whether a process serves /dev/fuse as a helper does: its number may be another's by now. */
export function serves(pid: number): boolean {
  try {
    return process.getBuiltinModule('node:fs').readlinkSync(`/proc/${pid}/fd/3`) === '/dev/fuse';
  } catch {
    return false;
  }
}
