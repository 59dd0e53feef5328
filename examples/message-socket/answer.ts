// SPDX-License-Identifier: LGPL-2.1-or-later

// The calls of a program that has a message socket, answered over a unix socket. recv.c asks: size and flags, 32 bits each. The answer
// is what recv(2) returns, or -errno, in 32 bits, and then the message.

import type { Duplex } from 'node:stream';
import type { MessageSocket } from './message-socket.js';

const REQUEST_BYTES = 8;

function toAnswer(result: Uint8Array | number): Buffer {
  const head = Buffer.alloc(4);
  if (typeof result === 'number') {
    head.writeInt32LE(result);
    return head;
  }
  head.writeInt32LE(result.length);
  return Buffer.concat([head, result]);
}

/** Answers until the program is gone. */
export function answerCalls(socket: MessageSocket, channel: Duplex): void {
  let pending = Buffer.alloc(0);
  channel.on('data', (bytes: Buffer) => {
    pending = Buffer.concat([pending, bytes]);
    while (pending.length >= REQUEST_BYTES) {
      channel.write(toAnswer(socket.receive(pending.readUInt32LE(0), pending.readUInt32LE(4))));
      pending = pending.subarray(REQUEST_BYTES);
    }
  });
}
