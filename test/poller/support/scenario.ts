// SPDX-License-Identifier: LGPL-2.1-or-later

// How each test of the Poller runs: with a Poller of its own, and with the garbage collector forced at its steps and all the time in
// between. The descriptors of the process are counted before and after.

import { setImmediate as turnOfLoop, setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'uvu';
import { slowness } from '../../../tools/slowness.js';
import { Poller, VPoll, type PollEvent, type WaitOptions } from '../../../src/index.js';
import { LOOPED } from '../../real/support/backend.js';
import { countFds } from '../../real/support/libc.js';
import { collect } from '../../support/garbage.js';

export { collect };

/** What a test body works with. */
export interface Stage {
  poller: Poller;
  /** Makes a VPoll that is closed at the end of the test. */
  vpoll: (events?: number) => VPoll;
  /** Closes a descriptor at the end of the test, unless the test has. */
  own: (close: () => void) => void;
  /** A wait with garbage collections around it. */
  wait: (options?: WaitOptions) => Promise<PollEvent[]>;
}

/** Collects garbage, and gives finalizers and handles that are closing a turn. */
export async function turn(): Promise<void> {
  collect();
  await turnOfLoop();
  collect();
}

/** Waits until something holds. The limit is for a test that fails, not a measure of anything. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  for (const start = performance.now(); !holds();) {
    if (performance.now() - start > 30_000 * slowness) throw new Error(`in 30 s it did not come about: ${what}`);
    await turnOfLoop();
  }
}

/** Collects garbage again and again, for a part of all time that leaves some to the rest. Returns what ends it. */
function startStorm(): () => void {
  let timer: NodeJS.Timeout;
  const next = (took_ms: number): void => {
    timer = setTimeout(() => {
      const start = performance.now();
      collect();
      next(performance.now() - start);
    }, 2 * took_ms);
  };
  next(1);
  return () => {
    clearTimeout(timer);
  };
}

/** How often a body is run where descriptors are left: an engine opens some of its own once, a leak comes with each run. */
const RUNS = 3;
const GRACE_MS = 3000;

/** Whether the count of descriptors comes down again: a thread of a runtime's takes a moment to give back its own. */
async function comesDownTo(before: number): Promise<boolean> {
  for (const start = performance.now(); countFds() > before;) {
    if (performance.now() - start > GRACE_MS) return false;
    await sleep(5);
    await turn();
  }
  return true;
}

/** Registers a test, see the top of the file. */
export function scenario(
  test: Test | ((name: string, run: () => Promise<void>) => void),
  name: string,
  body: (stage: Stage) => Promise<void>,
): void {
  test(name, async () => {
    for (let run = 1; ; run++) {
      await turn();
      const before = countFds();
      await perform(body);
      if (await comesDownTo(before)) return;
      if (run === RUNS) throw new Error(`descriptors are left: ${countFds()}, and there were ${before}`);
    }
  });
}

async function perform(body: (stage: Stage) => Promise<void>): Promise<void> {
  const closers: (() => void)[] = [];
  const poller = Poller.create();
  const endStorm = startStorm();
  const wait = async (options?: WaitOptions): Promise<PollEvent[]> => {
    collect();
    const batch = await poller.wait(options);
    collect();
    return batch;
  };
  const vpoll = (events = 0): VPoll => {
    const vp = VPoll.create({ backend: LOOPED, events });
    closers.push(() => {
      vp.close();
    });
    return vp;
  };
  try {
    await body({ poller, vpoll, own: (close) => closers.push(close), wait });
  } finally {
    endStorm();
    for (const close of closers.reverse()) close();
    await poller[Symbol.asyncDispose]();
  }
}
