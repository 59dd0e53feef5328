// SPDX-License-Identifier: LGPL-2.1-or-later

// A reactor that loses a wake-up: it empties its queue, has something to do, and only then takes the event away. What comes in between is
// in the queue, and nobody will say so. explore() finds the run in which that happens, makes it small, and says how to see it again.
// Run: node examples/lost-wakeup.mjs (or bun, or deno run -A); `fixed` behind it runs the reactor that is right.

import { explore } from 'vpoll/sim';

const isFixed = globalThis.process?.argv[2] === 'fixed';
const JOBS = 5;

/** @param {import('vpoll/sim').Kernel} kernel @param {import('vpoll/sim').KernelVPoll} vp @param {number[]} queue */
async function reactor({ Poller, sleep }, vp, queue) {
  const poller = Poller.create();
  poller.add(vp, 'IN');
  for (let done = 0; done < JOBS;) {
    await poller.wait();
    if (isFixed) vp.delete('IN');
    for (; queue.length > 0; done++) {
      queue.shift();
      await sleep(1);
    }
    if (!isFixed) {
      // The mistake: between the last look at the queue and this, a job may have come.
      await sleep(0);
      vp.delete('IN');
    }
  }
  poller.close();
}

/** All that a run consists of, made anew for each. */
function tasks() {
  /** @type {number[]} */
  const queue = [];
  /** @type {import('vpoll/sim').KernelVPoll | undefined} */
  let vp;
  return {
    /** @param {import('vpoll/sim').Kernel} kernel */
    async reactor(kernel) {
      vp = kernel.VPoll.create();
      await reactor(kernel, vp, queue);
    },
    /** @param {import('vpoll/sim').Kernel} kernel */
    async producer({ sleep }) {
      while (!vp) await sleep(1);
      for (let job = 0; job < JOBS; job++) {
        queue.push(job);
        vp.add('IN');
        await sleep(job % 3);
      }
    },
  };
}

const { runs, seed, choices, failure, result } = await explore({ name: 'reactor', tasks, report: (text) => console.log(text) });
if (failure) {
  console.log(`found in run ${runs}${seed === undefined ? '' : ` (seed ${seed})`}: ${failure.kind}, ${failure.message}`);
  console.log(`of ${choices?.found} choices that matter ${choices?.left} are left; the run's hash is ${result?.hash}`);
} else console.log(`${runs} runs, all well`);
