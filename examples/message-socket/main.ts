// SPDX-License-Identifier: LGPL-2.1-or-later

// Why vpoll exists: a C program waits for urgent data (POLLPRI) on a socket of a network stack that is written in TypeScript. The same
// poll(2) waits for a real TCP socket, and not a line of the program was changed. Then it receives by recv(2), which the stack's small
// library diverts.
//
//     node --import tsx examples/message-socket/main.ts [--in-band]     needs cc and python3
//
// PRI can be shown by every backend but a socketpair. Where there is no other it says so, and with --in-band the message socket has no urgent messages.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { VPollError } from 'vpoll';
import { answerCalls } from './answer.js';
import { MessageSocket } from './message-socket.js';
import { startTcpPeer, type TcpPeer } from './tcp-peer.js';

const SOCKET = 3;
const CHANNEL = 4;

function compile(name: string, into: string, flags: string[]): string {
  const source = fileURLToPath(new URL(`${name}.c`, import.meta.url));
  const program = join(into, name);
  execFileSync('cc', ['-Wall', '-Wextra', '-Werror', '-o', program, source, ...flags]);
  return program;
}

/** What the two sides do, one after the other: the client says a line at each. */
function script(socket: MessageSocket, peer: TcpPeer, outOfBand: boolean): (() => void)[] {
  const urgent = (): void => {
    socket.deliverUrgent('stop');
  };
  return [
    () => {
      socket.deliver('from the stack');
    },
    () => {
      peer.send('message', 'from the kernel');
    },
    ...(outOfBand ? [urgent] : []),
    () => {
      peer.send('urgent', '!');
    },
    () => {
      socket.end();
    },
    () => {
      peer.end();
    },
  ];
}

async function run(socket: MessageSocket, outOfBand: boolean, folder: string): Promise<number> {
  const [client, library] = [compile('client', folder, []), compile('recv', folder, ['-shared', '-fPIC', '-ldl'])];
  const peer = await startTcpPeer();
  const child = spawn(client, [String(SOCKET), String(peer.port)], {
    stdio: ['ignore', 'pipe', 'inherit', socket.fd, 'pipe'],
    env: { ...process.env, LD_PRELOAD: library, MESSAGE_SOCKET: String(SOCKET), MESSAGE_CHANNEL: String(CHANNEL) },
  });
  const exited = once(child, 'exit');
  answerCalls(socket, child.stdio[CHANNEL] as Duplex);
  const turns = script(socket, peer, outOfBand);
  for await (const line of createInterface({ input: child.stdout! })) {
    console.log(line);
    turns.shift()?.();
  }
  const [status] = (await exited) as [number | null];
  return status ?? 1;
}

async function main(): Promise<number> {
  const outOfBand = !process.argv.includes('--in-band');
  let socket: MessageSocket;
  try {
    socket = new MessageSocket(outOfBand);
  } catch (error) {
    if (!(error instanceof VPollError)) throw error;
    console.error(`errno ${error.errno}, ${error.message}\nwithout urgent messages it works here: --in-band`);
    return 1;
  }
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-message-socket-'));
  try {
    return await run(socket, outOfBand, folder);
  } finally {
    rmSync(folder, { recursive: true });
    socket.close();
  }
}

process.exitCode = await main();
