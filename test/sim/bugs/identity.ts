// SPDX-License-Identifier: LGPL-2.1-or-later

// A descriptor's number outlives its file: what was meant for the one that is gone reaches the one that came in its place.

import { EPOLLIN, type KernelFile, type KernelReader, type KernelVPoll } from '../../../src/sim/index.js';
import { createShared, makeOnce, type Bug } from './bug.js';

interface Connection {
  readonly vp: KernelVPoll;
  readonly client: string;
}

/** A server works on a request, and answers to the connection that has the number then. */
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

function isAtEnd(reader: KernelReader): boolean {
  try {
    return reader.read().length === 0;
  } catch {
    // A reset ends it as well, and so does a close.
    return true;
  }
}

/** The reader of a session closes it at its end, and so does its writer, by a number that another session may have by then. */
export const doubleClose: Bug = {
  name: 'double close by two owners',
  tasks: (isMended) => {
    const byNumber = new Map<number, KernelFile>();
    const register = (file: KernelFile): number => {
      byNumber.set(file.fd, file);
      return file.fd;
    };
    const close = (fd: number): void => {
      byNumber.get(fd)?.close();
      byNumber.delete(fd);
    };
    const session = makeOnce(({ socketpair }) => {
      const [socket, peer] = socketpair();
      return { socket, peer, fd: register(socket) };
    });
    return {
      reader: async (kernel) => {
        const { socket, fd } = session(kernel);
        const poller = kernel.Poller.create();
        poller.add(fd, EPOLLIN);
        do await poller.wait();
        while (!isAtEnd(socket));
        close(fd);
        poller.close();
      },
      heartbeat: async (kernel) => {
        const { socket, fd } = session(kernel);
        try {
          for (;;) {
            await kernel.sleep(2);
            socket.write(Uint8Array.of(0));
          }
        } catch {
          // The peer is gone.
          if (!isMended) close(fd);
        }
      },
      client: async (kernel) => {
        const { peer } = session(kernel);
        await kernel.sleep(3);
        peer.close();
        // It connects again.
        await kernel.sleep(1);
        const [accepted, connected] = kernel.socketpair();
        const fd = register(accepted);
        for (let i = 0; i < 3; i++) {
          connected.write(Uint8Array.of(i));
          await kernel.sleep(1);
        }
        close(fd);
        connected.close();
      },
    };
  },
};

/** A command ends a subscription whose event is in the same batch, and its callback is called all the same. */
export const calledAfterEnd: Bug = {
  name: 'callback after unsubscribe',
  tasks: (isMended) => {
    const [commands, news] = [makeOnce(({ eventfd }) => eventfd()), makeOnce(({ eventfd }) => eventfd())];
    const callbacks = new Map<number, () => void>();
    return {
      reactor: async (kernel) => {
        const poller = kernel.Poller.create();
        const subscribe = (fd: number, callback: () => void): void => {
          callbacks.set(fd, callback);
          poller.add(fd, EPOLLIN, { data: callback });
        };
        const newsFd = news(kernel).fd;
        subscribe(commands(kernel).fd, () => {
          commands(kernel).read();
          poller.delete(newsFd);
          callbacks.delete(newsFd);
          news(kernel).close();
        });
        subscribe(newsFd, () => {
          news(kernel).read();
        });
        while (callbacks.has(newsFd)) {
          for (const { fd, data } of await poller.wait()) {
            if (isMended && callbacks.get(fd) !== data) continue;
            (data as () => void)();
          }
          // What there is to do between two batches.
          await kernel.sleep(0);
        }
        poller.close();
      },
      press: async (kernel) => {
        const file = news(kernel);
        for (let i = 0; i < 4 && file.fd >= 0; i++) {
          file.write(1);
          await kernel.sleep(1);
        }
      },
      user: async (kernel) => {
        await kernel.sleep(2.5);
        commands(kernel).write(1);
      },
    };
  },
};
