// SPDX-License-Identifier: LGPL-2.1-or-later

import { openLibc } from '../../src/runtime.js';
import { EFAULT } from '../../host/errno.js';

const SYS_IO_URING_SETUP = 425;

/** Whether this kernel lets us use io_uring. One without it says ENOSYS, one that keeps it from us EPERM: both before they look at the arguments. */
export function hasRing(): boolean {
  const libc = openLibc();
  const setup = libc.func('syscall', 'len', 'len', 'len');
  return setup(libc.word(SYS_IO_URING_SETUP), libc.word(1), libc.word(0)) < 0 && libc.errno() === EFAULT;
}
