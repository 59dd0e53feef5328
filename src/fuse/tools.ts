// SPDX-License-Identifier: LGPL-2.1-or-later

// What a helper needs of the system, looked for by access(2): a runtime's own functions may need permissions that libc doesn't.

import type { Calls } from '../../host/linux/calls.js';
import type { Why } from '../why.js';
import { FILE, TOOLS } from './policy.js';

/** The whole path of a helper's file: of its mount, which is in no tree, or in the folder that is lent with it. */
const PATHS = ['/', `/${FILE}`];
const EXISTS = 0;
const EXECUTABLE = 1;
const READ_WRITE = 6;

/** Where a program of the system is, or undefined. By absolute path, whatever PATH says. */
export function findTool(calls: Calls, name: string): string | undefined {
  return TOOLS.map((folder) => `${folder}/${name}`).find((path) => calls.access(path, EXECUTABLE) === 0);
}

/** The device number of /dev/fuse, makedev(10, 229). */
const FUSE_DEVICE = (10 << 8) | 229;

/** Why /dev/fuse can't be opened by this user, or undefined. */
export function whyNoDevice(calls: Calls): Required<Pick<Why, 'reason' | 'remedy'>> | undefined {
  // A container may have a plain file of that name, or /dev/null in its place.
  const device = calls.deviceAt('/dev/fuse');
  if (device >= 0 && device !== FUSE_DEVICE) {
    const reason = device === 0 ? '/dev/fuse is no device' : '/dev/fuse is another device';
    return { reason, remedy: 'remove what is there, and load the module: modprobe fuse' };
  }
  if (calls.access('/dev/fuse', READ_WRITE) === 0) return undefined;
  const isThere = calls.access('/dev/fuse', EXISTS) === 0;
  if (isThere) return { reason: '/dev/fuse may not be opened', remedy: 'give read and write permission: chmod 666 /dev/fuse' };
  const remedy = 'load the module: modprobe fuse; a container needs --device /dev/fuse';
  return { reason: 'there is no /dev/fuse', remedy };
}

/** Descriptors of this process that may be of a helper's mount, by their paths. None without /proc. */
export function openRoots(calls: Calls): number[] {
  return calls.descriptorsOf(PATHS);
}

/** Whether a process serves /dev/fuse as a helper does: its number may be another's by now. By what is open: its mounts, and so its paths, are its own. */
export function serves(calls: Calls, pid: number): boolean {
  return calls.deviceAt(`/proc/${pid}/fd/3`) === FUSE_DEVICE;
}
