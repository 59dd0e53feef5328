// SPDX-License-Identifier: LGPL-2.1-or-later

// The three programs that show what a vpoll is for, on virtual time: seconds of waiting take milliseconds, and the output is the same each
// time. Run: node examples/simulated-demos.mjs [eventfd | device | libvpoll] (or bun, or deno run -A)

import { EPOLLHUP, simulate } from 'vpoll/sim';

const INTEREST = 'IN|PRI|OUT|ERR|HUP|RDHUP';

/**
 * What the process that makes the events does: a pause in seconds, and the events that are added after it.
 * @typedef {[pause: number, events: import('vpoll/sim').Events][]} Steps
 */

/** @type {Steps} */
const KERNEL = [
  [3, 'IN'],
  [2, 'IN'],
  [2, 'IN|PRI'],
  [2, 'PRI'],
  [2, 'OUT'],
  [2, 'HUP'],
];
/** @type {Steps} */
const LIBRARY = [
  [3, 'IN'],
  [3, 'IN'],
  [3, 'OUT'],
  [3, 'HUP'],
];

/** @typedef {{ backend: import('vpoll/sim').BackendName, steps: Steps, timeout: string }} Demo */

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
