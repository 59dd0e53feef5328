// SPDX-License-Identifier: LGPL-2.1-or-later

// The simulation. Measured are operations of the simulated kernel, with the core over it and the hash of the trace on. So is how long a
// thousand runs of a reactor take, and how many runs it takes to find classic bugs (test/sim/bugs).

import { EPOLLIN, explore, type Kernel, type KernelVPoll, type Strategy, type Tasks } from 'vpoll/sim';
import { findFirst, toSearch } from '../src/sim/explore.js';
import { createMachine, type SimExports } from '../src/sim/machine.js';
import { N } from '../src/sim/numbers.js';
import { BUGS, type Bug } from '../test/sim/bugs/index.js';
import type { Context } from './context.js';
import { value, type Part, type Row } from './results.js';

const OPERATIONS = 'operations of the kernel';
const EXPLORE = 'explore';
/** Twenty operations: 40 % ctl, 30 % epoll_wait, 20 % task switches, 10 % create and close. */
const PATTERN = 20;
/** So many before the machine begins anew: its list of choices is not endless. */
const CHUNK = 200_000;
const OPERATIONS_TARGET = 2_000_000;
const SEEDS = 1000;
const SEEDS_MS_TARGET = 10_000;
const JOBS = 5;
const STRATEGIES: Readonly<Record<string, Strategy | undefined>> = {
  default: undefined,
  random: 'random',
  'pct 2': { pct: 2 },
  'pct 3': { pct: 3 },
};
const BUG_SEEDS = 20;
const SEEDS_APART = 1_000_000;
const RUNS_MAX = 2000;
const RUNS_TARGET = 500;
const EVENTFD = 1;
const FOR_GOOD = 1n << 62n;

/** A task hands the processor on, and the one that is chosen goes on. */
function switchTasks(machine: SimExports, running: number): number {
  machine.call(running, N.YIELD, 0, 0, 0, 0);
  const next = machine.pick(FOR_GOOD);
  machine.resume(next);
  machine.enter(next);
  return next;
}

/** Twenty operations in turn, `count` / 20 times. */
function operate(machine: SimExports, count: number): void {
  machine.boot(618, 3);
  machine.keepTrace(false);
  machine.choose(0, 1n, false, 0, 0);
  let running = machine.spawn();
  const other = machine.thread(running);
  machine.call(other, N.YIELD, 0, 0, 0, 0);
  machine.enter(running);
  const fd = machine.create(EVENTFD, 0, 0, 0, 0);
  const epoll = machine.call(running, N.EPOLL, 0, 0, 0, 0);
  const room = machine.room(256);
  const view = new DataView(machine.memory.buffer);
  view.setUint32(room, EPOLLIN, true);
  view.setBigUint64(room + 8, 1n, true);
  machine.call(running, N.EPOLL_CTL, epoll, 1, fd, room);
  for (let i = 0; i < count; i += PATTERN) {
    for (let j = 0; j < 2; j++) {
      machine.ctl(fd, 0, 1, EPOLLIN);
      machine.call(running, N.EPOLL_WAIT, epoll, room, 16, 0);
      machine.ctl(fd, 0, 2, EPOLLIN);
      machine.call(running, N.EPOLL_WAIT, epoll, room, 16, 0);
      running = switchTasks(machine, running);
      machine.ctl(fd, 0, 3, EPOLLIN);
      machine.call(running, N.EPOLL_WAIT, epoll, room, 16, 0);
      machine.ctl(fd, 0, 3, 0);
      running = switchTasks(machine, running);
    }
    machine.close(machine.create(EVENTFD, 0, 0, 0, 0), 0);
  }
}

function measureOperations({ effort }: Context): Row {
  const machine = createMachine();
  const samples: number[] = [];
  for (let round = 0; round < effort.rounds + 3; round++) {
    const start = performance.now();
    operate(machine, CHUNK);
    // The first ones are V8 warming up.
    if (round >= 3) samples.push((CHUNK / (performance.now() - start)) * 1000);
  }
  const rate = value('operations/s', samples);
  const verdict = rate.median >= OPERATIONS_TARGET ? 'ok' : 'MISSED';
  return {
    name: OPERATIONS,
    values: { 'vpoll/sim': rate },
    ratios: [],
    remark: `40 % ctl, 30 % epoll_wait, 20 % task switches, 10 % create and close; at least ${OPERATIONS_TARGET}: ${verdict}`,
  };
}

/** A reactor and a producer of jobs. */
function reactor(): Tasks {
  const queue: number[] = [];
  let vp: KernelVPoll | undefined;
  return {
    reactor: async ({ VPoll, Poller, sleep }: Kernel) => {
      vp = VPoll.create();
      const poller = Poller.create();
      poller.add(vp, EPOLLIN);
      for (let done = 0; done < JOBS;) {
        await poller.wait();
        vp.delete(EPOLLIN);
        for (; queue.length > 0; done++) {
          queue.shift();
          await sleep(1);
        }
      }
      poller.close();
    },
    producer: async ({ sleep }: Kernel) => {
      while (!vp) await sleep(1);
      for (let job = 0; job < JOBS; job++) {
        queue.push(job);
        vp.add(EPOLLIN);
        await sleep(job % 3);
      }
    },
  };
}

async function measureExplore({ effort }: Context): Promise<Row> {
  const samples: number[] = [];
  for (let round = 0; round < effort.starts; round++) {
    const start = performance.now();
    const { failure } = await explore({ tasks: reactor, runs: SEEDS });
    if (failure) throw new Error(failure.message);
    samples.push(performance.now() - start);
  }
  const time = value('ms', samples);
  const verdict = time.median <= SEEDS_MS_TARGET ? 'ok' : 'MISSED';
  return {
    name: EXPLORE,
    values: { 'vpoll/sim': time },
    ratios: [],
    remark: `${SEEDS} runs of a reactor; at most ${SEEDS_MS_TARGET} ms: ${verdict}`,
  };
}

/** How many runs it takes from each of some seeds. A bug that isn't found counts as if it were in the last run. */
async function measureBug(bug: Bug, seeds: number): Promise<Row> {
  const values: Row['values'] = {};
  const late: string[] = [];
  for (const [name, strategy] of Object.entries(STRATEGIES)) {
    const samples: number[] = [];
    for (let i = 0; i < seeds; i++) {
      const { runs, found } = await findFirst(
        toSearch({ tasks: () => bug.tasks(false), strategy, runs: RUNS_MAX, seed: i * SEEDS_APART }),
      );
      samples.push(runs);
      if (!found) late.push(name);
    }
    values[name] = { ...value('runs', samples), mean: samples.reduce((sum, runs) => sum + runs, 0) / seeds };
  }
  const isSlow = values.default!.mean! > RUNS_TARGET;
  const missing = late.length === 0 ? '' : `; not in ${RUNS_MAX} runs: ${late.join(', ')}`;
  return {
    name: bug.name,
    values,
    ratios: [],
    remark: `mean of ${seeds} seeds, by default at most ${RUNS_TARGET}: ${isSlow ? 'MISSED' : 'ok'}${missing}`,
  };
}

export async function measureSim(context: Context): Promise<Part> {
  const rows = [measureOperations(context), await measureExplore(context)];
  for (const bug of BUGS) rows.push(await measureBug(bug, BUG_SEEDS));
  const columns = ['vpoll/sim', ...Object.keys(STRATEGIES)];
  return { name: 'sim', title: 'The simulation, on one processor', columns, rows, omitted: [] };
}
