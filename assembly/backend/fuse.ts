// SPDX-License-Identifier: LGPL-2.1-or-later

// The fuse backend: a file of a helper process, so that a stock kernel shows every bit. The helper serves the EFD_VPOLL file ABI and
// its ioctls over /dev/fuse. Each open of the mount's one file is a vpoll. src/fuse/ starts the helper and lends an O_PATH descriptor
// of that file.

import * as call from '../call';
import * as c from '../constants';
import { isPassing, isUnserved, unavailable } from '../reason';
import * as table from '../table';
import { Backend } from './shared/backend';
import * as ends from './shared/ends';
import * as file from './shared/vpollfile';

const NUMBER: i32 = 3;

/** "/proc/self/fd/" and room for a number. */
const path: usize = memory.data<u8>([
  47, 112, 114, 111, 99, 47, 115, 101, 108, 102, 47, 102, 100, 47, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);
const PREFIX: usize = 14;

/** The lent descriptor, or -1. The host owns it, and lends another when its helper has ended. */
let mount: i32 = -1;

/** Where it is by name: a folder that has that file and nothing else, or -1. */
let tree: i32 = -1;

/** "vpoll" */
const name: usize = memory.data<u8>([118, 112, 111, 108, 108, 0]);

/** Lends a descriptor, and the folder, or takes them back (-1). */
export function lend(fd: i32, folder: i32): void {
  mount = fd;
  tree = folder;
}

/** Opens the file: by its name, which takes no /proc; without the folder by /proc. */
function open(flags: i32): i32 {
  return tree < 0 ? call.open(file.numbered(path, PREFIX, mount), flags) : call.openat(tree, name, flags);
}

/**
 * There is no vpoll of a helper, by the error of the call that says so. ENOENT: none was started yet; ENOTCONN, ECONNABORTED: it has died. Then one is to be
 * started where the caller can, and where it can't, or for any other reason, the next backend may do.
 */
function without(status: i32, flags: u32): i32 {
  if (isPassing(status)) return status;
  const r = unavailable(NUMBER, -status);
  const isMissing = status == -c.ENOENT || isUnserved(status);
  return isMissing && flags & c.CAN_START ? call.refuse(c.ECHILD) : r;
}

/** Only what was identified as ours is opened: lend() is not told of a number before. */
function create(events: u32, fdFlags: i32, flags: u32): i32 {
  if (mount < 0) return without(-c.ENOENT, flags);
  const fd = open(c.O_RDWR | fdFlags);
  if (fd < 0) return without(fd, flags);
  let r = events == 0 ? 0 : file.ioctl(fd, c.OP_SET, events);
  if (r >= 0) r = call.fstat(fd);
  if (r < 0) {
    const failed = call.failed;
    call.close(fd);
    call.blame(failed);
    return without(r, flags);
  }
  const dev = call.statDev();
  const ino = call.statIno();
  r = file.enter(fd, NUMBER, flags, events);
  // A look enters nothing, and 0 is a number as good as others.
  if (r >= 0 && !(flags & c.LOOK)) table.setIdentity(table.find(fd, 0), dev, ino);
  return r;
}

/** A dead helper answers nothing, so what stands under the number is told by what it is, and needn't be asked. */
function close(entry: usize): i32 {
  const isOurs = ends.mayBeOurs(entry);
  const fd = table.fdOf(entry);
  table.remove(entry);
  if (!isOurs) return call.refuse(c.EBADF);
  call.close(fd);
  return 0;
}

export class Fuse extends Backend {
  get number(): i32 {
    return NUMBER;
  }

  get name(): string {
    return 'fuse';
  }

  get cost(): i32 {
    return 3;
  }

  get needsProcess(): bool {
    return true;
  }

  create(events: u32, fdFlags: i32, flags: u32): i32 {
    return create(events, fdFlags, flags);
  }

  close(entry: usize): i32 {
    return close(entry);
  }

  owns(type: u32): bool {
    return type == c.S_IFREG;
  }
}
