// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 400

// What happens to a wait in one turn (an event, an abort, a close, a delete, a modify, in every order) and how it ends: the same on the
// real Poller and on the simulated one.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { realKernel, VPoll } from '../../src/index.js';
import { EPOLLIN, EPOLLOUT, type Kernel, type KernelPoller, type KernelVPoll } from '../../src/sim/index.js';
import { LOOPED } from '../real/support/backend.js';
import { runtime } from '../support/runtime.js';
import { well } from './support/simulated.js';

interface Stage {
  poller: KernelPoller;
  vp: KernelVPoll;
  abort: AbortController;
}

const ACTIONS: Record<string, (stage: Stage) => void> = {
  event: ({ vp }) => {
    vp.add(EPOLLIN);
  },
  taken: ({ vp }) => {
    vp.delete(EPOLLIN);
  },
  abort: ({ abort }) => {
    abort.abort('aborted');
  },
  close: ({ poller }) => {
    poller.close();
  },
  delete: ({ poller, vp }) => {
    poller.delete(vp);
  },
  modify: ({ poller, vp }) => {
    poller.modify(vp, EPOLLOUT);
  },
};
const OPTIONS = { level: {}, edge: { edge: true }, oneshot: { oneshot: true } };
const WAYS = ['wait', 'watch'] as const;
const PATIENCE_MS = 5000;

/** Every order of up to so many actions. In Bun and Deno each Poller starts a thread, so there are fewer. */
function orders(most: number): string[][] {
  if (most === 0) return [[]];
  const shorter = orders(most - 1);
  const longer = shorter.flatMap(
    (order) =>
    order.length < most - 1 ? [] : Object.keys(ACTIONS).filter((name) => !order.includes(name)).map((name) => [...order, name]), // prettier-ignore
  );
  return [...shorter, ...longer];
}

function codeOf(error: unknown): string {
  return typeof error === 'string' ? error : String((error as { code?: string }).code);
}

/** How a wait of so many milliseconds began and what was done to it in the same turn, with what came of it. */
async function play(
  kernel: Kernel,
  way: (typeof WAYS)[number],
  options: object,
  isReady: boolean,
  order: string[],
  ms: number,
): Promise<string> {
  const said: string[] = [];
  const vp = kernel.VPoll.create(kernel.VPoll === VPoll ? { backend: LOOPED } : {});
  const poller = kernel.Poller.create();
  const abort = new AbortController();
  if (isReady) vp.add(EPOLLIN);
  let ending: Promise<unknown>;
  if (way === 'wait') {
    poller.add(vp, EPOLLIN, options);
    ending = poller.wait({ signal: abort.signal, timeoutMs: ms }).then((batch) => batch.map(({ events }) => events));
  } else {
    ending = poller.watch(vp, EPOLLIN, { signal: abort.signal, edge: 'edge' in options }).next();
    ending = ending.then((step) => (step as { value?: number }).value ?? 'done');
    void kernel.sleep(2 * ms).then(() => { poller.close(); }); // prettier-ignore
  }
  const ended = ending.then(String, codeOf);
  for (const name of order) {
    try {
      ACTIONS[name]!({ poller, vp, abort });
    } catch (error) {
      said.push(`${name} ${codeOf(error)}`);
    }
  }
  said.push(await ended);
  if (way === 'wait') {
    const rest = poller.wait({ timeoutMs: 0 }).then((batch) => String(batch.map(({ events }) => events)), codeOf);
    said.push(`then ${await rest}`);
  }
  await kernel.sleep(3);
  poller.close();
  vp.close();
  return said.join(', ');
}

/** `expected`: what each comes to, where that is known. Then an event has all the time that a busy machine takes. */
async function table(kernel: Kernel, expected: Record<string, string> = {}): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for (const way of WAYS) {
    for (const [name, options] of Object.entries(OPTIONS)) {
      if (way === 'watch' && name === 'oneshot') continue;
      for (const isReady of [false, true]) {
        for (const order of orders(way === 'wait' && runtime === 'node' ? 3 : 2)) {
          const key = `${way} ${name}${isReady ? ' ready' : ''}: ${order.join(' ')}`;
          all[key] = await play(kernel, way, options, isReady, order, /\d/.test(expected[key] ?? '') ? PATIENCE_MS : 1);
        }
      }
    }
  }
  return all;
}

test('an abort, a close, a change and an event in one turn: the simulated Poller ends a wait as the real one does', async () => {
  let real: Record<string, string> | undefined;
  for (let seed = 0; seed < 3; seed++) {
    let simulated: Record<string, string> = {};
    const main = async (kernel: Kernel): Promise<void> => {
      simulated = await table(kernel);
    };
    await well({ main }, { seed, maxCalls: 1_000_000 });
    real ??= await table(realKernel(), simulated);
    const differing = Object.keys(real).filter((key) => real![key] !== simulated[key]);
    assert.is(differing.map((key) => `${key}: ${simulated[key]}, and not ${real![key]}`).join('\n'), '', `seed ${seed}`);
  }
  assert.is(real!['wait level: event abort'], 'aborted, then 1');
  assert.is(real!['wait edge: event abort'], 'aborted, then 1');
});

test.run();
