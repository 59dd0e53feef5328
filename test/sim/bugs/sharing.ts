// SPDX-License-Identifier: LGPL-2.1-or-later

// Several who want the same: one gets nothing, two get it, or each waits for the other.

import { EPOLLIN, EPOLLOUT, type Kernel, type KernelVPoll, type Task } from '../../../src/sim/index.js';
import { createShared, type Bug } from './bug.js';

/** Of each batch the first event alone is handled, and one source is always ready. */
export const starvation: Bug = {
  name: 'starvation by level',
  tasks: (isMended) => {
    const [noisy, urgent] = [createShared(), createShared()];
    const jobs = 12;
    const patience = 5;
    let [queued, handled, isUrgent, wasServed] = [0, 0, false, false];
    return {
      reactor: async (kernel) => {
        const poller = kernel.Poller.create();
        poller.add(noisy(kernel), EPOLLIN, { data: 'noisy' });
        poller.add(urgent(kernel), EPOLLIN, { data: 'urgent' });
        let waited = 0;
        while (handled < jobs || !wasServed) {
          const batch = await poller.wait();
          for (const { data } of isMended ? batch : batch.slice(0, 1)) {
            if (data === 'urgent') {
              wasServed = true;
              urgent(kernel).delete(EPOLLIN);
              continue;
            }
            handled++;
            if (--queued === 0) noisy(kernel).delete(EPOLLIN);
            if (isUrgent && !wasServed && ++waited > patience) throw new Error('an urgent event starves');
            await kernel.sleep(0);
          }
        }
        poller.close();
      },
      noise: async (kernel) => {
        for (let job = 0; job < jobs; job++) {
          await kernel.sleep(1);
          queued++;
          noisy(kernel).add(EPOLLIN);
        }
      },
      alarm: async (kernel) => {
        await kernel.sleep(4);
        isUrgent = true;
        urgent(kernel).add(EPOLLIN);
      },
    };
  },
};

/** All that wait are woken, and two of them take the same job before it is off the list. */
export const herd: Bug = {
  name: 'herd takes a job twice',
  tasks: (isMended) => {
    const vpoll = createShared();
    const jobs: number[] = [];
    const ran = new Set<number>();
    const total = 3;
    const worker: Task = async (kernel) => {
      const poller = kernel.Poller.create();
      poller.add(vpoll(kernel), EPOLLIN);
      while (ran.size < total) {
        if ((await poller.wait({ timeoutMs: 10 })).length === 0) continue;
        const job = isMended ? jobs.shift() : jobs[0];
        if (jobs.length === 0) vpoll(kernel).delete(EPOLLIN);
        if (job === undefined) continue;
        await kernel.sleep(0);
        if (!isMended) jobs.splice(jobs.indexOf(job), 1);
        if (ran.has(job)) throw new Error(`job ${job} runs twice`);
        ran.add(job);
      }
      poller.close();
    };
    return {
      first: worker,
      second: worker,
      boss: async (kernel) => {
        for (let job = 0; job < total; job++) {
          await kernel.sleep(2);
          jobs.push(job);
          vpoll(kernel).add(EPOLLIN);
        }
      },
    };
  },
};

const ROOM = 3;

/** A queue of bounded size: IN where there is something, OUT where there is room. */
class Channel {
  readonly #queue: number[] = [];
  readonly #vpoll = createShared();

  vpoll(kernel: Kernel): KernelVPoll {
    const vp = this.#vpoll(kernel);
    if (this.#queue.length === 0) vp.add(EPOLLOUT);
    return vp;
  }

  get isFull(): boolean {
    return this.#queue.length === ROOM;
  }

  put(kernel: Kernel, value: number): void {
    this.#queue.push(value);
    this.#vpoll(kernel).set(this.isFull ? EPOLLIN : EPOLLIN | EPOLLOUT);
  }

  take(kernel: Kernel): number | undefined {
    const value = this.#queue.shift();
    this.#vpoll(kernel).set(this.#queue.length === 0 ? EPOLLOUT : EPOLLIN | EPOLLOUT);
    return value;
  }
}

/** A parent writes requests and reads its child's notices only then. The child writes one whenever it has to wait, until there is no room. */
export const backpressure: Bug = {
  name: 'backpressure deadlock',
  tasks: (isMended) => {
    const [requests, notices] = [new Channel(), new Channel()];
    const total = 8;
    let isOver = false;
    return {
      parent: async (kernel) => {
        const poller = kernel.Poller.create();
        poller.add(requests.vpoll(kernel), EPOLLOUT);
        if (isMended) poller.add(notices.vpoll(kernel), EPOLLIN);
        for (let sent = 0; sent < total; sent++) {
          while (requests.isFull) {
            await poller.wait();
            if (isMended) notices.take(kernel);
          }
          requests.put(kernel, sent);
          await kernel.sleep(0);
        }
        poller.close();
        while (!isOver) {
          notices.take(kernel);
          await kernel.sleep(1);
        }
      },
      child: async (kernel) => {
        const toRead = kernel.Poller.create();
        toRead.add(requests.vpoll(kernel), EPOLLIN);
        const toWrite = kernel.Poller.create();
        toWrite.add(notices.vpoll(kernel), EPOLLOUT);
        for (let served = 0; served < total;) {
          if (requests.take(kernel) !== undefined) {
            served++;
            await kernel.sleep(0);
            continue;
          }
          while (notices.isFull) await toWrite.wait();
          notices.put(kernel, served);
          await toRead.wait();
        }
        isOver = true;
        toRead.close();
        toWrite.close();
      },
    };
  },
};

/** A lock that is passed on in the order in which it was asked for. */
class Mutex {
  #last: Promise<void> = Promise.resolve();

  /** Resolves with what gives it back. */
  async lock(): Promise<() => void> {
    const before = this.#last;
    let unlock!: () => void;
    this.#last = new Promise((resolve) => (unlock = resolve));
    await before;
    return unlock;
  }
}

/** Money goes from one account to the other, and back. Who sends it holds his own account's lock while he waits for the other's. */
export const lockOrder: Bug = {
  name: 'two locks in opposite order',
  tasks: (isMended) => {
    const accounts = [0, 1].map(() => ({ lock: new Mutex(), balance: 100 }));
    const transfer = async (kernel: Kernel, from: number, to: number): Promise<void> => {
      const [first, second] = isMended && from > to ? [to, from] : [from, to];
      const unlockFirst = await accounts[first]!.lock.lock();
      // The balance is looked up.
      await kernel.sleep(0);
      const unlockSecond = await accounts[second]!.lock.lock();
      accounts[from]!.balance--;
      await kernel.sleep(0);
      accounts[to]!.balance++;
      unlockSecond();
      unlockFirst();
    };
    const client =
      (from: number, to: number, everyMs: number): Task =>
      async (kernel) => {
        for (let i = 0; i < 4; i++) {
          await kernel.sleep(everyMs);
          await transfer(kernel, from, to);
        }
      };
    return { there: client(0, 1, 2), back: client(1, 0, 3) };
  },
};
