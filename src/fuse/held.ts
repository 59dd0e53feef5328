// SPDX-License-Identifier: LGPL-2.1-or-later

// The descriptors by which this process holds a helper's mount and lends it to the core: how they are opened, and told from others.

import { O_ACCMODE, O_RDWR, O_WRONLY, OP_DEL, VPOLL_IOC } from '../../host/abi.js';
import { EINVAL } from '../../host/errno.js';
import type { Calls } from '../../host/linux/calls.js';

/**
 * A descriptor to lend, of the mount that an O_PATH one names, which is closed: close-on-exec, or -errno. It is open for writing, so that nobody can
 * have a lease of the file (F_SETLEASE), which would hold up every open for 45 s. No vpoll is opened for writing alone, which tells them apart.
 */
export function hold(calls: Calls, mount: number): number {
  const held = calls.open(`/proc/self/fd/${mount}`, O_WRONLY);
  calls.close(mount);
  return held;
}

/** The same of a file in the folder that a descriptor is of; -ENOTDIR where it is of something else. The folder stays open. */
export function holdIn(calls: Calls, folder: number, name: string): number {
  return calls.openAt(folder, name, O_WRONLY);
}

/** Another descriptor of one that {@link hold} has opened, close-on-exec; -EINVAL for any other. */
export function copyHeld(calls: Calls, fd: number): number {
  const copy = calls.dup(fd);
  if (copy < 0 || (calls.openFlags(copy) & O_ACCMODE) === O_WRONLY) return copy;
  calls.close(copy);
  return -EINVAL;
}

/** Whether the descriptor is of a file that a helper serves to this user: by the ioctl that changes nothing. */
export function isServed(calls: Calls, fd: number): boolean {
  if (calls.isFuse(fd) !== 1) return false;
  const file = calls.open(`/proc/self/fd/${fd}`, O_RDWR);
  if (file < 0) return false;
  const mask = calls.ioctl(file, VPOLL_IOC + OP_DEL, 0);
  calls.close(file);
  return mask === 0;
}
