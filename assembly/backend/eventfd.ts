// SPDX-License-Identifier: LGPL-2.1-or-later

// The eventfd backend: a kernel with linux_patch (or, by its write ABI, with the reference's patch).

import * as call from '../call';
import * as c from '../constants';
import { isPassing, unavailable } from '../reason';
import { Backend } from './shared/backend';
import * as file from './shared/vpollfile';

const NUMBER: i32 = 1;

// What one look at this kernel has shown. A kernel can't learn EFD_VPOLL while it runs, so the answer is kept.
const UNKNOWN: i32 = 0;
const BY_IOCTL: i32 = 1;
const BY_WRITE: i32 = 2;
const ABSENT: i32 = 3;
let abi: i32 = UNKNOWN;

/** How the new file `fd`, made with `events`, wants to be spoken to: one of the constants above, or -errno. */
function look(fd: i32, events: u32): i32 {
  const mask = file.ioctl(fd, c.OP_DEL, 0);
  if (mask >= 0) return <u32>mask == events ? BY_IOCTL : ABSENT;
  if (mask != -c.EBADF) return mask;
  // Without ioctls, flag 2 may be another feature's. A vpoll can be made to show nothing; a plain eventfd shows OUT.
  if (call.writeWord(fd, c.OP_SET, 0) < 0 || call.shown(fd) != 0) return ABSENT;
  const r = call.writeWord(fd, c.OP_SET, events);
  return r < 0 ? r : BY_WRITE;
}

function absent(errno: i32): i32 {
  abi = ABSENT;
  return unavailable(NUMBER, errno);
}

function create(events: u32, fdFlags: i32, flags: u32): i32 {
  if (abi == ABSENT) return absent(c.EINVAL);
  let fd = call.eventfd(events, c.EFD_VPOLL | fdFlags);
  if (fd < 0) return isPassing(fd) ? fd : absent(-fd);
  if (abi == UNKNOWN) {
    const found = look(fd, events);
    if (found == ABSENT || found < 0) {
      call.close(fd);
      return found < 0 ? found : absent(c.EINVAL);
    }
    abi = found;
  }
  fd = file.enter(fd, NUMBER, abi == BY_WRITE ? flags | c.WRITE_ABI : flags, events);
  // The write ABI can't do without /proc.
  return fd >= 0 || isPassing(fd) ? fd : absent(-fd);
}

export class Eventfd extends Backend {
  get number(): i32 {
    return NUMBER;
  }

  get name(): string {
    return 'eventfd';
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

  /** Its inode is anonymous, and has no type of its own: what no other backend owns. */
  owns(_type: u32): bool {
    return true;
  }

  forget(): void {
    abi = UNKNOWN;
  }
}
