// SPDX-License-Identifier: LGPL-2.1-or-later

// The device backend: vpoll.ko, ours or the reference's, or a file that is served in its place (vpoll-fuse.service). Either may come at any moment, so each
// create looks again.

import * as call from '../call';
import * as c from '../constants';
import { isPassing, isUnserved, unavailable } from '../reason';
import * as table from '../table';
import { Backend } from './shared/backend';
import * as file from './shared/vpollfile';

const NUMBER: i32 = 2;

/** "/dev/vpoll" */
const path: usize = memory.data<u8>([47, 100, 101, 118, 47, 118, 112, 111, 108, 108, 0]);

/** The inode of the one file that is served, FUSE_ROOT_ID. */
const SERVED_INO: u64 = 1;

/**
 * Whether EMFILE is the limit of the module or of the service for this user, and not the process's own. To open the file by
 * O_PATH takes a descriptor as well, and asks neither.
 */
function isUsersLimit(status: i32): bool {
  if (status != -c.EMFILE) return false;
  const fd = call.open(path, c.O_PATH | c.CLOEXEC);
  if (fd < 0) return false;
  call.close(fd);
  return true;
}

function create(events: u32, fdFlags: i32, flags: u32): i32 {
  const fd = call.open(path, c.O_RDWR | c.O_NOCTTY | fdFlags);
  if (fd < 0) return isPassing(fd) && !isUsersLimit(fd) ? fd : unavailable(NUMBER, -fd);
  const mask = file.ioctl(fd, c.OP_SET, events);
  if (<u32>mask == events) return file.enter(fd, NUMBER, flags, events);
  const failed = call.failed;
  call.close(fd);
  if (mask >= 0 || mask == -c.EBADF) return unavailable(NUMBER, c.ENOTTY);
  if (isUnserved(mask)) return unavailable(NUMBER, -mask);
  call.blame(failed);
  return mask;
}

/** What is served by nobody any more answers nothing, and is told by what it is: a dead file system whose root is a file. */
function close(entry: usize): i32 {
  const fd = table.fdOf(entry);
  const r = file.close(entry);
  if (!isUnserved(r)) return r;
  const found = call.fstat(fd);
  if (!isUnserved(found) && (found < 0 || call.statIno() != SERVED_INO)) return r;
  call.close(fd);
  table.remove(entry);
  return 0;
}

export class Device extends Backend {
  get number(): i32 {
    return NUMBER;
  }

  get name(): string {
    return 'device';
  }

  get isSeeds(): bool {
    return true;
  }

  get isSimulated(): bool {
    return true;
  }

  create(events: u32, fdFlags: i32, flags: u32): i32 {
    return create(events, fdFlags, flags);
  }

  close(entry: usize): i32 {
    return close(entry);
  }

  owns(type: u32): bool {
    return type == c.S_IFCHR;
  }
}
