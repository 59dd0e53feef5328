// SPDX-License-Identifier: LGPL-2.1-or-later

// The helper of the fuse backend beside a FUSE server in C (fuse.c): the same requests from the same C client, and what VPoll adds to them.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { EPOLLIN, VPoll } from 'vpoll';
import type { Context } from './context.js';
import { compare, timed, type Comparison, type Competitor } from './interleave.js';
import { Native } from './native.js';
import { value, type Effort, type Part, type Row } from './results.js';

/** A round trip is two system calls of the server's and two changes of process: a runtime may take as long again. */
const ROUND_TRIP_MAX = 2;

const COLUMNS = ['VPoll', 'C to helper', 'C to C'];

/** Each row: its loop's name in fuse.c, and the same by VPoll where it has one. */
function rows(vp: VPoll): { name: string; loop: string; isRoundTrip?: boolean; run?: Competitor['run'] }[] {
  return [
    {
      name: 'ADD or DEL IN',
      loop: 'ctl',
      isRoundTrip: true,
      run: timed((n) => {
        for (let i = 0; i < n; i++) {
          if (i % 2 === 0) vp.add(EPOLLIN);
          else vp.delete(EPOLLIN);
        }
      }),
    },
    { name: 'poll(2)', loop: 'poll', isRoundTrip: true },
    {
      name: 'create + close',
      loop: 'create_close',
      run: timed((n) => {
        for (let i = 0; i < n; i++) VPoll.create({ backend: 'fuse' }).close();
      }),
    },
    { name: 'two wakes of epoll_wait(2)', loop: 'ping_pong' },
  ];
}

function rowOn(native: Native, { name, loop, isRoundTrip, run }: ReturnType<typeof rows>[number]): Comparison {
  const competitors: Competitor[] = [
    { name: 'C to helper', run: (n) => native.run(`helper_${loop}`, n) },
    { name: 'C to C', run: (n) => native.run(`c_${loop}`, n) },
  ];
  const ratio = { of: 'C to helper', to: 'C to C' };
  const ratios: Comparison['ratios'] = [isRoundTrip ? { ...ratio, target: ROUND_TRIP_MAX } : ratio];
  if (!run) return { name, competitors, ratios };
  return { name, competitors: [{ name: 'VPoll', run }, ...competitors], ratios: [...ratios, { of: 'VPoll', to: 'C to helper' }] };
}

/** Milliseconds that a fresh process takes to its first vpoll, as it says itself, and that a bare runtime takes. */
function measureStart({ starts }: Effort, index: string): Row {
  const program = `
    import { VPoll } from ${JSON.stringify(index)};
    const start = performance.now();
    VPoll.create({ backend: 'fuse' });
    console.log(performance.now() - start);`;
  const first: number[] = [];
  const bare: number[] = [];
  for (let i = 0; i < starts; i++) {
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
    first.push(Number(stdout));
    const begin = performance.now();
    spawnSync(process.execPath, ['-e', '0']);
    bare.push(performance.now() - begin);
  }
  const row: Row = { name: 'the first vpoll of a process', values: { VPoll: value('ms', first) }, ratios: [] };
  row.remark = `node -e 0: ${value('ms', bare).median.toFixed(0)} ms`;
  return row;
}

export async function measureFuse({ folder, effort }: Context): Promise<Part> {
  const part: Part = { name: 'fuse', title: 'The helper, beside a server in C', columns: COLUMNS, rows: [], omitted: [] };
  let vp: VPoll;
  try {
    vp = VPoll.create({ backend: 'fuse' });
  } catch (error) {
    part.omitted.push({ name: 'fuse', reason: error instanceof Error ? error.message : String(error) });
    return part;
  }
  process.env.VPOLL_BENCH_FILE = `/proc/${process.pid}/fd/${vp.fd}`;
  const native = Native.start(join(folder, 'fuse.c'), ['-lpthread']);
  if (typeof native === 'string') part.omitted.push({ name: 'C', reason: native });
  else {
    for (const row of rows(vp)) part.rows.push(await compare(rowOn(native, row), effort));
    await native.stop();
  }
  part.rows.push(measureStart(effort, import.meta.resolve('vpoll')));
  vp.close();
  return part;
}
