// SPDX-License-Identifier: LGPL-2.1-or-later

import { existsSync } from 'node:fs';
import { createHost } from '../../../host/linux/libc.js';
import { openLibc } from '../../../src/runtime.js';
import { HAS_DEVICE, HAS_EFD_VPOLL } from '../../../src/sim/numbers.js';

const EFD_VPOLL = 2;

/** What this kernel has of HAS_EFD_VPOLL and HAS_DEVICE. */
export function featuresOfThisKernel(): number {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const sys = createHost(openLibc(), process.arch)(() => memory);
  const fd = sys.eventfd(0, EFD_VPOLL);
  if (fd >= 0) sys.close(fd);
  return (fd >= 0 ? HAS_EFD_VPOLL : 0) | (existsSync('/dev/vpoll') ? HAS_DEVICE : 0);
}
