// SPDX-License-Identifier: LGPL-2.1-or-later

// The measuring process. index.ts starts it, bundled, under a plain Node: a loader that rewrites code at run time costs more
// than what is measured here. Each part gets a process of its own, since what V8 has learned from one changes the next.
//
//     measure.js FOLDER EFFORT PART      (EFFORT: results.ts, as JSON)

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { measureBackends } from './backends.js';
import { measureCalls } from './calls.js';
import { closeContext, openContext, type Measure } from './context.js';
import { measureCtl } from './ctl.js';
import { measureDevice } from './device.js';
import { measureFloor } from './floor.js';
import { measureTcp } from './tcp.js';
import { measureCold, measureMemory } from './fresh.js';
import { measureFuse } from './fuse.js';
import { measureC } from './libvpoll.js';
import { measureReference } from './reference.js';
import { measureSim } from './sim.js';
import type { Effort } from './results.js';

const PARTS: Record<string, Measure> = {
  ctl: measureCtl,
  floor: measureFloor,
  device: measureDevice,
  backends: measureBackends,
  fuse: measureFuse,
  tcp: measureTcp,
  reference: measureReference,
  c: measureC,
  calls: measureCalls,
  cold: measureCold,
  memory: measureMemory,
  sim: measureSim,
};
/** The parts that compare loops. The others look at whole processes, which need all processors. */
const LOOPS = ['ctl', 'floor', 'device', 'backends', 'fuse', 'reference', 'sim'];

/**
 * Keeps this thread, and the C programs that it will start, on one processor. What the kernel holds for each processor (free
 * slabs, say) then is the same for all competitors. V8's own threads stay free. Undefined, or why it can't be done.
 */
function pin(): string | undefined {
  const allowed = /^Cpus_allowed_list:.*?(\d+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  const { error, status, stderr } = spawnSync('taskset', ['-p', '-c', allowed ?? '0', String(process.pid)], { encoding: 'utf8' });
  return status === 0 ? undefined : (error?.message ?? stderr.trim());
}

const [folder = '', effort = '', name = ''] = process.argv.slice(2);
const measure = PARTS[name];
if (!measure) throw new Error(`no part ${name} (${Object.keys(PARTS).join(', ')} are)`);
const unpinned = LOOPS.includes(name) ? pin() : undefined;
const context = openContext(folder, JSON.parse(effort) as Effort, join(import.meta.dirname, 'child.js'));
const part = await measure(context);
await closeContext(context);
if (unpinned !== undefined) part.omitted.push({ name: 'pinning to one processor', reason: unpinned });
process.stdout.write(JSON.stringify(part));
