// SPDX-License-Identifier: LGPL-2.1-or-later

// Keeps the numbers of the simulated kernel's descriptors from the library, which numbers what it opens upwards and uses no number twice.

import type { Calls } from './command.js';
import { WASI } from './errno.js';

const DIRECTORY = 2;

type PathOpen = (
  dirfd: number,
  dirflags: number,
  path: number,
  pathSize: number,
  oflags: number,
  rightsBase: bigint,
  rightsInheriting: bigint,
  fdflags: number,
  openedAt: number,
) => number;

/** path_open, which gives no number that `isTaken`; `read` gets an u32 of the guest's memory. fd_renumber(2) refuses those. */
export function keepApart(library: Calls, isTaken: (fd: number) => boolean, read: (at: number) => number): Calls {
  const open = library.path_open as PathOpen;
  const close = library.fd_close as (fd: number) => number;
  const renumber = library.fd_renumber as (from: number, to: number) => number;
  const pathOpen: PathOpen = (dirfd, dirflags, path, pathSize, oflags, base, inheriting, fdflags, openedAt) => {
    let error = open(dirfd, dirflags, path, pathSize, oflags, base, inheriting, fdflags, openedAt);
    for (let fd = read(openedAt); error === 0 && isTaken(fd); fd = read(openedAt)) {
      // Once more, for the next number: by now the file is there, and as it should be. Closed first: to close one number of a file closes all.
      close(fd);
      error = open(dirfd, dirflags, path, pathSize, oflags & DIRECTORY, base, inheriting, fdflags, openedAt);
    }
    return error;
  };
  return {
    path_open: pathOpen,
    fd_renumber: (from: number, to: number) => (isTaken(from) || isTaken(to) ? WASI.ENOTSUP : renumber(from, to)),
  };
}
