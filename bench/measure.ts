// SPDX-License-Identifier: LGPL-2.1-or-later

// The measuring process. index.ts starts it, bundled, under a plain Node: a loader that rewrites code at run time costs more
// than what is measured here. Each part gets a process of its own, since what V8 has learned from one changes the next.
//
//     measure.js FOLDER EFFORT PART      (EFFORT: results.ts, as JSON)

import { join } from 'node:path';
import { measureCalls } from './calls.js';
import { closeContext, openContext, type Measure } from './context.js';
import { measureCtl } from './ctl.js';
import { measureDevice } from './device.js';
import { measureFloor } from './floor.js';
import { measureCold, measureMemory } from './fresh.js';
import { measureReference } from './reference.js';
import type { Effort } from './results.js';

const PARTS: Record<string, Measure> = {
  ctl: measureCtl,
  floor: measureFloor,
  device: measureDevice,
  reference: measureReference,
  calls: measureCalls,
  cold: measureCold,
  memory: measureMemory,
};

const [folder = '', effort = '', name = ''] = process.argv.slice(2);
const measure = PARTS[name];
if (!measure) throw new Error(`no part ${name} (${Object.keys(PARTS).join(', ')} are)`);
const context = openContext(folder, JSON.parse(effort) as Effort, join(import.meta.dirname, 'child.js'));
const part = await measure(context);
await closeContext(context);
process.stdout.write(JSON.stringify(part));
