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
