// SPDX-License-Identifier: LGPL-2.1-or-later

// Programs for a runtime without AsyncLocalStorage: one that it runs, and some that share promises. It must import nothing but types.

import type { Kernel, KernelVPoll, simulate, SimulationResult, Tasks } from '../../../src/sim/index.js';

export type Outcome = Pick<SimulationResult, 'hash' | 'failure'>;

export const CROWD_SEED = 5;

/** A producer and two consumers, who wait for nothing but their kernel. */
export function crowd(): Tasks {
  let shared: KernelVPoll | undefined;
  const consumer = async ({ Poller, sleep }: Kernel): Promise<void> => {
    while (!shared) await sleep(1);
    const poller = Poller.create();
    poller.add(shared, 1, { edge: true });
    for (let i = 0; i < 3; i++) await Promise.race([poller.wait({ timeoutMs: 20 }), sleep(30)]);
    poller.close();
  };
  return {
    producer: async ({ VPoll, sleep }) => {
      shared = VPoll.create();
      for (let i = 0; i < 5; i++) {
        await sleep(7);
        shared.add(1);
      }
    },
    first: consumer,
    second: consumer,
  };
}

/** A promise, and what resolves it: it knows of no more than its kernel. */
function signal(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

interface Sharing {
  readonly tasks: () => Tasks;
  /** The task that is refused, and how. */
  readonly refusal: RegExp;
}

export const SHARING: Record<string, Sharing> = {
  deferred: {
    refusal: /^a .*it waits for something that its kernel doesn't give/,
    tasks: () => {
      const { promise, resolve } = signal();
      return {
        a: () => promise,
        b: async ({ sleep }) => {
          await sleep(5);
          resolve();
        },
      };
    },
  },
  race: {
    refusal: /^a .*it went on by a promise of b, or b uses its kernel/,
    tasks: () => {
      const { promise, resolve } = signal();
      return {
        a: async ({ sleep }) => {
          await Promise.race([sleep(10), promise]);
          await sleep(100);
        },
        b: async ({ sleep }) => {
          await sleep(5);
          resolve();
          await sleep(300);
        },
      };
    },
  },
  last: {
    refusal: /^a .*it went on by a promise of b/,
    tasks: () => {
      const { promise, resolve } = signal();
      return {
        a: ({ sleep }) => Promise.race([sleep(10), promise]),
        b: async ({ sleep }) => {
          await sleep(5);
          resolve();
          await sleep(300);
        },
      };
    },
  },
  timer: {
    refusal: /^a .*it waits for something that its kernel doesn't give/,
    tasks: () => ({
      a: async () => {
        await new Promise((resolve) => setTimeout(resolve, 1));
      },
    }),
  },
};

/** What each comes to, with this simulate(). */
export async function outcomes(run: typeof simulate): Promise<Record<string, Outcome>> {
  const programs = Object.entries(SHARING).map(([name, { tasks }]) => [name, tasks] as const);
  const results: Record<string, Outcome> = {};
  for (const [name, make] of [['crowd', crowd] as const, ...programs]) {
    const { hash, failure } = await run({ tasks: make(), seed: CROWD_SEED, report: () => undefined });
    results[name] = { hash, failure };
  }
  return results;
}
