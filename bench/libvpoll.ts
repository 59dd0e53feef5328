// SPDX-License-Identifier: LGPL-2.1-or-later

// Our libvpoll.so.0 beside Debian's: one program in C, linked with Debian's, runs with either.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from './context.js';
import { compare, type Comparison } from './interleave.js';
import { Native } from './native.js';
import type { Effort, Part, Row } from './results.js';
import { value } from './results.js';
import { crowdSize, measureSelf } from './usage.js';

const DEBIANS = "Debian's";
const OUR_CALLS = 'our calls';
const ITS_CALLS = 'its calls';
/** Ours by columns: its backends. In a kernel of test/vm both libraries take what the kernel has, and make one call. */
const OURS: Readonly<Record<string, string>> = process.env.VPOLL_GUEST
  ? { ours: 'auto' }
  : { 'ours, socketpair': 'socketpair', 'ours, tcp': 'tcp' };
/** What ctl may cost beside the calls that it makes, or that Debian's makes for the same. */
const TARGET = 1.15;

/** By column. */
type Libraries = Readonly<Record<string, Native>>;

/** Each library in a process of its own, or why there is none. */
function start(folder: string): Libraries | string {
  const ours = join(folder, '../build/c/plain');
  if (!existsSync(join(ours, 'libvpoll.so.0'))) return 'host/c could not be built (that takes cmake and a C compiler)';
  const envs: [string, Record<string, string>][] = Object.entries(OURS).map(([column, backend]) => [
    column,
    { LD_LIBRARY_PATH: ours, VPOLL_BACKEND: backend },
  ]);
  const libraries: Record<string, Native> = {};
  for (const [column, env] of [...envs, [DEBIANS, {}] as const]) {
    const native = Native.start(join(folder, 'libvpoll.c'), ['-pthread', '-lvpoll'], env);
    if (typeof native === 'string') return native;
    libraries[column] = native;
  }
  return libraries;
}

/** The same loop in all, beside the calls that two of them make on a socketpair (`in` or `out`), where they were written down. */
function row(libraries: Libraries, name: string, loop: string, calls?: 'in' | 'out'): Comparison {
  const competitors = Object.entries(libraries).map(([column, native]) => ({
    name: column,
    run: (n: number) => native.run(loop, n),
  }));
  const target = process.env.VPOLL_GUEST && calls !== undefined ? { target: TARGET } : {};
  const ratios: NonNullable<Comparison['ratios']> = Object.keys(OURS).map((of) => ({ of, to: DEBIANS, ...target }));
  const emulator = libraries['ours, socketpair'];
  if (calls !== undefined && emulator) {
    competitors.push({ name: OUR_CALLS, run: (n) => emulator.run(`our_${calls}`, n) });
    competitors.push({ name: ITS_CALLS, run: (n) => emulator.run(`its_${calls}`, n) });
    ratios.push({ of: 'ours, socketpair', to: OUR_CALLS, target: TARGET }, { of: DEBIANS, to: ITS_CALLS });
  }
  return { name, competitors, ratios };
}

/** What each of many instances takes. */
async function crowd(column: string, native: Native): Promise<Row> {
  const count = crowdSize();
  await native.run('hold', 1);
  const before = measureSelf(native.pid);
  await native.run('hold', count);
  const after = measureSelf(native.pid);
  const each = (key: 'rss' | 'slab'): number[] => [(after[key] - before[key]) / count];
  return {
    name: `${column}, each of ${count}`,
    values: { process: value('bytes', each('rss')), 'kernel (slab)': value('bytes', each('slab')) },
    ratios: [],
  };
}

async function measureRows(libraries: Libraries, effort: Effort): Promise<Row[]> {
  const rows = [
    row(libraries, 'ADD + DEL IN', 'add_del_in', 'in'),
    row(libraries, 'ADD + DEL OUT', 'add_del_out', 'out'),
    row(libraries, 'SET IN + SET OUT', 'set_in_out'),
    row(libraries, 'create + close', 'create_close'),
    row(libraries, 'ADD + DEL IN, 4 threads', 'threads'),
  ];
  const measured: Row[] = [];
  for (const each of rows) measured.push(await compare(each, effort));
  for (const [column, native] of Object.entries(libraries)) measured.push(await crowd(column, native));
  return measured;
}

export async function measureC({ folder, effort }: Context): Promise<Part> {
  const columns = [...Object.keys(OURS), DEBIANS, OUR_CALLS, ITS_CALLS, 'process', 'kernel (slab)'];
  const part: Part = { name: 'c', title: "libvpoll.so.0 beside Debian's", columns, rows: [], omitted: [] };
  const libraries = start(folder);
  if (typeof libraries === 'string') part.omitted.push({ name: 'libvpoll.so.0', reason: libraries });
  else {
    part.rows = await measureRows(libraries, effort);
    for (const native of Object.values(libraries)) await native.stop();
  }
  return part;
}
