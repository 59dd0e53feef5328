// SPDX-License-Identifier: LGPL-2.1-or-later

// A program that ends while Pollers in it wait: the main thread of a process, or the Workers that it starts one after the other. A program of its own
// in plain JavaScript (support/ending.ts makes it so): what loads a file in TypeScript would change how it ends.

import { openSync, writeSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { Poller, PollTarget } from '../../../src/index.js';

/** What one environment does. */
export interface Ending {
  /** The URL of the library. */
  library: string;
  /** A FIFO for the pipes that are not vpoll's. */
  fifo: string;
  way: keyof typeof WAYS;
  how: keyof typeof HOWS;
}

/** What a process does: it ends so itself, or `workers` of its Workers do, and then it says how. */
export interface Order extends Ending {
  workers: number;
}

/** What became of a Worker: its exit code, and the error that ended it. */
export type Outcome = [code: number, error: string];

const { way, how, library, fifo, workers } = (isMainThread ? JSON.parse(process.argv[2]!) : workerData) as Order;
const { EPOLLIN, Poller: Pollers, VPoll } = (await import(library)) as typeof import('../../../src/index.js');

/** Ways to wait for one target, by a Poller of its own. */
const WAYS = {
  level: (poller: Poller, target: PollTarget) => {
    poller.add(target, EPOLLIN, { listener: () => undefined });
  },
  edge: (poller: Poller, target: PollTarget) => {
    poller.add(target, EPOLLIN, { edge: true, listener: () => undefined });
  },
  listener: (poller: Poller, target: PollTarget) => {
    const listener = (): void => {
      poller.delete(target);
      poller.add(target, EPOLLIN, { listener });
    };
    poller.add(target, EPOLLIN, { listener });
  },
  wait: (poller: Poller, target: PollTarget) => {
    poller.add(target, EPOLLIN);
    return poller.wait();
  },
  watch: async (poller: Poller, target: PollTarget) => {
    for await (const events of poller.watch(target, EPOLLIN)) if (events === 0) return;
  },
  iteration: async (poller: Poller, target: PollTarget) => {
    poller.add(target, EPOLLIN);
    for await (const batch of poller) if (batch.length === 0) return;
  },
};

/** Something is ready from when `raise` was called. */
type Raise = () => void;

const soon = (run: () => void): void => void setTimeout(run, 5);

/** Ways to end. Those that end by themselves keep nothing alive. */
const HOWS = {
  'nothing left, and an event there': (raise: Raise) => {
    raise();
  },
  'nothing left, and an event at last': (raise: Raise) => {
    setTimeout(raise, 20);
  },
  'nothing left, and no event': () => undefined,
  'an event in beforeExit': (raise: Raise) => {
    process.once('beforeExit', raise);
  },
  'an event in exit': (raise: Raise) => {
    process.once('exit', raise);
  },
  'process.exitCode': (raise: Raise) => {
    process.exitCode = 4;
    soon(raise);
  },
  'process.exit()': (raise: Raise) => {
    soon(() => {
      raise();
      process.exit(3);
    });
  },
  'an uncaught error': (raise: Raise) => {
    soon(() => {
      raise();
      throw new Error('mine');
    });
  },
  'an unhandled rejection': (raise: Raise) => {
    soon(() => {
      raise();
      void Promise.reject(new Error('mine'));
    });
  },
  'terminate()': (raise: Raise) => {
    soon(() => {
      raise();
      parentPort!.postMessage('ready');
    });
    setInterval(() => undefined, 1000);
  },
  'terminate() while Pollers come and go': (raise: Raise) => {
    raise();
    parentPort!.postMessage('ready');
    setInterval(comeAndGo, 1);
  },
};

/** Makes Pollers that wait, and closes them. */
function comeAndGo(): void {
  using vp = VPoll.create({ backend: 'socketpair', events: EPOLLIN });
  for (let i = 0; i < 50; i++) {
    using poller = Pollers.create();
    begin(poller, vp);
  }
}

/** Their waits end by the close of a Poller, too. */
function begin(poller: Poller, target: PollTarget): void {
  void Promise.resolve(WAYS[way](poller, target)).catch(() => undefined);
}

/** Waits for three carriers, and ends. */
function wait(): void {
  const raises: Raise[] = [];
  const add = (target: PollTarget, raise: Raise): void => {
    const poller = Pollers.create();
    if (how.startsWith('nothing') || how.startsWith('an event') || how === 'process.exitCode') poller.unref();
    else poller.ref();
    begin(poller, target);
    raises.push(raise);
  };
  for (const backend of ['socketpair', 'tcp'] as const) {
    const vp = VPoll.create({ backend });
    add(vp, () => {
      vp.add(EPOLLIN);
    });
  }
  const fd = openSync(fifo, 'r+');
  add(fd, () => {
    writeSync(fd, 'x');
  });
  HOWS[how](() => {
    for (const raise of raises) raise();
  });
}

/** Runs a Worker to its end. `nth`: the moment at which it is terminated is another for each. */
function runWorker(nth: number): Promise<Outcome> {
  const order: Ending = { library, fifo, way, how };
  const worker = new Worker(process.argv[1]!, { workerData: order });
  let error = '';
  worker.on('error', (thrown: Error) => (error = thrown.message));
  const delay_ms = how === 'terminate()' ? 0 : nth % 7;
  worker.once('message', () => setTimeout(() => void worker.terminate(), delay_ms));
  return new Promise((resolve) => {
    worker.once('exit', (code) => {
      resolve([code, error]);
    });
  });
}

if (!isMainThread || workers === 0) wait();
else {
  const all: Outcome[] = [];
  for (let i = 0; i < workers; i++) all.push(await runWorker(i));
  console.log(JSON.stringify(all));
  process.exitCode = 7;
}
