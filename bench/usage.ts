// SPDX-License-Identifier: LGPL-2.1-or-later

import { readdirSync, readFileSync } from 'node:fs';

export interface Usage {
  /** Bytes of the process in memory. */
  rss: number;
  /** Bytes that the kernel holds in slabs, for all processes: an estimate, as others come and go. */
  slab: number;
  /** Open descriptors. */
  fds: number;
}

const CROWD_MAX = 10_000;
/** Descriptors that are left to everything else. */
const SPARE_FDS = 100;

function kilobytes(file: string, key: string): number {
  const line = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(file, 'utf8'));
  return Number(line?.[1]) * 1024;
}

/** What a process uses; by default this one. */
export function measureSelf(pid: number | 'self' = 'self'): Usage {
  return {
    rss: kilobytes(`/proc/${pid}/status`, 'VmRSS'),
    slab: kilobytes('/proc/meminfo', 'Slab'),
    fds: readdirSync(`/proc/${pid}/fd`).length,
  };
}

/** 10,000, or as many socketpairs as this process may open. */
export function crowdSize(): number {
  const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
  const room = Number(limit?.[1] ?? CROWD_MAX) - readdirSync('/proc/self/fd').length - SPARE_FDS;
  return Math.min(CROWD_MAX, Math.floor(room / 2));
}
