// SPDX-License-Identifier: LGPL-2.1-or-later

// A receiver of the wake latency in JavaScript, under any runtime: the same as `wake receive` of wake.c, by one of several ways to wait.
//
//     receiver WAY COUNT IDLE [PATH OF NPM EPOLL]      prints JSON: { latencies_ns, ready_ms }

import { EPOLLIN, Poller } from '../src/index.js';
import { openLibc } from '../src/runtime.js';
import { loadKoffi } from '../host/node.js';
import type { KoffiPoll } from '../host/node-uv.js';
import type { NpmEpoll } from '../tools/npm-epoll.js';

const libc = openLibc();
const [read, write] = [libc.func('read', 'i32', 'ptr', 'len'), libc.func('write', 'i32', 'ptr', 'len')];
const eventfd = libc.func('eventfd', 'u32', 'i32');
const clockGettime = libc.func('clock_gettime', 'i32', 'ptr');
const CLOCK_MONOTONIC = 1;
const time = new BigUint64Array(1);
const woken = new BigInt64Array(2);
const wokenAt = libc.word(libc.address(woken.buffer));
const [timeAt, eight, one] = [libc.word(libc.address(time.buffer)), libc.word(8), libc.word(1)];

const [way, countText, idleText, epollPath] = process.argv.slice(2);
const [count, idle] = [Number(countText), Number(idleText)];
const latencies_ns: number[] = [];

/** One wake: how long ago it was sent, and the answer. Returns whether it was the last. */
function arrived(): boolean {
  // process.hrtime() counts from the start of the process in Bun and Deno.
  clockGettime(CLOCK_MONOTONIC, wokenAt);
  if (read(3, timeAt, eight) !== 8) throw new Error(`read: errno ${libc.errno()}`);
  latencies_ns.push(Number(woken[0]! * 1_000_000_000n + woken[1]! - time[0]!));
  write(4, timeAt, one);
  return latencies_ns.length === count;
}

function idleFds(): number[] {
  return Array.from({ length: idle }, () => eventfd(0, 0));
}

async function byWait(): Promise<void> {
  const poller = Poller.create();
  for (const fd of idleFds()) poller.add(fd, EPOLLIN);
  poller.add(3, EPOLLIN);
  do await poller.wait();
  while (!arrived());
  poller.close();
}

async function byListener(): Promise<void> {
  const poller = Poller.create();
  for (const fd of idleFds()) poller.add(fd, EPOLLIN, { listener: () => undefined });
  await new Promise<void>((resolve) => {
    poller.ref().add(3, EPOLLIN, {
      listener: () => {
        if (arrived()) resolve();
      },
    });
  });
  poller.close();
}

async function byNpmEpoll(): Promise<void> {
  const { Epoll } = process.getBuiltinModule('node:module').createRequire(import.meta.url)(epollPath!) as NpmEpoll;
  await new Promise<void>((resolve) => {
    const epoll = new Epoll((error, fd) => {
      if (error) throw error;
      if (fd === 3 && arrived()) {
        epoll.close();
        resolve();
      }
    });
    for (const fd of idleFds()) epoll.add(fd, EPOLLIN);
    epoll.add(3, EPOLLIN);
  });
}

async function byUvPoll(): Promise<void> {
  const koffi = loadKoffi() as unknown as KoffiPoll;
  await new Promise<void>((resolve) => {
    const handle = koffi.node.poll(3, { readable: true }, () => {
      if (!arrived()) return;
      handle.close();
      resolve();
    });
  });
}

const WAYS: Record<string, () => Promise<void>> = { wait: byWait, listener: byListener, epoll: byNpmEpoll, uv_poll: byUvPoll };
await WAYS[way!]!();
process.stdout.write(JSON.stringify(latencies_ns));
process.exit();
