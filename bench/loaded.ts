// SPDX-License-Identifier: LGPL-2.1-or-later

// A process of load.ts in JavaScript, under any runtime: the same as load.c, by one of several ways to wait.
//
//     loaded WHAT WAY COUNT MS [PATH OF NPM EPOLL]      prints a number, or `waits`

import { EPOLLIN, Poller, VPoll, type PollTarget } from '../src/index.js';
import { openLibc } from '../src/runtime.js';
import type { NpmEpoll } from '../tools/npm-epoll.js';

const eventfd = openLibc().func('eventfd', 'u32', 'i32');

const [what, way, countText, msText, epollPath] = process.argv.slice(2);
const [count, limit_ms] = [Number(countText), Number(msText)];

function eventfds(ready: 0 | 1): number[] {
  return Array.from({ length: count }, () => eventfd(ready, 0));
}

/** VPolls that are always ready, each a socketpair as the pairs of load.c are. */
function vpolls(): VPoll[] {
  return Array.from({ length: count }, () => VPoll.create({ backend: 'socketpair', events: EPOLLIN }));
}

/** Waits for `targets`, level-triggered, and calls `got` with how many events there were, until that says true. */
type Wait = (targets: PollTarget[], got: (events: number) => boolean) => Promise<void>;

const byWait: Wait = async (targets, got) => {
  const poller = Poller.create();
  for (const target of targets) poller.add(target, EPOLLIN);
  while (!got((await poller.wait()).length));
  poller.close();
};

const byListener: Wait = (targets, got) =>
  new Promise((resolve) => {
    const poller = Poller.create().ref();
    let isOver = false;
    const listener = (): void => {
      if (isOver || !got(1)) return;
      isOver = true;
      poller.close();
      resolve();
    };
    for (const target of targets) poller.add(target, EPOLLIN, { listener });
  });

const byNpmEpoll: Wait = (targets, got) =>
  new Promise((resolve, reject) => {
    const { Epoll } = process.getBuiltinModule('node:module').createRequire(import.meta.url)(epollPath!) as NpmEpoll;
    let isOver = false;
    const epoll = new Epoll((error) => {
      if (error) reject(error);
      if (isOver || !got(1)) return;
      isOver = true;
      epoll.close();
      resolve();
    });
    for (const target of targets) epoll.add(target as number, EPOLLIN);
  });

/** The runtime alone. */
const byNothing: Wait = () => new Promise((resolve) => void setTimeout(resolve, 2 ** 30));

const WAYS: Record<string, Wait> = { wait: byWait, listener: byListener, epoll: byNpmEpoll, none: byNothing };
const wait = WAYS[way!]!;

/** Events in a second, after as long a time for the compiler. */
async function rate(targets: PollTarget[]): Promise<number> {
  let [events, asked, start] = [0, 0, performance.now()];
  let isWarm = false;
  await wait(targets, (more) => {
    events += more;
    // The clock is asked once for as many events as a batch has.
    if ((asked += more) < count) return false;
    asked = 0;
    if (performance.now() - start < limit_ms) return false;
    if (isWarm) return true;
    [events, start, isWarm] = [0, performance.now(), true];
    return false;
  });
  return (events * 1000) / (performance.now() - start);
}

async function setup(): Promise<number> {
  const fds = eventfds(1);
  const start = performance.now();
  await wait(fds, () => true);
  return performance.now() - start;
}

if (what === 'idle') {
  void wait(eventfds(0), () => true);
  process.stdout.write('waits\n');
} else {
  const found = what === 'setup' ? setup() : rate(what === 'pairs' ? vpolls() : eventfds(1));
  process.stdout.write(`${await found}\n`);
  process.exit();
}
