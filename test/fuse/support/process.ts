// SPDX-License-Identifier: LGPL-2.1-or-later

// What /proc says of processes and mounts.

import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** Whether a process is there and no zombie: where process 1 reaps nobody, an orphan stays one for good. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !'ZX'.includes(stat.charAt(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

/** Waits until `condition` holds. Generous: the machine may be busy. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  for (let i = 0; !condition(); i++) {
    if (i > 3000) throw new Error(`not within 30 s: ${what}`);
    await sleep(10);
  }
}

/** Waits until a process has ended. */
export async function gone(pid: number): Promise<void> {
  await until(`process ${pid} ends`, () => !isAlive(pid));
}

/** Whether a place is in the folder that tools/test.ts gave to a test that runs beside this one, under another runtime say. */
function isNeighbours(place: string): boolean {
  return /\/vpoll-test-[^/]+\//.test(place) && !place.startsWith(`${tmpdir()}/`);
}

/** The FUSE mounts of ours that this namespace has. */
export function mounts(): string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .filter((line) => /^vpoll .* fuse /.test(line) && !isNeighbours(line.split(' ')[1]!));
}
