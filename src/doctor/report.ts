// SPDX-License-Identifier: LGPL-2.1-or-later

// Every backend examined, one after the other. Nothing is left behind: each vpoll is closed before the next is made.

import { readdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { BACKENDS, LIMITS, remedy, type BackendName } from '../backends.js';
import { VPOLL_EVENTS } from '../constants.js';
import type { Core } from '../core.js';
import { errnoName } from '../errors.js';
import { examine, measure } from './examine.js';
import type { BackendReport, Bench, Report } from './types.js';

type Size = Pick<BackendReport, 'fds' | 'bytes'>;

/** So many that a slab's own size makes no difference. */
const INSTANCES = 256;

function countFds(): number {
  return readdirSync('/proc/self/fd').length;
}

/** Kernel memory in objects, in bytes. */
function slabBytes(): number {
  return Number(/^Slab:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0) * 1024;
}

/** What an instance takes; nothing where there is none. Other programs use the kernel's memory too, so a figure that makes no sense isn't given. */
function sizes(bench: Bench, backend: number): Size {
  const before = countFds();
  const fd = bench.create(backend);
  if (fd < 0) return { fds: null, bytes: null };
  const fds = countFds() - before;
  bench.close(fd);
  const empty = slabBytes();
  const many: number[] = [];
  for (let i = 0; i < INSTANCES; i++) {
    const each = bench.create(backend);
    if (each < 0) break;
    many.push(each);
  }
  const bytes = Math.round((slabBytes() - empty) / INSTANCES);
  for (const each of many) bench.close(each);
  return { fds, bytes: many.length === INSTANCES && bytes > 0 ? bytes : null };
}

/** The text of remedy(), which reads "reason (what to do)". */
function split(text: string): Pick<BackendReport, 'reason' | 'remedy'> {
  const parts = /^(.*?) \((.*)\)$/.exec(text);
  return parts ? { reason: parts[1]!, remedy: parts[2]! } : { reason: text, remedy: null };
}

const NOTHING = { bits: {}, ctl_ns: null, wake_ns: null, fds: null, bytes: null };

/** What is kept of a backend between its two visits. */
interface Found extends Size {
  why: string | undefined;
}

async function examineBackend(core: Core, bench: Bench, name: BackendName, { why, ...size }: Found): Promise<BackendReport> {
  if (why !== undefined) return { name, available: false, ...split(why), ...NOTHING };
  const backend = BACKENDS.indexOf(name);
  const fd = bench.create(backend);
  if (fd < 0) {
    const errno = core.reason(backend) || -fd;
    return { name, available: false, ...split(remedy(name, errnoName(errno))), ...NOTHING };
  }
  bench.close(fd);
  const bits = await examine(bench, backend);
  const costs = await measure(bench, backend);
  const limit = (VPOLL_EVENTS & ~core.free(backend)) === 0 ? null : (LIMITS[name] ?? null);
  return { name, available: true, reason: limit, remedy: null, bits, ...costs, ...size };
}

/** Examines all backends, in the order of preference. */
export async function examineAll(core: Core, bench: Bench): Promise<Report> {
  const backends: BackendReport[] = [];
  const names = BACKENDS.slice(1) as BackendName[];
  const all: Found[] = [];
  // First, while no Poller has descriptors of its own, which another thread may close a little later.
  for (const name of names) {
    const why = await bench.prepare?.(name);
    all.push({ why, ...(why === undefined ? sizes(bench, BACKENDS.indexOf(name)) : { fds: null, bytes: null }) });
  }
  for (const [index, name] of names.entries()) backends.push(await examineBackend(core, bench, name, all[index]!));
  return { kernel: release(), backends };
}
