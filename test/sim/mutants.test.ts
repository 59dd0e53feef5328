// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 900

// Five bugs in the core and in the simulated kernel, each found by comparing with the real kernel alone, and by explore() alone.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { setModule } from '../../src/sim/machine.js';
import { EPOLLIN, EPOLLOUT, explore, type Exploration, type Kernel, type KernelVPoll, type Tasks } from '../../src/sim/index.js';
import { needs } from '../support/needs.js';
import { seedOfTheDay } from '../support/random.js';
import { compareCores } from './support/core-search.js';
import { RealSide, SimSide } from './support/core-sides.js';
import { compileMutants, MUTANTS, useMutant } from './support/mutants.js';

const SEEDS = 1000;
const onLinux = needs(test, { name: 'Linux', has: process.platform === 'linux' });

/** A maker of events and one that waits for edges. What a vpoll promises is what it takes to pass. */
function tasks(): Tasks {
  let vp: KernelVPoll | undefined;
  return {
    maker: async ({ VPoll, sleep }: Kernel) => {
      vp = VPoll.create({ backend: 'socketpair', events: EPOLLOUT });
      const { fd } = vp;
      for (let i = 0; i < 3; i++) {
        await sleep(10);
        vp.add(EPOLLIN);
      }
      await sleep(30);
      vp.delete(EPOLLOUT);
      await sleep(30);
      vp.set(EPOLLOUT);
      await sleep(30);
      vp.close();
      const next = VPoll.create({ backend: 'socketpair' });
      // The lowest numbers are free again: that of the vpoll, and that of its hidden end.
      if (next.fd !== fd) throw new Error(`fd ${next.fd} after ${fd}`);
      const other = VPoll.create({ backend: 'socketpair' });
      if (other.fd !== fd + 3) throw new Error(`fd ${other.fd} after ${fd}`);
      next.close();
      other.close();
    },
    waiter: async ({ Poller, sleep }: Kernel) => {
      while (!vp) await sleep(1);
      const poller = Poller.create();
      poller.add(vp, EPOLLIN | EPOLLOUT, { edge: true });
      const expected = [EPOLLOUT, EPOLLIN | EPOLLOUT, EPOLLIN | EPOLLOUT, EPOLLIN | EPOLLOUT, 0, EPOLLOUT];
      for (const events of expected) {
        const [ready] = await poller.wait({ timeoutMs: events === 0 ? 45 : 100 });
        const got = ready?.events ?? 0;
        if (got !== events) throw new Error(`${got}, not ${events}`);
      }
      // The poller stays open: its number is not to be free when the maker counts them.
    },
  };
}

/** On the way of a SET, nobody may see a bit of the new mask beside one that is to go. */
function checkSets(trace: string): void {
  let path: number[] = [];
  for (const line of trace.split('\n')) {
    if (/ vpoll_ctl \d+ 3 /.test(line)) {
      const [old, final] = [path[0] ?? 0, path[path.length - 1] ?? 0];
      for (const mask of path) if (mask & old & ~final && mask & final & ~old) throw new Error(`SET shows ${mask}`);
    }
    if (/ vpoll_/.test(line)) path = [];
    for (const [, before, after] of line.matchAll(/#1 (0x[\da-f]+)>(0x[\da-f]+)/g)) path.push(Number(before), Number(after));
  }
}

function search(): Promise<Exploration> {
  return explore({
    tasks,
    runs: SEEDS,
    faults: { delay: { ratio: [1, 10], maxUs: 100 }, spurious: [1, 10], EINTR: [1, 10] },
    check: ({ trace }) => {
      checkSets(trace);
    },
    report: () => undefined,
  });
}

onLinux(`${SEEDS} programs go alike on the core over both kernels, and as many runs do what is promised`, async () => {
  const first = seedOfTheDay('cores') * SEEDS;
  assert.is(compareCores(new RealSide(), new SimSide(), first, SEEDS)?.difference, undefined);
  const { failure, runs } = await search();
  assert.is(failure?.message, undefined);
  assert.is(runs, SEEDS);
});

let module: Promise<WebAssembly.Module> | undefined;

for (const [index, mutant] of MUTANTS.entries()) {
  onLinux(`${mutant.name}: found by either`, async () => {
    module ??= compileMutants(MUTANTS);
    useMutant(await module, index + 1);
    try {
      const compared = compareCores(new RealSide(), new SimSide(), 0, SEEDS);
      const { failure, seed } = await search();
      console.log(`${mutant.name}: seed ${compared?.seed ?? 'none'} differs, seed ${seed ?? 'none'} fails (${failure?.message})`);
      assert.ok(compared, 'no difference');
      assert.ok(failure, 'no failure');
    } finally {
      setModule(undefined);
    }
  });
}

test.run();
