// SPDX-License-Identifier: LGPL-2.1-or-later

// Failing calls of the boundary, one kind after the other, while the engine collects, compiles and itself makes calls that fail. Every result
// must be the errno of that call. Prints how many there were and how many were wrong. Also run in a Worker, whose errno is its own.

import { existsSync } from 'node:fs';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { collectGarbage } from '../../support/runtime.js';
import { RealSide } from './side.js';

const CALLS = 300_000;
const COLLECT_EVERY = 5000;
const LOOK_EVERY = 37;

function stress(): { calls: number; wrong: number } {
  const side = new RealSide();
  const [eventfd, socket] = [side.open('eventfd'), side.open('unix')];
  const { sys } = side;
  const failing: [number, () => number][] = [
    [-9, () => sys.close(900)],
    [-25, () => sys.ioctl(eventfd, 0x5e01, 0)],
    [-88, () => sys.shutdown(eventfd, 1)],
    [-22, () => sys.fcntl(socket, 99, 0)],
    [-11, () => sys.recv(socket, 1024, 8, 0x4040)],
    [-92, () => sys.setsockopt(socket, 1, 9999, 32, 4)],
    [-2, () => sys.open(side.text('/no/such/file'), 0)],
  ];
  let wrong = 0;
  let garbage: unknown[] = [];
  for (let i = 0; i < CALLS; i++) {
    const [expected, call] = failing[i % failing.length]!;
    if (call() !== expected) wrong++;
    garbage.push([i, `${i}`]);
    if (i % LOOK_EVERY === 0) existsSync(`/no/such/file/${i}`);
    if (i % COLLECT_EVERY !== 0) continue;
    garbage = [];
    if (isMainThread) collectGarbage();
    // What the host has cached of the memory is void from now on.
    if (i % (10 * COLLECT_EVERY) === 0) side.memory.grow(1);
  }
  side.end();
  return { calls: CALLS, wrong };
}

function inWorker(): Promise<object> {
  const worker = new Worker(process.argv[1]!);
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

if (isMainThread) {
  const there = inWorker();
  console.log(JSON.stringify([stress(), await there]));
} else {
  parentPort!.postMessage(stress());
}
