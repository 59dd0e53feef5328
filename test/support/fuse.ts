// SPDX-License-Identifier: LGPL-2.1-or-later

import { statSync } from 'node:fs';

/** Runs the rest of a command line as another user. Takes root. */
export const USER = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];

/** A /dev/fuse in a mount namespace of its own; the machine's stays as it is. */
const OPENED = `
mount -t tmpfs -o mode=755 none /mnt &&
mknod -m 666 /mnt/fuse c 10 229 &&
mount --bind /mnt/fuse /dev/fuse &&
umount -l /mnt &&
exec "$@"`;

/**
 * Runs the rest of a command line where every user may open /dev/fuse: udev gives it mode 666, the kernel alone 600. Empty where it has that mode.
 * Takes root.
 */
export function withFuseForAll(): string[] {
  const isOpen = (statSync('/dev/fuse').mode & 0o006) === 0o006;
  return isOpen ? [] : ['unshare', '-m', 'sh', '-c', OPENED, 'sh'];
}
