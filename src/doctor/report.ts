// SPDX-License-Identifier: LGPL-2.1-or-later

// Every backend examined, one after the other. Nothing is left behind: each vpoll is closed before the next is made.

import { readdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { BACKENDS, LIMITS, whyNoBackend, type BackendName } from '../backends.js';
import { VPOLL_EVENTS } from '../constants.js';
import type { Core } from '../core.js';
import { errnoName } from '../errors.js';
import type { Why } from '../why.js';
import { examine, measure } from './examine.js';
import type { BackendReport, Bench, Examination } from './types.js';

type Size = Pick<BackendReport, 'fds' | 'bytes'>;

/** So many that what other programs do to the kernel's memory meanwhile makes little difference; before them, others that fill the slabs begun. */
const [WARMING, INSTANCES] = [256, 1024];

function countFds(): number {
  return readdirSync('/proc/self/fd').length;
}

/** Kernel memory in objects, in bytes. */
function slabBytes(): number {
  return Number(/^Slab:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0) * 1024;
}

/** Makes up to `count`, into `all`: whether as many could be had. */
function crowd(bench: Bench, backend: number, count: number, all: number[]): boolean {
  for (let i = 0; i < count; i++) {
    const fd = bench.create(backend);
    if (fd < 0) return false;
    all.push(fd);
  }
  return true;
}

/**
 * What an instance takes; nothing where there is none. The memory is what the kernel's slabs (Slab of /proc/meminfo) grow by from a first crowd to a
 * second one beside it: a figure for all programs, so one that makes no sense, or that a limit of descriptors cut off, isn't given.
 */
function sizes(bench: Bench, backend: number): Size {
  const before = countFds();
  const all: number[] = [];
  try {
    if (!crowd(bench, backend, 1, all)) return { fds: null, bytes: null };
    const fds = countFds() - before;
    if (!crowd(bench, backend, WARMING, all)) return { fds, bytes: null };
    const start = slabBytes();
    const isWhole = crowd(bench, backend, INSTANCES, all);
    const bytes = Math.round((slabBytes() - start) / INSTANCES);
    return { fds, bytes: isWhole && bytes > 0 ? bytes : null };
  } finally {
    for (const each of all) bench.close(each);
  }
}

function missing(name: BackendName, { reason, remedy }: Why): BackendReport {
  return {
    name,
    available: false,
    reason,
    remedy: remedy ?? null,
    bits: {},
    ctl_ns: null,
    wake_ns: null,
    fds: null,
    bytes: null,
  };
}

/** What is kept of a backend between its two visits. */
interface Found extends Size {
  why: Why | undefined;
}

async function examineBackend(core: Core, bench: Bench, name: BackendName, { why, ...size }: Found): Promise<BackendReport> {
  if (why !== undefined) return missing(name, why);
  const backend = BACKENDS.indexOf(name);
  const fd = bench.create(backend);
  if (fd < 0) {
    const errno = core.reason(backend) || -fd;
    return missing(name, whyNoBackend(name, errnoName(errno)));
  }
  bench.close(fd);
  const bits = await examine(bench, backend);
  const costs = await measure(bench, backend);
  const limit = core.gives(backend, VPOLL_EVENTS, 0) ? undefined : LIMITS[name];
  const { reason, remedy }: Partial<Why> = limit === undefined ? (bench.remark?.(name) ?? {}) : { reason: limit };
  return { name, available: true, reason: reason ?? null, remedy: remedy ?? null, bits, ...costs, ...size };
}

/** Examines all backends, in the order of their numbers. `tell` hears of each before it is tried, twice. */
export async function examineAll(
  core: Core,
  bench: Bench,
  tell: (name: BackendName) => void = () => undefined,
): Promise<Examination> {
  const backends: BackendReport[] = [];
  const names = BACKENDS.slice(1) as BackendName[];
  const all = new Map<BackendName, Found>();
  // First, while no Poller has descriptors of its own, which another thread may close a little later. The one that takes least of what others
  // take as well begins: it would find the slabs that they have left.
  for (const name of [...names].reverse()) {
    tell(name);
    const why = await bench.prepare?.(name);
    all.set(name, { why, ...(why === undefined ? sizes(bench, BACKENDS.indexOf(name)) : { fds: null, bytes: null }) });
  }
  try {
    for (const name of names) {
      tell(name);
      backends.push(await examineBackend(core, bench, name, all.get(name)!));
    }
  } finally {
    bench.end?.();
  }
  return { kernel: release(), backends };
}
