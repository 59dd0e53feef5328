// SPDX-License-Identifier: LGPL-2.1-or-later

// The floor: the bare system calls from a loop in JavaScript, beside the same calls from a loop in C.

import type { Context } from './context.js';
import { compare, timed, type Competitor } from './interleave.js';
import { allocate, calls, FIOCLEX, MSG_FLAGS, openEventfd, openPair } from './libc.js';
import type { Part } from './results.js';

const KOFFI = 'koffi';
const C = 'C';
const DRAIN = 16384;

interface Floor {
  name: string;
  /** Its name in loops.c. */
  loop: string;
  run: Competitor['run'];
}

function socketFloors(): Floor[] {
  const { send, recv, fstat, poll } = calls;
  const [a, b] = openPair();
  const { view, address } = allocate(DRAIN);
  const pollfd = allocate(8);
  pollfd.view.setInt32(0, a, true);
  pollfd.view.setInt16(4, 1, true);
  const run = (body: () => void): Competitor['run'] => {
    // Both buffers are named here so that they live as long as the loops.
    if (view.byteLength + pollfd.view.byteLength === 0) throw new Error('no memory');
    return timed((n) => {
      for (let i = 0; i < n; i++) body();
    });
  };
  return [
    {
      name: 'send + recv, unix pair',
      loop: 'send_recv',
      run: run(() => {
        send(b, address, 1, MSG_FLAGS);
        recv(a, address, DRAIN, MSG_FLAGS);
      }),
    },
    { name: 'recv of nothing (EAGAIN)', loop: 'recv_empty', run: run(() => void recv(a, address, DRAIN, MSG_FLAGS)) },
    { name: 'fstat, unix socket', loop: 'fstat', run: run(() => void fstat(a, address)) },
    { name: 'poll, unix socket', loop: 'poll', run: run(() => void poll(pollfd.address, 1, 0)) },
  ];
}

function floors(): Floor[] {
  const { abs, write, ioctl } = calls;
  const eventfd = openEventfd();
  const one = allocate(8);
  one.view.setBigUint64(0, 1n, true);
  return [
    {
      name: 'abs (no system call)',
      loop: 'abs',
      run: timed((n) => {
        for (let i = 0; i < n; i++) abs(-1);
      }),
    },
    {
      name: 'write, eventfd',
      loop: 'write',
      run: timed((n) => {
        one.view.setBigUint64(0, 1n, true);
        for (let i = 0; i < n; i++) write(eventfd, one.address, 8);
      }),
    },
    {
      name: 'ioctl(FIOCLEX), eventfd',
      loop: 'ioctl',
      run: timed((n) => {
        for (let i = 0; i < n; i++) ioctl(eventfd, FIOCLEX, 0);
      }),
    },
    ...socketFloors(),
  ];
}

export async function measureFloor({ effort, loops }: Context): Promise<Part> {
  const part: Part = { name: 'floor', title: 'The floor: bare calls', columns: [KOFFI, C], rows: [], omitted: [] };
  if (typeof loops === 'string') part.omitted.push({ name: C, reason: loops });
  for (const { name, loop, run } of floors()) {
    const competitors: Competitor[] = [{ name: KOFFI, run }];
    if (typeof loops !== 'string') competitors.push({ name: C, run: (n) => loops.run(loop, n) });
    part.rows.push(await compare({ name, competitors, ratios: [{ of: KOFFI, to: C }] }, effort));
  }
  return part;
}
