// SPDX-License-Identifier: LGPL-2.1-or-later

// The device backend: vpoll.ko, ours or the reference's. It may be loaded at any moment, so each create looks again.

import * as call from '../call';
import * as c from '../constants';
import { isPassing, unavailable } from '../reason';
import * as file from './vpollfile';

/** "/dev/vpoll" */
const path: usize = memory.data<u8>([47, 100, 101, 118, 47, 118, 112, 111, 108, 108, 0]);

export function create(events: u32, fdFlags: i32, flags: u32): i32 {
  const fd = call.open(path, c.O_RDWR | c.O_NOCTTY | fdFlags);
  if (fd < 0) return isPassing(fd) ? fd : unavailable(c.DEVICE, -fd);
  const mask = file.ioctl(fd, c.OP_SET, events);
  if (<u32>mask == events) return file.enter(fd, c.DEVICE, flags, events);
  const failed = call.failed;
  call.close(fd);
  if (mask >= 0 || mask == -c.EBADF) return unavailable(c.DEVICE, c.ENOTTY);
  call.blame(failed);
  return mask;
}
