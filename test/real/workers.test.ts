// SPDX-License-Identifier: LGPL-2.1-or-later

// A vpoll that one thread made is used in another: each has a core of its own, and descriptors of its own on the same sockets.

import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLIN, EPOLLOUT, VPoll, type VPollShare } from '../../src/index.js';
import { workerOf } from '../support/runtime.js';
import { countFds, pollNow, settle } from './support/libc.js';
import { IN, OUT } from './support/states.js';
import type { Order } from './support/worker.js';

test.before(settle);

const program = workerOf(fileURLToPath(new URL('support/worker.ts', import.meta.url)));

/** A Worker with support/worker.ts in it. */
class Thread {
  readonly #worker = new Worker(program);

  tell(order: Order): void {
    this.#worker.postMessage(order);
  }

  async answer<T>(): Promise<T> {
    const [answer] = (await once(this.#worker, 'message')) as [{ value?: T; error?: string }];
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.value as T;
  }

  ask<T>(order: Order): Promise<T> {
    this.tell(order);
    return this.answer<T>();
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

async function withThreads(count: number, use: (...threads: Thread[]) => Promise<void>): Promise<void> {
  const threads = Array.from({ length: count }, () => new Thread());
  try {
    await use(...threads);
  } finally {
    for (const thread of threads) await thread.end();
  }
}

test('made here, controlled in a Worker; each side closes what is its own', async () => {
  await withThreads(1, async (thread) => {
    const vp = VPoll.create({ backend: 'socketpair' });
    await thread.ask({ do: 'attach', token: vp.share().token });
    const before = countFds();
    await thread.ask({ do: 'add', events: EPOLLIN });
    assert.is(pollNow(vp.fd), IN);
    vp.set(EPOLLOUT);
    assert.equal(await thread.ask({ do: 'look' }), [OUT, OUT]);
    vp.close();
    assert.is(countFds(), before - 2);
    await thread.ask({ do: 'set', events: EPOLLIN });
    assert.equal(await thread.ask({ do: 'look' }), [IN, IN]);
    await thread.ask({ do: 'close' });
    assert.is(countFds(), before - 4);
  });
});

test('made in a Worker, taken up here and in a second Worker, and the first one ends', async () => {
  await withThreads(2, async (maker, other) => {
    const { token } = await maker.ask<VPollShare>({ do: 'create', events: EPOLLIN });
    using vp = VPoll.attach(token);
    await other.ask({ do: 'attach', token });
    assert.is(vp.events, IN);
    await maker.end();
    await other.ask({ do: 'add', events: EPOLLOUT });
    assert.is(pollNow(vp.fd), IN | OUT);
    vp.delete(EPOLLIN);
    assert.equal(await other.ask({ do: 'look' }), [OUT, OUT]);
    await other.ask({ do: 'close' });
    assert.is(vp.events, OUT);
  });
});

test('two threads at once, each on its own bit: neither disturbs the other', async () => {
  await withThreads(1, async (thread) => {
    using vp = VPoll.create({ backend: 'socketpair' });
    await thread.ask({ do: 'attach', token: vp.share().token });
    thread.tell({ do: 'toggle', events: EPOLLOUT, count: 10_000 });
    const over = new AbortController();
    const wrongThere = thread.answer<number>().finally(() => {
      over.abort();
    });
    let wrong = 0;
    for (let i = 0; i < 10_000 || !over.signal.aborted; i++) {
      vp.add(EPOLLIN);
      if ((pollNow(vp.fd) & EPOLLIN) === 0) wrong++;
      vp.delete(EPOLLIN);
      if ((pollNow(vp.fd) & EPOLLIN) !== 0) wrong++;
      if (i % 500 === 499) await new Promise((resolve) => setImmediate(resolve));
    }
    assert.is(await wrongThere, 0);
    assert.is(wrong, 0);
    assert.is(vp.events, 0);
    await thread.ask({ do: 'close' });
  });
});

test.run();
