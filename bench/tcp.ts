// SPDX-License-Identifier: LGPL-2.1-or-later

// The tcp backend: each bit on and off, a hangup and its end, poll(2), a wake-up, create and close. Beside it stands the socketpair where
// that can do the same. The floor is a write(2) to an eventfd: in place of a change, and in place of the change that wakes.

import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, Poller, VPoll, type BackendName } from 'vpoll';
import type { Context } from './context.js';
import { compare, timed, type Competitor } from './interleave.js';
import { allocate, calls, openEventfd } from './libc.js';
import type { Part } from './results.js';

type Run = Competitor['run'];

const FLOOR = 'eventfd';
const BACKENDS: readonly BackendName[] = ['tcp', 'socketpair'];

interface Row {
  name: string;
  /** Undefined where this backend can't do it. */
  on: (backend: BackendName, vp: VPoll) => Run | undefined;
  floor: (fd: number, word: number) => Run;
}

function writes(count: number): Row['floor'] {
  return (fd, word) =>
    timed((n) => {
      for (let i = 0; i < n * count; i++) calls.write(fd, word, 8);
    });
}

function toggle(name: string, bit: number, backends: readonly BackendName[]): Row {
  return {
    name: `ADD + DEL ${name}`,
    on: (backend, vp) =>
      backends.includes(backend)
        ? timed((n) => {
            for (let i = 0; i < n; i++) {
              vp.add(bit);
              vp.delete(bit);
            }
          })
        : undefined,
    floor: writes(2),
  };
}

/** From `wake` to the promise of a Poller: one after the other, each awaited. */
function wakes(fd: number, wake: () => void, clear: () => void): Run {
  return async (n) => {
    const poller = Poller.create();
    poller.add(fd, EPOLLIN);
    let spent_ns = 0;
    for (let i = 0; i < n; i++) {
      const waiting = poller.wait();
      const began = process.hrtime.bigint();
      wake();
      await waiting;
      spent_ns += Number(process.hrtime.bigint() - began);
      clear();
    }
    poller.close();
    return spent_ns;
  };
}

const ROWS: readonly Row[] = [
  toggle('IN', EPOLLIN, BACKENDS),
  toggle('OUT', EPOLLOUT, BACKENDS),
  toggle('PRI', EPOLLPRI, ['tcp']),
  toggle('ERR', EPOLLERR, ['tcp']),
  toggle('HUP', EPOLLHUP, ['tcp']),
  {
    name: 'poll(2), by events',
    on: (_, vp) =>
      timed((n) => {
        let seen = 0;
        for (let i = 0; i < n; i++) seen |= vp.events;
        if (seen < 0) throw new Error('a mask has 14 bits');
      }),
    floor: writes(1),
  },
  {
    name: 'create + close',
    on: (backend) =>
      timed((n) => {
        for (let i = 0; i < n; i++) VPoll.create({ backend }).close();
      }),
    floor: () =>
      timed((n) => {
        for (let i = 0; i < n; i++) calls.close(openEventfd());
      }),
  },
  {
    name: 'wake-up, by a Poller',
    on: (_, vp) =>
      wakes(
        vp.fd,
        () => {
          vp.add(EPOLLIN);
        },
        () => {
          vp.delete(EPOLLIN);
        },
      ),
    floor: (fd, word) =>
      wakes(
        fd,
        () => void calls.write(fd, word, 8),
        () => void calls.read(fd, word + 8, 8),
      ),
  },
];

export async function measureTcp({ effort }: Context): Promise<Part> {
  const part: Part = { name: 'tcp', title: 'The tcp backend', columns: [...BACKENDS, FLOOR], rows: [], omitted: [] };
  const fd = openEventfd();
  const words = allocate(16);
  words.view.setBigUint64(0, 1n, true);
  for (const { name, on, floor } of ROWS) {
    const vps = BACKENDS.map((backend) => [backend, VPoll.create({ backend, passing: true })] as const);
    const competitors: Competitor[] = [];
    for (const [backend, vp] of vps) {
      const run = on(backend, vp);
      if (run) competitors.push({ name: backend, run });
    }
    competitors.push({ name: FLOOR, run: floor(fd, words.address) });
    const ratios = competitors.slice(0, -1).map(({ name: of }) => ({ of, to: FLOOR }));
    part.rows.push(await compare({ name, competitors, ratios }, effort));
    for (const [, vp] of vps) vp.close();
  }
  calls.close(fd);
  return part;
}
