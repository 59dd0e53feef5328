// SPDX-License-Identifier: LGPL-2.1-or-later

// The processes that run the helper of the library in C.

import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { library } from './library.js';

/** Processes that run the helper. */
export function helpers(): string[] {
  const program = join(library(), 'vpoll-fuse');
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/exe`) === program;
    } catch {
      return false;
    }
  });
}

/** Waits until none is there. The runner's time limit ends a wait that is in vain. */
export async function allEnd(): Promise<void> {
  while (helpers().length > 0) await sleep(10);
}
