// SPDX-License-Identifier: LGPL-2.1-or-later

// Every backend examined, one after the other. Nothing is left behind: each vpoll is closed before the next is made.

import { readdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { BACKENDS, LIMITS, whyNoBackend, type BackendName } from '../backends.js';
import { VPOLL_EVENTS } from '../constants.js';
import type { Core } from '../core.js';
import { errnoName, VPollError } from '../errors.js';
import type { Why } from '../why.js';
import { examine, measure } from './examine.js';
import type { BackendReport, Bench, Examination } from './types.js';
import { cleaned, whyNotMeasured } from './unmeasured.js';

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

function missing(name: BackendName, { reason, remedy }: Why, unmeasured: string | null = null): BackendReport {
  return {
    name,
    available: false,
    reason,
    remedy: remedy ?? null,
    unmeasured,
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
  unmeasured: string | null;
}

const NO_SIZE: Size = { fds: null, bytes: null };

/** The first visit: whether it can be had, and what an instance takes. */
async function visit(bench: Bench, name: BackendName): Promise<Found> {
  const why = await bench.prepare?.(name);
  if (why !== undefined) return { why, unmeasured: null, ...NO_SIZE };
  try {
    return { why, unmeasured: null, ...sizes(bench, BACKENDS.indexOf(name)) };
  } catch (error) {
    return { why, unmeasured: whyNotMeasured(error), ...NO_SIZE };
  }
}

/** One of which a create fails: it is not here, or that can't be told for the shortage of the moment. */
function refused(core: Core, name: BackendName, status: number): BackendReport {
  const kept = core.reason(BACKENDS.indexOf(name));
  if (kept !== 0) return missing(name, whyNoBackend(name, errnoName(kept)));
  const unmeasured = whyNotMeasured(new VPollError(errnoName(-status), 'vpoll_create'));
  return missing(name, { reason: `not measured: ${unmeasured}` }, unmeasured);
}

async function examineBackend(core: Core, bench: Bench, name: BackendName, { why, ...found }: Found): Promise<BackendReport> {
  if (why !== undefined) return missing(name, why);
  const backend = BACKENDS.indexOf(name);
  const fd = bench.create(backend);
  if (fd < 0) return refused(core, name, fd);
  bench.close(fd);
  let { unmeasured } = found;
  const failed = (error: unknown): void => {
    const cause = whyNotMeasured(error);
    unmeasured ??= cause;
  };
  const bits = await examine(bench, backend, failed);
  const costs = await measure(bench, backend, failed);
  const limit = core.gives(backend, VPOLL_EVENTS, 0) ? undefined : LIMITS[name];
  const { reason, remedy }: Partial<Why> = limit === undefined ? (bench.remark?.(name) ?? {}) : { reason: limit };
  const { fds, bytes } = found;
  return { name, available: true, reason: reason ?? null, remedy: remedy ?? null, unmeasured, bits, ...costs, fds, bytes };
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
    all.set(name, await visit(bench, name));
  }
  await cleaned(
    async () => {
      for (const name of names) {
        tell(name);
        backends.push(await examineBackend(core, bench, name, all.get(name)!));
      }
    },
    () => bench.end?.(),
  );
  return { kernel: release(), backends };
}
