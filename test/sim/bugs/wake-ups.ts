// SPDX-License-Identifier: LGPL-2.1-or-later

// Wake-ups that get lost: an event is taken away too late, or an edge is taken for more or less than it is.

import { EPOLLIN } from '../../../src/sim/index.js';
import { createShared, type Bug } from './bug.js';

const JOBS = 3;

/** What comes between the last look at the queue and the end of its event is never told. */
export const lostWakeUp: Bug = {
  name: 'lost wake-up',
  tasks: (isMended) => {
    const vpoll = createShared();
    const queue: number[] = [];
    return {
      reactor: async (kernel) => {
        const vp = vpoll(kernel);
        const poller = kernel.Poller.create();
        poller.add(vp, EPOLLIN);
        for (let done = 0; done < JOBS;) {
          await poller.wait();
          if (isMended) vp.delete(EPOLLIN);
          for (; queue.length > 0; done++) queue.shift();
          await kernel.sleep(0);
          if (!isMended) vp.delete(EPOLLIN);
        }
        poller.close();
      },
      producer: async (kernel) => {
        for (let job = 0; job < JOBS; job++) {
          await kernel.sleep(1);
          queue.push(job);
          vpoll(kernel).add(EPOLLIN);
        }
      },
    };
  },
};

/** A reader takes as much as its buffer holds, and waits for the next edge. There is none for what it left. */
export const partialRead: Bug = {
  name: 'missed edge on a partial read',
  tasks: (isMended) => {
    const vpoll = createShared();
    const room = 2;
    const bytes: number[] = [];
    const total = 6;
    return {
      reader: async (kernel) => {
        const poller = kernel.Poller.create();
        poller.add(vpoll(kernel), EPOLLIN, { edge: true });
        for (let read = 0; read < total;) {
          if (bytes.length === 0 || !isMended) await poller.wait();
          do read += bytes.splice(0, room).length;
          while (isMended && bytes.length > 0);
        }
        poller.close();
      },
      writer: async (kernel) => {
        for (let byte = 0; byte < total; byte++) {
          await kernel.sleep(1);
          bytes.push(byte);
          vpoll(kernel).add(EPOLLIN);
        }
      },
    };
  },
};

/** A consumer counts edges, and two that come before it looks are one. */
export const mergedEdges: Bug = {
  name: 'two edges merged',
  tasks: (isMended) => {
    const vpoll = createShared();
    let made = 0;
    return {
      consumer: async (kernel) => {
        const poller = kernel.Poller.create();
        poller.add(vpoll(kernel), EPOLLIN, { edge: true });
        for (let taken = 0; taken < JOBS; taken = isMended ? made : taken + 1) await poller.wait();
        poller.close();
      },
      producer: async (kernel) => {
        const vp = vpoll(kernel);
        for (let i = 0; i < JOBS; i++) {
          await kernel.sleep(1);
          made++;
          vp.add(EPOLLIN);
        }
      },
    };
  },
};

/** A worker that finds nothing to do, since another one was faster, doesn't ask to be told again. */
export const oneshot: Bug = {
  name: 'oneshot re-arm',
  tasks: (isMended) => {
    const vpoll = createShared();
    const queue: number[] = [];
    let isDone = false;
    const isOver = (): boolean => isDone;
    const worker: ReturnType<Bug['tasks']>[string] = async (kernel) => {
      const vp = vpoll(kernel);
      const poller = kernel.Poller.create();
      poller.add(vp, EPOLLIN, { oneshot: true });
      while (!isOver()) {
        await poller.wait();
        const job = queue.shift();
        if (job === undefined && !isMended) continue;
        await kernel.sleep(0);
        if (queue.length === 0 && !isOver()) vp.delete(EPOLLIN);
        poller.modify(vp, EPOLLIN, { oneshot: true });
      }
      poller.close();
    };
    return {
      first: worker,
      second: worker,
      boss: async (kernel) => {
        for (let job = 0; job < JOBS; job++) {
          await kernel.sleep(1);
          queue.push(job);
          vpoll(kernel).add(EPOLLIN);
        }
        await kernel.sleep(20);
        isDone = true;
        vpoll(kernel).add(EPOLLIN);
      },
    };
  },
};
