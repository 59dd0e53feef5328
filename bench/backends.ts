// SPDX-License-Identifier: LGPL-2.1-or-later

// The same changes on each backend that this kernel has, in turn with the same calls from C. Their ratios are what can be told of a kernel
// in a virtual machine, where no time by itself means anything.

import { EPOLLIN, EPOLLOUT, VPoll, type BackendName } from 'vpoll';
import type { Context } from './context.js';
import { compare, timed, type Comparison, type Competitor } from './interleave.js';
import type { Part } from './results.js';

const BACKENDS: readonly BackendName[] = ['eventfd', 'device', 'socketpair'];

type Run = Competitor['run'];

/** Each row: its loop's name in loops.c, and the same in JavaScript. */
const ROWS: { name: string; loop: string; run: (vp: VPoll) => Run }[] = [
  {
    name: 'ADD + DEL IN',
    loop: 'add_del_in',
    run: (vp) =>
      timed((n) => {
        for (let i = 0; i < n; i++) {
          vp.add(EPOLLIN);
          vp.delete(EPOLLIN);
        }
      }),
  },
  {
    name: 'SET IN + SET OUT',
    loop: 'set_in_out',
    run: (vp) =>
      timed((n) => {
        for (let i = 0; i < n; i++) {
          vp.set(EPOLLIN);
          vp.set(EPOLLOUT);
        }
        vp.set(0);
      }),
  },
  {
    name: 'DEL of nothing set',
    loop: 'del',
    run: (vp) =>
      timed((n) => {
        for (let i = 0; i < n; i++) vp.delete(EPOLLIN);
      }),
  },
];

function inC(name: BackendName): string {
  return `${name}, C`;
}

function rowOn(vps: ReadonlyMap<BackendName, VPoll>, { loops }: Context, { name, loop, run }: (typeof ROWS)[number]): Comparison {
  const here = [...vps.keys()];
  const competitors: Competitor[] = [...vps].map(([backend, vp]) => ({ name: backend, run: run(vp) }));
  if (typeof loops !== 'string') {
    for (const backend of here) competitors.push({ name: inC(backend), run: (n) => loops.run(`${backend}_${loop}`, n) });
  }
  const files = here.filter((backend) => backend !== 'socketpair');
  const ratios = [
    ...here.map((backend) => ({ of: backend, to: inC(backend) })),
    ...files.flatMap((backend) => [
      { of: backend, to: 'socketpair' },
      { of: inC(backend), to: inC('socketpair') },
    ]),
  ];
  return { name, competitors, ratios };
}

export async function measureBackends(context: Context): Promise<Part> {
  const part: Part = { name: 'backends', title: 'A change on each backend, beside C', columns: [], rows: [], omitted: [] };
  const vps = new Map<BackendName, VPoll>();
  for (const backend of BACKENDS) {
    try {
      vps.set(backend, VPoll.create({ backend }));
    } catch (error) {
      part.omitted.push({ name: backend, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  if (typeof context.loops === 'string') part.omitted.push({ name: 'C', reason: context.loops });
  const here = [...vps.keys()];
  part.columns = [...here, ...here.map(inC)];
  for (const row of ROWS) part.rows.push(await compare(rowOn(vps, context, row), context.effort));
  for (const vp of vps.values()) vp.close();
  return part;
}
