// SPDX-License-Identifier: LGPL-2.1-or-later

// Streams of bytes: an end that is seen before the last bytes, and room for which nobody waits any more.

import { EPOLLHUP, EPOLLIN, EPOLLOUT, type KernelWriter } from '../../../src/sim/index.js';
import { makeOnce, type Bug } from './bug.js';

const isAgain = (error: unknown): boolean => (error as { code?: unknown }).code === 'EAGAIN';

/** A reader that sees the hangup is through, and looks for no bytes before it. */
export const earlyHangup: Bug = {
  name: 'hangup before the last bytes',
  tasks: (isMended) => {
    const ends = makeOnce(({ pipe }) => pipe());
    const lines = ['one', 'two', 'three'];
    return {
      reader: async (kernel) => {
        const [reader] = ends(kernel);
        const poller = kernel.Poller.create();
        poller.add(reader.fd, EPOLLIN);
        let text = '';
        for (;;) {
          const [event] = await poller.wait();
          if (!isMended && (event!.events & EPOLLHUP) !== 0) break;
          const bytes = reader.read();
          if (bytes.length === 0) break;
          text += String.fromCharCode(...bytes);
          // It is parsed.
          await kernel.sleep(0);
        }
        poller.close();
        reader.close();
        if (text !== lines.join('')) throw new Error(`all that was read is ${text}`);
      },
      writer: async (kernel) => {
        const [, writer] = ends(kernel);
        for (const line of lines) {
          writer.write(Uint8Array.from(line, (letter) => letter.charCodeAt(0)));
          await kernel.sleep(1);
        }
        writer.close();
      },
    };
  },
};

/** Writes what there is room for, and says whether that was all. */
function flush(writer: KernelWriter, outbox: Uint8Array[]): boolean {
  try {
    for (let chunk = outbox[0]; chunk !== undefined; chunk = outbox[0]) {
      const written = writer.write(chunk);
      if (written === chunk.length) outbox.shift();
      else outbox[0] = chunk.subarray(written);
    }
    return true;
  } catch (error) {
    if (isAgain(error)) return false;
    throw error;
  }
}

/** All is written, so nobody waits for room. By the time that is done there is something to write again. */
export const outDropped: Bug = {
  name: 'OUT dropped too late',
  tasks: (isMended) => {
    const pipe = makeOnce((kernel) => {
      const [reader, writer] = kernel.pipe();
      const poller = kernel.Poller.create();
      poller.add(writer.fd, 0);
      return { reader, writer, poller };
    });
    const outbox: Uint8Array[] = [];
    const [messages, size] = [4, 40_000];
    let [sent, received] = [0, 0];
    return {
      reactor: async (kernel) => {
        const { writer, poller } = pipe(kernel);
        while (sent < messages || outbox.length > 0) {
          await poller.wait();
          if (!flush(writer, outbox)) continue;
          if (isMended) poller.modify(writer.fd, 0);
          // Those who wait until all is written are told.
          await kernel.sleep(0);
          if (!isMended) poller.modify(writer.fd, 0);
        }
        poller.close();
      },
      producer: async (kernel) => {
        const { writer, poller } = pipe(kernel);
        for (; sent < messages; sent++) {
          await kernel.sleep(2);
          outbox.push(new Uint8Array(size));
          poller.modify(writer.fd, EPOLLOUT);
        }
      },
      peer: async (kernel) => {
        const { reader } = pipe(kernel);
        const poller = kernel.Poller.create();
        poller.add(reader.fd, EPOLLIN);
        while (received < messages * size) {
          await poller.wait();
          received += reader.read().length;
          await kernel.sleep(1);
        }
        poller.close();
      },
    };
  },
};
