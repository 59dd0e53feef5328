// SPDX-License-Identifier: LGPL-2.1-or-later

// A descriptor's number outlives its file: what was meant for the one that is gone reaches the one that came in its place.

import { EPOLLIN, type KernelVPoll } from '../../../src/sim/index.js';
import { createShared, type Bug } from './bug.js';

interface Connection {
  readonly vp: KernelVPoll;
  readonly client: string;
}

/** A server works on a request, and answers to whoever has the number then. */
export const numberReused: Bug = {
  name: 'number reused after close',
  tasks: (isMended) => {
    const byNumber = new Map<number, Connection>();
    const first = createShared();
    let isServed = false;
    return {
      server: async (kernel) => {
        const poller = kernel.Poller.create();
        const old = first(kernel);
        byNumber.set(old.fd, { vp: old, client: 'old' });
        poller.add(old, EPOLLIN);
        isServed = true;
        // The client may be gone before its request is seen.
        const [event] = await poller.wait({ timeoutMs: 50 });
        if (event === undefined) return;
        const asked = byNumber.get(event.fd)!;
        await kernel.sleep(1);
        const answered = byNumber.get(event.fd);
        if (isMended && answered !== asked) return;
        if (answered !== undefined && answered.client !== asked.client) throw new Error('the answer goes to another client');
      },
      clients: async (kernel) => {
        while (!isServed) await kernel.sleep(1);
        const old = first(kernel);
        old.add(EPOLLIN);
        await kernel.sleep(4);
        byNumber.delete(old.fd);
        old.close();
        const vp = kernel.VPoll.create();
        byNumber.set(vp.fd, { vp, client: 'new' });
      },
    };
  },
};

/** A batch has events of two files. The first one's handler closes the second, and opens another in its place. */
export const abaInBatch: Bug = {
  name: 'ABA in a batch',
  tasks: (isMended) => {
    const [first, second] = [createShared(), createShared()];
    const byNumber = new Map<number, Connection>();
    return {
      reactor: async (kernel) => {
        const poller = kernel.Poller.create();
        const register = (vp: KernelVPoll, client: string): void => {
          byNumber.set(vp.fd, { vp, client });
          poller.add(vp, EPOLLIN);
        };
        register(first(kernel), 'control');
        register(second(kernel), 'peer');
        for (let isOver = false; !isOver;) {
          for (const { fd, target } of await poller.wait()) {
            const connection = byNumber.get(fd)!;
            if (isMended && connection.vp !== target) continue;
            if (connection.client === 'fresh') throw new Error('a connection that is not ready is read');
            if (connection.client === 'peer') connection.vp.delete(EPOLLIN);
            else {
              second(kernel).close();
              register(kernel.VPoll.create(), 'fresh');
              isOver = true;
            }
          }
        }
        poller.close();
      },
      control: async (kernel) => {
        await kernel.sleep(1);
        first(kernel).add(EPOLLIN);
      },
      peer: async (kernel) => {
        await kernel.sleep(2);
        if (second(kernel).fd >= 0) second(kernel).add(EPOLLIN);
      },
    };
  },
};
