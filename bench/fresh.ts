// SPDX-License-Identifier: LGPL-2.1-or-later

// What shows only in a fresh process: size, cold start, and what many instances cost.

import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from './context.js';
import { Native } from './native.js';
import { value, type Part, type Row, type Unit } from './results.js';
import { crowdSize, measureSelf } from './usage.js';

type Figures = Record<string, number>;

function runChild(child: string, ...args: string[]): Figures {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', child, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  return JSON.parse(stdout) as Figures;
}

function row(name: string, unit: Unit, samples: Figures[], key: string, each = 1): Row {
  const column = unit === 'fds' ? 'descriptors' : unit === 'ms' ? 'time' : 'size';
  return {
    name,
    values: {
      [column]: value(
        unit,
        samples.map((one) => (one[key] ?? Number.NaN) / each),
      ),
    },
    ratios: [],
  };
}

export function measureCold({ folder, child, effort }: Context): Promise<Part> {
  const [vpoll, koffi]: [Figures[], Figures[]] = [[], []];
  for (let i = 0; i < effort.starts; i++) {
    vpoll.push(runChild(child, 'cold'));
    koffi.push(runChild(child, 'koffi'));
  }
  const size = (name: string): Row => row(name, 'bytes', [{ size: statSync(join(folder, '../build', name)).size }], 'size');
  const rows = [
    size('core.wasm'),
    size('index.js'),
    size('vpoll.js'),
    row("import('vpoll'), fresh process", 'ms', vpoll, 'import'),
    row('first create: koffi, libc, wasm', 'ms', vpoll, 'create'),
    row('of which koffi, measured alone', 'ms', koffi, 'import'),
    row('second create', 'ms', vpoll, 'next'),
  ];
  return Promise.resolve({ name: 'cold', title: 'Size and cold start', columns: ['size', 'time'], rows, omitted: [] });
}

async function referenceCrowd(folder: string): Promise<Figures | string> {
  const native = Native.start(join(folder, 'reference.c'), ['-lvpoll']);
  if (typeof native === 'string') return native;
  const count = crowdSize();
  await native.run('hold', 1);
  const before = measureSelf(native.pid);
  await native.run('hold', count);
  const after = measureSelf(native.pid);
  await native.stop();
  return { count, rss: after.rss - before.rss, slab: after.slab - before.slab, fds: after.fds - before.fds };
}

export async function measureMemory({ folder, child, effort }: Context): Promise<Part> {
  const title = 'Memory for each of many instances';
  const columns = ['process', 'kernel (slab)', 'descriptors'];
  const part: Part = { name: 'memory', title, columns, rows: [], omitted: [] };
  const kinds: [string, () => Figures | Promise<Figures | string>][] = [
    ['VPoll', () => runChild(child, 'crowd', 'VPoll')],
    ['vpoll_create', () => runChild(child, 'crowd', 'number')],
    ['VPoll on tcp', () => runChild(child, 'crowd', 'tcp')],
    ['VPoll on fuse', () => runChild(child, 'crowd', 'fuse')],
    ['reference, C', () => referenceCrowd(folder)],
  ];
  for (const [name, take] of kinds) {
    const samples: Figures[] = [];
    for (let i = 0; i < effort.crowds; i++) {
      const one = await take();
      if (typeof one !== 'string') samples.push(one);
      else if (i === 0) part.omitted.push({ name, reason: one });
    }
    const count = samples[0]?.count;
    if (count === undefined) continue;
    const each = (key: string, unit: Unit) =>
      value(
        unit,
        samples.map((one) => (one[key] ?? Number.NaN) / count),
      );
    const values = { process: each('rss', 'bytes'), 'kernel (slab)': each('slab', 'bytes'), descriptors: each('fds', 'fds') };
    part.rows.push({ name, values, ratios: [], remark: `${count} instances` });
    if (samples[0]?.helper !== undefined) {
      part.rows.push({ name: 'in the helper', values: { process: each('helper', 'bytes') }, ratios: [] });
    }
  }
  return part;
}
