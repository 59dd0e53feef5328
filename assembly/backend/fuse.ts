// SPDX-License-Identifier: LGPL-2.1-or-later

// The fuse backend: a file of a helper process that serves the EFD_VPOLL file ABI and its ioctls over /dev/fuse, so that a stock
// kernel shows every bit. Each open of the mount's one file is a vpoll. Who starts the helper (src/fuse/) lends an O_PATH descriptor of
// that file.

import * as call from '../call';
import * as c from '../constants';
import { isPassing, unavailable } from '../reason';
import * as table from '../table';
import * as ends from './unixends';
import * as file from './vpollfile';

/** "/proc/self/fd/" and room for a number. */
const path: usize = memory.data<u8>([
  47, 112, 114, 111, 99, 47, 115, 101, 108, 102, 47, 102, 100, 47, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);
const PREFIX: usize = 14;

/** The lent descriptor, or -1. */
let mount: i32 = -1;

/** Lends a descriptor, or takes it back (-1). */
export function lend(fd: i32): void {
  mount = fd;
}

/** Only what was identified as ours is opened: lend() is not told of a number before. */
export function create(events: u32, fdFlags: i32, flags: u32): i32 {
  // ENOENT: no helper was started yet.
  if (mount < 0) return unavailable(c.FUSE, c.ENOENT);
  const fd = call.open(file.numbered(path, PREFIX, mount), c.O_RDWR | fdFlags);
  if (fd < 0) return isPassing(fd) ? fd : unavailable(c.FUSE, -fd);
  let r = events == 0 ? 0 : file.ioctl(fd, c.OP_SET, events);
  if (r >= 0) r = call.fstat(fd);
  if (r < 0) {
    const failed = call.failed;
    call.close(fd);
    call.blame(failed);
    return r;
  }
  const dev = call.statDev();
  const ino = call.statIno();
  r = file.enter(fd, c.FUSE, flags, events);
  // A look enters nothing, and 0 is a number as good as others.
  if (r >= 0 && !(flags & c.LOOK)) table.setIdentity(table.find(fd, 0), dev, ino);
  return r;
}

/** A dead helper answers nothing, so what stands under the number is told by what it is, and needn't be asked. */
export function close(entry: usize): i32 {
  const isOurs = ends.mayBeOurs(entry);
  const fd = table.fdOf(entry);
  table.remove(entry);
  if (!isOurs) return call.refuse(c.EBADF);
  call.close(fd);
  return 0;
}
