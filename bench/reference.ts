// SPDX-License-Identifier: LGPL-2.1-or-later

// vpoll's socketpair beside the reference library's, which runs in C and compares nothing before it acts.

import { EPOLLIN, VPoll } from 'vpoll';
import type { Context } from './context.js';
import { compare, timed, type Comparison, type Competitor } from './interleave.js';
import { allocate, calls, MSG_FLAGS, openPair } from './libc.js';
import type { Part } from './results.js';

const SHARED = 'VPoll';
const EXCLUSIVE = 'exclusive';
const REFERENCE = 'reference, C';
const SAME_CALLS = 'our calls, C';
const SAME_BY_KOFFI = 'our calls, koffi';
const backend = 'socketpair';

function addDel(exclusive: boolean): Competitor['run'] {
  const vp = VPoll.create({ backend, exclusive });
  return timed((n) => {
    for (let i = 0; i < n; i++) {
      vp.add(EPOLLIN);
      vp.delete(EPOLLIN);
    }
  });
}

/** The calls of an ADD and a DEL of IN with nothing around them: what no core over koffi can beat. */
function bareAddDel(): Competitor['run'] {
  const { fstat, send, recv } = calls;
  const [a, b] = openPair();
  const room = allocate(16384);
  const { address } = room;
  return timed((n) => {
    for (let i = 0; i < n; i++) {
      fstat(b, address);
      send(b, address, 1, MSG_FLAGS);
      fstat(a, address);
      recv(a, address, room.view.byteLength, MSG_FLAGS);
    }
  });
}

function createClose(exclusive: boolean): Competitor['run'] {
  return timed((n) => {
    for (let i = 0; i < n; i++) VPoll.create({ backend, exclusive }).close();
  });
}

function rows({ loops, reference }: Context): Comparison[] {
  const ratios = [{ of: EXCLUSIVE, to: REFERENCE }];
  const pair: Comparison = {
    name: 'ADD + DEL IN',
    competitors: [
      { name: SHARED, run: addDel(false) },
      { name: EXCLUSIVE, run: addDel(true) },
      { name: SAME_BY_KOFFI, run: bareAddDel() },
    ],
    ratios: [
      { of: SHARED, to: REFERENCE, target: 1.6 },
      ...ratios,
      { of: SAME_BY_KOFFI, to: REFERENCE },
      { of: SHARED, to: SAME_BY_KOFFI },
      { of: SHARED, to: SAME_CALLS },
    ],
  };
  const life: Comparison = {
    name: 'create + close',
    competitors: [
      { name: SHARED, run: createClose(false) },
      { name: EXCLUSIVE, run: createClose(true) },
    ],
    ratios: [{ of: SHARED, to: REFERENCE }, ...ratios],
  };
  if (typeof reference !== 'string') {
    pair.competitors.push({ name: REFERENCE, run: (n) => reference.run('add_del_in', n) });
    life.competitors.push({ name: REFERENCE, run: (n) => reference.run('create_close', n) });
  }
  if (typeof loops !== 'string') pair.competitors.push({ name: SAME_CALLS, run: (n) => loops.run('add_del_in', n) });
  return [pair, life];
}

export async function measureReference(context: Context): Promise<Part> {
  const columns = [SHARED, EXCLUSIVE, REFERENCE, SAME_BY_KOFFI, SAME_CALLS];
  const part: Part = { name: 'reference', title: 'Beside the reference library', columns, rows: [], omitted: [] };
  if (typeof context.reference === 'string') part.omitted.push({ name: REFERENCE, reason: context.reference });
  if (typeof context.loops === 'string') part.omitted.push({ name: SAME_CALLS, reason: context.loops });
  for (const row of rows(context)) part.rows.push(await compare(row, context.effort));
  return part;
}
