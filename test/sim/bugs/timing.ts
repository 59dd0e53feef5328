// SPDX-License-Identifier: LGPL-2.1-or-later

// What was true is true no more when something is done about it: another task, a close or a timer came in between.

import { EPOLLIN, type Task } from '../../../src/sim/index.js';
import { createShared, makeOnce, type Bug } from './bug.js';

/** Two buyers see that there is one seat left. */
export const checkThenAct: Bug = {
  name: 'check-then-act',
  tasks: (isMended) => {
    let seats = 1;
    const buyer: Task = async ({ sleep }) => {
      // Whatever a buyer does first.
      await sleep(1);
      if (seats === 0) return;
      if (isMended) seats--;
      await sleep(0);
      if (!isMended) seats--;
      if (seats < 0) throw new Error('a seat is sold twice');
    };
    return { first: buyer, second: async (kernel) => kernel.sleep(2).then(() => buyer(kernel)) };
  },
};

/** A writer has looked whether it is open, and writes after the close. */
export const shutdownRace: Bug = {
  name: 'shutdown race',
  tasks: (isMended) => {
    const vpoll = createShared();
    let isClosed = false;
    const isOpen = (): boolean => !isClosed;
    return {
      writer: async (kernel) => {
        const vp = vpoll(kernel);
        for (let i = 0; i < 4 && isOpen(); i++) {
          // What is to be written is made.
          await kernel.sleep(0);
          if (!isMended || isOpen()) vp.add(EPOLLIN);
          await kernel.sleep(1);
        }
      },
      closer: async (kernel) => {
        await kernel.sleep(2.5);
        isClosed = true;
        vpoll(kernel).close();
      },
    };
  },
};

/** A request is given up at the time at which it is answered: it is paid and refunded. */
export const timerAgainstEvent: Bug = {
  name: 'timer against event',
  tasks: (isMended) => {
    const vpoll = createShared();
    let [isPaid, isRefunded] = [false, false];
    return {
      client: async (kernel) => {
        const poller = kernel.Poller.create();
        poller.add(vpoll(kernel), EPOLLIN);
        const ready = await poller.wait({ timeoutMs: 5 });
        if (ready.length === 0 && !(isMended && isPaid)) isRefunded = true;
        poller.close();
        if (isPaid && isRefunded) throw new Error('it is paid and refunded');
      },
      server: async (kernel) => {
        await kernel.sleep(4);
        if (isMended && isRefunded) return;
        isPaid = true;
        vpoll(kernel).add(EPOLLIN);
        if (isRefunded) throw new Error('it is refunded and paid');
      },
    };
  },
};

/** A client asks again after a while. The server is still at the first request, and has not yet noted that it is done. */
export const retryRace: Bug = {
  name: 'retry beside its first try',
  tasks: (isMended) => {
    const connection = makeOnce(({ socketpair }) => socketpair());
    const orders = [1, 2, 3];
    const charges: number[] = [];
    return {
      client: async (kernel) => {
        const [socket] = connection(kernel);
        const poller = kernel.Poller.create();
        poller.add(socket.fd, EPOLLIN);
        for (const order of orders) {
          for (let isDone = false; !isDone;) {
            socket.write(Uint8Array.of(order));
            // What else comes is the answer to an earlier try.
            while (!isDone && (await poller.wait({ timeoutMs: 5 })).length > 0) isDone = socket.read().includes(order);
          }
        }
        socket.shutdown('write');
        do await poller.wait();
        while (socket.read().length > 0);
        poller.close();
        socket.close();
      },
      server: async (kernel) => {
        const [, socket] = connection(kernel);
        const poller = kernel.Poller.create();
        poller.add(socket.fd, EPOLLIN);
        const done = new Set<number>();
        const charge = async (order: number): Promise<void> => {
          await kernel.sleep(3);
          charges.push(order);
          done.add(order);
        };
        const begun = new Map<number, Promise<void>>();
        const handle = async (order: number): Promise<void> => {
          if (isMended) {
            if (!begun.has(order)) begun.set(order, charge(order));
            await begun.get(order);
          } else if (!done.has(order)) await charge(order);
          socket.write(Uint8Array.of(order));
        };
        const handled: Promise<void>[] = [];
        for (;;) {
          await poller.wait();
          const requests = socket.read();
          if (requests.length === 0) break;
          for (const order of requests) handled.push(handle(order));
        }
        await Promise.all(handled);
        poller.close();
        socket.close();
        if (charges.length !== orders.length) throw new Error(`what is charged is ${charges.join()}`);
      },
    };
  },
};
