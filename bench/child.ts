// SPDX-License-Identifier: LGPL-2.1-or-later

// What has to be looked at in a process of its own. It imports nothing at the top: a cold start is to find nothing loaded.
//
//     child.js cold | koffi      ms until `vpoll` (or koffi alone) is imported, and until the first vpoll is there
//     child.js crowd KIND        what many instances cost
//     child.js calls COUNT       does each operation COUNT times between two marks that strace sees

import type { VPoll } from 'vpoll';

function print(result: object): void {
  process.stdout.write(JSON.stringify(result));
}

async function cold(): Promise<void> {
  const start = performance.now();
  const { VPoll } = await import('vpoll');
  const imported = performance.now();
  VPoll.create();
  const created = performance.now();
  VPoll.create();
  print({ import: imported - start, create: created - imported, next: performance.now() - created });
}

async function coldKoffi(): Promise<void> {
  const { createRequire } = await import('node:module');
  const load = createRequire(import.meta.url);
  const start = performance.now();
  load('koffi');
  print({ import: performance.now() - start });
}

async function crowd(kind: string): Promise<void> {
  const { crowdSize, measureSelf } = await import('./usage.js');
  const { FD_CLOEXEC, VPoll, vpoll_create } = await import('vpoll');
  const backend = kind === 'tcp' ? 'tcp' : VPoll.create().backend;
  const kept: unknown[] = [VPoll.create({ backend }), vpoll_create(0, FD_CLOEXEC, { backend })];
  const count = crowdSize();
  globalThis.gc?.();
  const before = measureSelf();
  if (kind === 'number') for (let i = 0; i < count; i++) vpoll_create(0, FD_CLOEXEC, { backend });
  else for (let i = 0; i < count; i++) kept.push(VPoll.create({ backend }));
  globalThis.gc?.();
  const after = measureSelf();
  print({ count, rss: after.rss - before.rss, slab: after.slab - before.slab, fds: after.fds - before.fds, kept: kept.length });
}

/** The operations that are counted, by name. */
function operations(shared: VPoll, exclusive: VPoll, IN: number, OUT: number): Record<string, () => unknown> {
  const pair = (vp: VPoll, events: number) => (): void => {
    vp.add(events);
    vp.delete(events);
  };
  return {
    'ADD + DEL IN': pair(shared, IN),
    'ADD + DEL OUT': pair(shared, OUT),
    'no-op': () => {
      shared.delete(IN);
    },
    events: () => shared.events,
    'exclusive: ADD + DEL IN': pair(exclusive, IN),
    'exclusive: ADD + DEL OUT': pair(exclusive, OUT),
    'exclusive: no-op': () => {
      exclusive.delete(IN);
    },
    'exclusive: SET 0 at 0': () => {
      exclusive.set(0);
    },
    'exclusive: events': () => exclusive.events,
  };
}

async function calls(count: number): Promise<void> {
  const { existsSync } = await import('node:fs');
  const { EPOLLIN, EPOLLOUT, VPoll } = await import('vpoll');
  const all = operations(VPoll.create(), VPoll.create({ exclusive: true }), EPOLLIN, EPOLLOUT);
  for (const [name, operation] of Object.entries(all)) {
    // What V8 does the first time is not the operation's.
    for (let i = 0; i < count; i++) operation();
    existsSync(`/vpoll-bench/begin/${name}`);
    for (let i = 0; i < count; i++) operation();
    existsSync(`/vpoll-bench/end/${name}`);
  }
}

const [what, argument = ''] = process.argv.slice(2);
if (what === 'cold') await cold();
else if (what === 'koffi') await coldKoffi();
else if (what === 'crowd') await crowd(argument);
else if (what === 'calls') await calls(Number(argument));
else throw new Error(`child.js: no ${what}`);
