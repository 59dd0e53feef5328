// SPDX-License-Identifier: LGPL-2.1-or-later

// What tasks of a correct program do together that share no promise: they share files and variables, and each waits for nothing but its own kernel. So it needs
// nothing of a runtime either: a browser runs it.

import * as assert from 'uvu/assert';
import {
  EPOLLIN,
  EPOLLOUT,
  VPollError,
  type Kernel,
  type KernelEventfd,
  type KernelReader,
  type KernelSocket,
  type KernelVPoll,
} from '../../../src/sim/index.js';
import type { Random } from '../../support/random.js';
import { led, type Meeting, type Meetings } from './parts.js';

/** Some way of the kernel's to let time pass. */
function pause(random: Random): (kernel: Kernel) => Promise<unknown> {
  const ms = random.below(6);
  const ways: ((kernel: Kernel) => Promise<unknown>)[] = [
    ({ sleep }) => sleep(ms),
    ({ sleep }) => sleep(0),
    () => Promise.resolve(),
    ({ sleep }) => Promise.all([sleep(ms), sleep(0)]),
    ({ sleep }) => Promise.race([sleep(ms), sleep(ms + 1)]),
    async ({ Poller }) => {
      using poller = Poller.create();
      assert.equal(await poller.wait({ timeoutMs: ms + 1 }), []);
    },
  ];
  return ways[random.below(ways.length)]!;
}

/** Waits without a promise of another's. */
async function until({ sleep }: Kernel, isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(1);
}

/** What `take` gives, once it doesn't have to wait for the file any more. */
async function whenReady<T>({ Poller }: Kernel, fd: number, events: number, take: () => T): Promise<T> {
  using poller = Poller.create();
  poller.add(fd, events);
  for (;;) {
    try {
      return take();
    } catch (error) {
      if ((error as VPollError).code !== 'EAGAIN') throw error;
      await poller.wait();
    }
  }
}

async function readAll(kernel: Kernel, reader: KernelReader): Promise<number> {
  let size = 0;
  for (;;) {
    const { length } = await whenReady(kernel, reader.fd, EPOLLIN, () => reader.read(3000));
    if (length === 0) return size;
    size += length;
  }
}

/** More bytes than a pipe holds, so each side waits for the other. */
const piped: Meeting = (random, count) => {
  const size = 60_000 + random.below(20_000);
  const readers: KernelReader[] = [];
  const between = pause(random);
  return led(
    count,
    async (kernel) => {
      const writers = Array.from({ length: count - 1 }, () => {
        const [reader, writer] = kernel.pipe();
        readers.push(reader);
        return writer;
      });
      for (const writer of writers) {
        for (let left = size; left > 0;) {
          left -= await whenReady(kernel, writer.fd, EPOLLOUT, () => writer.write(new Uint8Array(Math.min(left, 9000))));
          await between(kernel);
        }
        writer.close();
      }
    },
    (index) => async (kernel) => {
      await until(kernel, () => readers.length === count - 1);
      const reader = readers[index - 1]!;
      assert.is(await readAll(kernel, reader), size);
      reader.close();
    },
  );
};

/** A semaphore that each of the others takes once. */
const taken: Meeting = (random, count) => {
  let semaphore: KernelEventfd | undefined;
  let left = count - 1;
  const before = pause(random);
  return led(
    count,
    async (kernel) => {
      semaphore = kernel.eventfd({ semaphore: true });
      for (let i = 1; i < count; i++) {
        await before(kernel);
        semaphore.write(1);
      }
      await until(kernel, () => left === 0);
      assert.throws(() => semaphore!.read(), /EAGAIN/);
      semaphore.close();
    },
    () => async (kernel) => {
      await until(kernel, () => semaphore !== undefined);
      const { fd } = semaphore!;
      assert.is(await whenReady(kernel, fd, EPOLLIN, () => semaphore!.read()), 1n);
      left--;
    },
  );
};

/** Questions and answers over a socketpair for each of the others. */
const answered: Meeting = (random, count) => {
  const ends: KernelSocket[] = [];
  const before = pause(random);
  const ask = async (kernel: Kernel, socket: KernelSocket, number: number): Promise<number> => {
    if (number > 0) socket.write(Uint8Array.of(number));
    const [got] = await whenReady(kernel, socket.fd, EPOLLIN, () => socket.read(1));
    return got!;
  };
  return led(
    count,
    async (kernel) => {
      const own = Array.from({ length: count - 1 }, () => {
        const [mine, other] = kernel.socketpair();
        ends.push(other);
        return mine;
      });
      for (const [i, socket] of own.entries()) {
        await before(kernel);
        assert.is(await ask(kernel, socket, i + 1), 2 * (i + 1));
        socket.close();
      }
    },
    (index) => async (kernel) => {
      await until(kernel, () => ends.length === count - 1);
      const socket = ends[index - 1]!;
      const question = await ask(kernel, socket, 0);
      socket.write(Uint8Array.of(2 * question));
      socket.close();
    },
  );
};

/** A vpoll that all look at, by level, and that its maker closes when they have. */
const shown: Meeting = (random, count) => {
  let vp: KernelVPoll | undefined;
  let left = count - 1;
  const before = pause(random);
  const mask = random.below(2) === 0 ? EPOLLIN : EPOLLIN | EPOLLOUT;
  return led(
    count,
    async (kernel) => {
      vp = kernel.VPoll.create();
      await before(kernel);
      vp.set(mask);
      await until(kernel, () => left === 0);
      vp.close();
    },
    () => async (kernel) => {
      await until(kernel, () => vp !== undefined);
      using poller = kernel.Poller.create();
      for await (const events of poller.watch(vp!, EPOLLIN | EPOLLOUT)) {
        assert.is(events, mask);
        break;
      }
      left--;
    },
  );
};

/** A lock that is a variable: who finds it taken comes again. */
const locked: Meeting = (random, count) => {
  let isTaken = false;
  let inside = 0;
  const during = pause(random);
  return Array.from({ length: count }, () => async (kernel: Kernel) => {
    for (let i = 0; i < 2; i++) {
      // Looked at and taken in one: a promise comes between two statements with an await, and tasks of a step run by turns there.
      await until(kernel, () => !isTaken && (isTaken = true));
      assert.is(++inside, 1);
      await during(kernel);
      inside--;
      isTaken = false;
    }
  });
};

/** Each for itself: a timerfd that expires again and again, beside a longer sleep and a wait that comes to nothing. */
const ticking: Meeting = (random, count) =>
  Array.from({ length: count }, () => {
    const [interval, timeoutMs] = [1 + random.below(3), 2 + random.below(9)];
    return async (kernel: Kernel) => {
      const { now, sleep, Poller, timerfd } = kernel;
      using timer = timerfd();
      using idle = Poller.create();
      const started = now();
      timer.settime(interval, interval);
      let expired = 0n;
      const [found] = await Promise.all([idle.wait({ timeoutMs }), sleep(4)]);
      assert.equal(found, []);
      while (expired < 3n) expired += await whenReady(kernel, timer.fd, EPOLLIN, () => timer.read());
      // In milliseconds, which are no binary fractions.
      assert.ok(now() - started > Math.max(4, timeoutMs, 3 * interval) - 1e-6);
    };
  });

export const APART: Meetings = { piped, taken, answered, shown, locked, ticking };
