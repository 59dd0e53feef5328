// SPDX-License-Identifier: LGPL-2.1-or-later

// What fd_fdstat_get says of a file of the simulated kernel, by its flags of open(2).

import { O_ACCMODE, O_NONBLOCK, O_WRONLY } from '../../../host/abi.js';

export const FDFLAGS_NONBLOCK = 4;
const RIGHTS_FD_READ = 1n << 1n;
const RIGHTS_FDSTAT_SET_FLAGS = 1n << 3n;
const RIGHTS_FD_WRITE = 1n << 6n;
const RIGHTS_POLL = 1n << 27n;

/** Writes preview 1's fdstat at `at`. */
export function writeFdstat(view: DataView, at: number, flags: number): void {
  let rights = RIGHTS_FDSTAT_SET_FLAGS | RIGHTS_POLL;
  if ((flags & O_ACCMODE) !== O_WRONLY) rights |= RIGHTS_FD_READ;
  if ((flags & O_ACCMODE) !== 0) rights |= RIGHTS_FD_WRITE;
  new Uint8Array(view.buffer, at, 24).fill(0); // of an unknown type: it is no file, and no terminal
  view.setUint16(at + 2, flags & O_NONBLOCK ? FDFLAGS_NONBLOCK : 0, true);
  view.setBigUint64(at + 8, rights, true);
}
