// SPDX-License-Identifier: LGPL-2.1-or-later

// How each test of the Poller runs: with a Poller of its own, with the garbage collector forced between its steps and all the time in
// between, and with the descriptors of the process counted before and after.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Test } from 'uvu';
import * as assert from 'uvu/assert';
import { Poller, VPoll, type PollEvent, type WaitOptions } from '../../../src/index.js';
import { countFds } from '../../real/support/libc.js';

type Collect = () => void;

function loadCollector(): Collect {
  const bun = (globalThis as { Bun?: { gc(sync: boolean): void } }).Bun;
  if (bun)
    return () => {
      bun.gc(true);
    };
  const exposed = (globalThis as { gc?: Collect }).gc;
  if (exposed) return exposed;
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as Collect;
}

/** Collects all garbage now. */
export const collect = loadCollector();

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
    if (performance.now() - start > 30_000) throw new Error(`in 30 s it did not come about: ${what}`);
    await turnOfLoop();
  }
}

/** Registers a test, see the top of the file. */
export function scenario(
  test: Test | ((name: string, run: () => Promise<void>) => void),
  name: string,
  body: (stage: Stage) => Promise<void>,
): void {
  test(name, async () => {
    await turn();
    const before = countFds();
    const closers: (() => void)[] = [];
    const poller = Poller.create();
    const storm = setInterval(collect, 10);
    const wait = async (options?: WaitOptions): Promise<PollEvent[]> => {
      collect();
      const batch = await poller.wait(options);
      collect();
      return batch;
    };
    const vpoll = (events = 0): VPoll => {
      const vp = VPoll.create({ backend: 'socketpair', events });
      closers.push(() => {
        vp.close();
      });
      return vp;
    };
    try {
      await body({ poller, vpoll, own: (close) => closers.push(close), wait });
    } finally {
      clearInterval(storm);
      for (const close of closers.reverse()) close();
      await poller[Symbol.asyncDispose]();
    }
    await turn();
    assert.is(countFds(), before, 'descriptors are left');
  });
}
