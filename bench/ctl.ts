// SPDX-License-Identifier: LGPL-2.1-or-later

// What a change costs on each backend that this machine has: through VPoll, shared and exclusive, and by number as in C.

import {
  EPOLLIN,
  EPOLLOUT,
  FD_CLOEXEC,
  VPoll,
  VPOLL_CTL_ADDEVENTS as ADD,
  VPOLL_CTL_DELEVENTS as DEL,
  VPOLL_CTL_SETEVENTS as SET,
  vpoll_close,
  vpoll_create,
  vpoll_ctl,
  type BackendName,
} from 'vpoll';
import type { Context } from './context.js';
import { compare, phased, timed, type Comparison, type Competitor } from './interleave.js';
import type { Part } from './results.js';

const BACKENDS = ['eventfd', 'device', 'socketpair', 'tcp', 'fuse'];
/** How many vpolls take turns where an operation can be done once to each. */
const CROWD = 64;

const SHARED = 'VPoll';
const EXCLUSIVE = 'exclusive';
const BY_NUMBER = 'vpoll_ctl';

type Run = Competitor['run'];

/** The rows for objects; `one` is the first of `all`. */
function objectRuns(all: VPoll[], one: VPoll): Record<string, Run> {
  const add = (i: number): void => {
    (all[i] ?? one).add(EPOLLIN);
  };
  const del = (i: number): void => {
    (all[i] ?? one).delete(EPOLLIN);
  };
  const both = (i: number): void => {
    del(i);
    add(i);
  };
  return {
    'ADD IN': phased(CROWD, del, add),
    'ADD IN again': phased(CROWD, both, add),
    'DEL IN': phased(CROWD, add, del),
    'ADD + DEL IN': timed((n) => {
      for (let i = 0; i < n; i++) {
        one.add(EPOLLIN);
        one.delete(EPOLLIN);
      }
    }),
    'ADD + DEL OUT': timed((n) => {
      for (let i = 0; i < n; i++) {
        one.add(EPOLLOUT);
        one.delete(EPOLLOUT);
      }
    }),
    'SET IN + SET OUT': timed((n) => {
      for (let i = 0; i < n; i++) {
        one.set(EPOLLIN);
        one.set(EPOLLOUT);
      }
      one.set(0);
    }),
    'no-op (DEL of nothing set)': timed((n) => {
      for (let i = 0; i < n; i++) one.delete(EPOLLIN);
    }),
    events: timed((n) => {
      let seen = 0;
      for (let i = 0; i < n; i++) seen |= one.events;
      if (seen < 0) throw new Error('a mask is never negative');
    }),
  };
}

/** The same rows by number. */
function numberRuns(all: number[], one: number): Record<string, Run> {
  const add = (i: number): number => vpoll_ctl(all[i] ?? one, ADD, EPOLLIN);
  const del = (i: number): number => vpoll_ctl(all[i] ?? one, DEL, EPOLLIN);
  const both = (i: number): number => del(i) + add(i);
  return {
    'ADD IN': phased(CROWD, del, add),
    'ADD IN again': phased(CROWD, both, add),
    'DEL IN': phased(CROWD, add, del),
    'ADD + DEL IN': timed((n) => {
      for (let i = 0; i < n; i++) {
        vpoll_ctl(one, ADD, EPOLLIN);
        vpoll_ctl(one, DEL, EPOLLIN);
      }
    }),
    'ADD + DEL OUT': timed((n) => {
      for (let i = 0; i < n; i++) {
        vpoll_ctl(one, ADD, EPOLLOUT);
        vpoll_ctl(one, DEL, EPOLLOUT);
      }
    }),
    'SET IN + SET OUT': timed((n) => {
      for (let i = 0; i < n; i++) {
        vpoll_ctl(one, SET, EPOLLIN);
        vpoll_ctl(one, SET, EPOLLOUT);
      }
      vpoll_ctl(one, SET, 0);
    }),
    'no-op (DEL of nothing set)': timed((n) => {
      for (let i = 0; i < n; i++) vpoll_ctl(one, DEL, EPOLLIN);
    }),
  };
}

function createRuns(backend: BackendName): Competitor[] {
  const objects = (exclusive: boolean): Run =>
    timed((n) => {
      for (let i = 0; i < n; i++) VPoll.create({ backend, exclusive }).close();
    });
  const numbers = timed((n) => {
    for (let i = 0; i < n; i++) vpoll_close(vpoll_create(0, FD_CLOEXEC, { backend }));
  });
  return [
    { name: SHARED, run: objects(false) },
    { name: EXCLUSIVE, run: objects(true) },
    { name: BY_NUMBER, run: numbers },
  ];
}

async function measureBackend(backend: BackendName, { effort }: Context, part: Part): Promise<void> {
  const crowd = (exclusive: boolean): VPoll[] => Array.from({ length: CROWD }, () => VPoll.create({ backend, exclusive }));
  const [shared, exclusive] = [crowd(false), crowd(true)];
  const numbers = Array.from({ length: CROWD }, () => vpoll_create(0, FD_CLOEXEC, { backend }));
  const [firstShared, firstExclusive, firstNumber] = [shared[0], exclusive[0], numbers[0]];
  if (!firstShared || !firstExclusive || firstNumber === undefined) return;
  const columns: [string, Record<string, Run>][] = [
    [SHARED, objectRuns(shared, firstShared)],
    [EXCLUSIVE, objectRuns(exclusive, firstExclusive)],
    [BY_NUMBER, numberRuns(numbers, firstNumber)],
  ];
  const ratios = [
    { of: EXCLUSIVE, to: SHARED },
    { of: BY_NUMBER, to: SHARED },
  ];
  const rows: Comparison[] = Object.keys(columns[0]?.[1] ?? {}).map((op) => ({
    name: `${backend}: ${op}`,
    competitors: columns.flatMap(([name, runs]) => (runs[op] ? [{ name, run: runs[op] }] : [])),
    ratios,
  }));
  rows.push({ name: `${backend}: create + close`, competitors: createRuns(backend), ratios });
  for (const row of rows) part.rows.push(await compare(row, effort));
  for (const vp of [...shared, ...exclusive]) vp.close();
  for (const fd of numbers) vpoll_close(fd);
}

/** Why `backend` can't be used here, or undefined. */
function missing(backend: string): string | undefined {
  try {
    VPoll.create({ backend: backend as BackendName }).close();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export async function measureCtl(context: Context): Promise<Part> {
  const columns = [SHARED, EXCLUSIVE, BY_NUMBER];
  const part: Part = { name: 'ctl', title: 'A change, by backend', columns, rows: [], omitted: [] };
  for (const backend of BACKENDS) {
    const reason = missing(backend);
    if (reason === undefined) await measureBackend(backend as BackendName, context, part);
    else part.omitted.push({ name: backend, reason });
  }
  return part;
}
