// SPDX-License-Identifier: LGPL-2.1-or-later

// The eventfd backend: a kernel with linux_patch (or, by its write ABI, with the reference's patch).

import * as call from '../call';
import * as c from '../constants';
import { unavailable } from '../reason';
import * as file from './vpollfile';

// What one look at this kernel has shown. A kernel can't learn EFD_VPOLL while it runs, so the answer is kept.
const UNKNOWN: i32 = 0;
const BY_IOCTL: i32 = 1;
const BY_WRITE: i32 = 2;
const ABSENT: i32 = 3;
let abi: i32 = UNKNOWN;

/** How the new file `fd`, made with `events`, wants to be spoken to: one of the constants above, or -errno. */
function look(fd: i32, events: u32): i32 {
  const shown = call.shown(fd);
  if (shown < 0) return shown;
  // Another feature may have taken the flag's number: a plain eventfd would show IN or OUT by its counter.
  if (<u32>shown != events) return ABSENT;
  const mask = file.ioctl(fd, c.OP_DEL, 0);
  if (mask == -c.EBADF) return BY_WRITE;
  if (mask < 0) return mask;
  return <u32>mask == events ? BY_IOCTL : ABSENT;
}

export function create(events: u32, fdFlags: i32, flags: u32): i32 {
  if (abi == ABSENT) return unavailable(c.EVENTFD, c.EINVAL);
  const fd = call.eventfd(events, c.EFD_VPOLL | fdFlags);
  if (fd == -c.EINVAL || fd == -c.ENOSYS || fd == -c.EPERM || fd == -c.EACCES) {
    abi = ABSENT;
    return unavailable(c.EVENTFD, c.EINVAL);
  }
  if (fd < 0) return fd;
  if (abi == UNKNOWN) {
    const found = look(fd, events);
    if (found > 0) abi = found;
    if (found < 0 || found == ABSENT) {
      call.close(fd);
      return found < 0 ? found : unavailable(c.EVENTFD, c.EINVAL);
    }
  }
  return file.enter(fd, c.EVENTFD, abi == BY_WRITE ? flags | c.WRITE_ABI : flags, events);
}
