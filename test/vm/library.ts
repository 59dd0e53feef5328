// SPDX-License-Identifier: LGPL-2.1-or-later

// The library's own suites as steps in a guest.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Backend, Guest } from './guest.js';
import { insmod } from './module.js';
import { byStatus, type Step } from './steps.js';

/** Runs test files, or parts of their paths, but for those of `without`. A skip is a failure: what they need is there, or they don't belong there. */
export function suites(
  name: string,
  parts: string[],
  env: Record<string, string>,
  timeout_s: number,
  without: string[] = [],
): Step {
  const but = without.length > 0 ? ['--without', without.join(',')] : [];
  return {
    name,
    command: ['node', '--import', 'tsx', 'tools/test.ts', '--runtime', 'node', ...parts, ...but],
    env: { VPOLL_NO_SKIP: '1', ...env },
    timeout_s,
  };
}

/** What gives everyone /dev/fuse in one of Debian's kernels, as udev does on any Debian: the module, where it isn't built in as in 6.12. */
export function fuseForAll(guest: Guest): Step[] {
  const module = join(dirname(guest.kernel.image), 'modules/fuse.ko');
  const chmod: Step = { name: 'anyone may open /dev/fuse', command: ['chmod', '666', '/dev/fuse'], judge: byStatus };
  return existsSync(module) ? [insmod(module, 'insmod fuse'), chmod] : [chmod];
}

/** The module first, then what `make` gives for each backend that the kernel has. */
export async function overEach(guest: Guest, make: (backend: Backend) => Step): Promise<Step[]> {
  return [insmod(await guest.module()), ...guest.backends.map(make)];
}
