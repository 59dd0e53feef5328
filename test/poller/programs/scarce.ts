// SPDX-License-Identifier: LGPL-2.1-or-later

// Waits for a vpoll with 0, 1, 2, ... descriptors free, and prints the outcome of each as JSON: see ../descriptors.test.ts.
//
//     scarce WAY BACKEND LIMIT      until it was refused no more, and once again

import { setTimeout as sleep } from 'node:timers/promises';
import { EPOLLIN, Poller, VPoll, type BackendName, type VPollError } from '../../../src/index.js';
import { closeFd, dup, freeFds, steadyCount } from '../../real/support/libc.js';

/** The error of the call that was refused, and how many descriptors it has left taken; or the events that came. */
export interface Outcome {
  events?: number | undefined;
  refused?: (Pick<VPollError, 'code' | 'errno' | 'syscall'> & { hint: boolean; taken: number }) | undefined;
  /** What the same call gave once there was room. */
  again?: number | undefined;
}

type Attempt = (poller: Poller, vp: VPoll) => Promise<number | undefined>;

const WAYS: Record<string, Attempt> = {
  listener: (poller, vp) =>
    new Promise((resolve) => {
      poller.ref().add(vp, EPOLLIN, {
        listener: ({ events }) => {
          poller.delete(vp);
          resolve(events);
        },
      });
    }),
  wait: adding(async (poller) => (await poller.wait())[0]?.events),
  iteration: adding(async (poller) => (await poller[Symbol.asyncIterator]().next()).value?.[0]?.events),
  watch: async (poller, vp) => (await poller.watch(vp, EPOLLIN).next()).value,
};

/** Adds it first, unless it was. */
function adding(wait: (poller: Poller) => Promise<number | undefined>): Attempt {
  const added = new WeakSet<VPoll>();
  return (poller, vp) => {
    if (!added.has(vp)) poller.add(vp, EPOLLIN);
    added.add(vp);
    base = free();
    return wait(poller);
  };
}

const [way, backend, limit] = process.argv.slice(2);
const attempt = WAYS[way!]!;
const free = (): number => freeFds(Number(limit));
const probe = dup(0);
/** How many are free before the call. */
let base = 0;

async function refusal(error: VPollError): Promise<Outcome['refused']> {
  // A thread of a set that was given up takes a moment to end. The seconds are for a test that fails.
  for (let i = 0; i < 1000 && free() < base; i++) await sleep(10);
  const { code, errno, syscall, message } = error;
  // More may be free than before: what an earlier thread had is closed when its runtime comes to it.
  return { code, errno, syscall, hint: message.includes('ulimit -n'), taken: Math.max(0, base - free()) };
}

async function withFree(count: number): Promise<Outcome> {
  await steadyCount();
  using vp = VPoll.create({ backend: backend as BackendName, events: EPOLLIN });
  await using poller = Poller.create();
  const fill: number[] = [];
  const outcome: Outcome = {};
  while (free() > 0) fill.push(dup(probe));
  for (const fd of fill.splice(Math.max(0, fill.length - count))) closeFd(fd);
  base = count;
  try {
    outcome.events = await attempt(poller, vp);
  } catch (error) {
    outcome.refused = await refusal(error as VPollError);
  }
  for (const fd of fill) closeFd(fd);
  if (outcome.refused) outcome.again = await attempt(poller, vp);
  return outcome;
}

// What the runtime and the helper open once.
await withFree(free());
const all: Outcome[] = [];
for (let passed = 0; passed < 2;) {
  const one = await withFree(all.length);
  all.push(one);
  if (!one.refused) passed++;
}
console.log(JSON.stringify(all));
