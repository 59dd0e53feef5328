// SPDX-License-Identifier: LGPL-2.1-or-later

// The three programs that show what a vpoll is for, on virtual time: seconds of waiting take milliseconds, and the output is the same each
// time. Run: node examples/simulated-demos.mjs [eventfd | device | libvpoll] (or bun, or deno run -A)

import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP, simulate } from 'vpoll/sim';

const INTEREST = EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLOUT | EPOLLHUP | EPOLLPRI;

/**
 * What the process that makes the events does: a pause in seconds, and the events that are added after it.
 * @type {[number, number][]}
 */
const KERNEL = [
  [3, EPOLLIN],
  [2, EPOLLIN],
  [2, EPOLLIN | EPOLLPRI],
  [2, EPOLLPRI],
  [2, EPOLLOUT],
  [2, EPOLLHUP],
];
/** @type {[number, number][]} */
const LIBRARY = [
  [3, EPOLLIN],
  [3, EPOLLIN],
  [3, EPOLLOUT],
  [3, EPOLLHUP],
];

/** @typedef {{ backend: import('vpoll/sim').BackendName, steps: [number, number][], timeout: string }} Demo */

/** @type {Record<string, Demo>} */
const DEMOS = {
  eventfd: { backend: 'eventfd', steps: KERNEL, timeout: 'timeout...' },
  device: { backend: 'device', steps: KERNEL, timeout: 'timeout...' },
  libvpoll: { backend: 'socketpair', steps: LIBRARY, timeout: 'timeout' },
};

/** @param {Demo} demo */
async function play({ backend, steps, timeout }) {
  /** @type {import('vpoll/sim').KernelVPoll} */
  let vp;
  const { failure } = await simulate({
    strategy: 'round-robin',
    tasks: {
      async maker({ VPoll, sleep }) {
        vp = VPoll.create({ backend, policy: 'closest' });
        for (const [pause, events] of steps) {
          await sleep(pause * 1000);
          vp.add(events);
        }
      },
      async waiter({ Poller }) {
        const poller = Poller.create();
        poller.add(vp, INTEREST);
        for (let seen = 0; !(seen & EPOLLHUP);) {
          const [ready] = await poller.wait({ timeoutMs: 1000, max: 1 });
          seen = ready?.events ?? 0;
          console.log(ready ? `GOT event ${seen.toString(16)}` : timeout);
          if (ready) vp.delete(seen);
        }
        poller.close();
        vp.close();
      },
    },
  });
  if (failure) throw failure.error ?? new Error(failure.message);
}

const wanted = globalThis.process?.argv[2];
const played = Object.entries(DEMOS).filter(([name]) => wanted === undefined || name === wanted);
if (played.length === 0) throw new Error(`no demo ${wanted} (${Object.keys(DEMOS).join(', ')} are)`);
for (const [, demo] of played) await play(demo);
