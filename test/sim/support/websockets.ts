// SPDX-License-Identifier: LGPL-2.1-or-later

// A client and a server of npm's ws, and of the runtime's node:http, over a Duplex: they open, send both ways, ping, and close.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { pathToFileURL } from 'node:url';
import * as assert from 'uvu/assert';
import type { WebSocket } from 'ws';
import type { Tasks } from '../../../src/sim/index.js';
import { modules } from '../../../tools/runtimes.js';
import { deferred } from './parts.js';

/**
 * By its file: Bun has a ws of its own behind that name. Who imports this has imported vpoll/sim before: ws copies functions out of node:crypto.
 */
const FILE = pathToFileURL(join(modules, 'ws/wrapper.mjs'));
const ws = (await import(FILE.href)) as typeof import('ws');

/** What is written at one end is read at the other, in pieces, each of them a moment later. */
class End extends Duplex {
  other: End | undefined;

  override _read(): void {
    // What comes is pushed.
  }

  override _write(bytes: Buffer, encoding: string, done: () => void): void {
    setImmediate(() => {
      const length = Math.ceil(Math.random() * bytes.length);
      this.other!.push(bytes.subarray(0, length));
      if (length < bytes.length) this._write(bytes.subarray(length), encoding, done);
      else done();
    });
  }

  override _final(done: () => void): void {
    setImmediate(() => {
      this.other!.push(null);
      done();
    });
  }
}

function pair(): [End, End] {
  const [one, other] = [new End(), new End()];
  [one.other, other.other] = [other, one];
  return [one, other];
}

export interface WebSocketOptions {
  readonly deflates?: boolean;
  /** The mistake: the server's listener comes when its task goes on a moment after the connection was made. */
  readonly listensLate?: boolean;
}

const WORDS = ['one', 'two', 'three'.repeat(500)];

export function webSocketTasks({ deflates = false, listensLate = false }: WebSocketOptions = {}): Tasks {
  const [near, far] = pair();
  return {
    server: async ({ sleep }) => {
      const http = createServer();
      const server = new ws.WebSocketServer({ noServer: true, perMessageDeflate: deflates });
      http.on('upgrade', (request, socket, head) => {
        server.handleUpgrade(request, socket, head, (made) => server.emit('connection', made));
      });
      const ended = deferred();
      const serve = (socket: WebSocket): void => {
        socket.on('message', (data: Buffer, isBinary: boolean) => {
          socket.send(data, { binary: isBinary });
        });
        socket.on('close', () => {
          ended.resolve();
        });
      };
      const connected = once(server, 'connection') as Promise<[WebSocket]>;
      if (!listensLate) server.on('connection', serve);
      http.emit('connection', near);
      const [socket] = await connected;
      if (listensLate) {
        await sleep(0);
        serve(socket);
      }
      await ended.promise;
    },
    client: async () => {
      const client = new ws.WebSocket('ws://server/', { createConnection: () => far, perMessageDeflate: deflates });
      const answers: string[] = [];
      const answered = deferred();
      client.on('message', (data: Buffer) => {
        if (answers.push(String(data)) === WORDS.length) answered.resolve();
      });
      await once(client, 'open');
      for (const word of WORDS) client.send(word);
      const pong = once(client, 'pong');
      client.ping('you');
      assert.is(String((await pong)[0]), 'you');
      await answered.promise;
      assert.equal(answers, WORDS);
      client.close(1000, 'done');
      const [code] = (await once(client, 'close')) as [number];
      assert.is(code, 1000);
    },
  };
}
