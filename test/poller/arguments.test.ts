// SPDX-License-Identifier: LGPL-2.1-or-later

// Wrong arguments: each an EINVAL that says what is wrong, with nothing watched or changed; and no descriptors left.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLET, EPOLLEXCLUSIVE, EPOLLIN, EPOLLONESHOT, EPOLLWAKEUP, Poller } from '../../src/index.js';
import { Peer } from '../real/support/with-peer.js';
import { refusal } from '../real/support/errors.js';
import { rejection } from './support/errors.js';
import { scenario } from './support/scenario.js';

const IN = EPOLLIN;

/** Methods as someone without types would call them. */
type Untyped = Record<'add' | 'modify' | 'delete' | 'watch', (...values: unknown[]) => unknown>;

/** Calls a method with what it must refuse; returns what the error says. */
function wrong(poller: Poller, method: keyof Untyped, ...values: unknown[]): string {
  return refusal(() => (poller as unknown as Untyped)[method](...values), 'EINVAL', `poller_${method}`).message;
}

scenario(test, 'targets', async ({ poller, wait }) => {
  for (const target of ['3', null, undefined, {}, 1.5, NaN, 2 ** 31, 3n, poller]) {
    for (const method of ['add', 'modify', 'delete', 'watch'] as const) {
      assert.match(wrong(poller, method, target, IN), 'a descriptor number or a VPoll');
    }
  }
  assert.equal(await wait({ timeoutMs: 0 }), []);
});

scenario(test, 'events', async ({ poller, vpoll, wait }) => {
  const [vp, watched] = [vpoll(IN), vpoll(IN)];
  poller.add(watched, IN);
  for (const events of ['UP', null, undefined, 1.5, 2 ** 32, 0x20, 0x800, 0x4000, -1]) {
    wrong(poller, 'add', vp, events);
    wrong(poller, 'modify', watched, events);
    wrong(poller, 'watch', vp, events);
  }
  const options = { edge: EPOLLET, oneshot: EPOLLONESHOT, exclusive: EPOLLEXCLUSIVE };
  for (const [name, bit] of Object.entries(options)) assert.match(wrong(poller, 'add', vp, IN | bit), `${name}: true`);
  assert.match(wrong(poller, 'add', vp, IN | EPOLLWAKEUP), 'WAKEUP');
  assert.equal(
    (await wait()).map(({ target }) => target),
    [watched],
  );
});

scenario(test, 'options of add, modify and watch', async ({ poller, vpoll, wait }) => {
  const [vp, watched] = [vpoll(IN), vpoll(IN)];
  poller.add(watched, IN);
  const anywhere = [null, 1, 'edge', { edges: true }, { edge: 1 }];
  for (const options of [...anywhere, { oneshot: 'yes' }, { listener: {} }]) {
    wrong(poller, 'add', vp, IN, options);
    wrong(poller, 'modify', watched, IN, options);
  }
  wrong(poller, 'modify', watched, IN, { exclusive: true });
  assert.match(wrong(poller, 'modify', watched, IN, { listener: () => undefined }), 'delete it');
  for (const options of [...anywhere, { oneshot: true }, { signal: 'x' }]) wrong(poller, 'watch', vp, IN, options);
  assert.equal(
    (await wait()).map(({ target }) => target),
    [watched],
  );
});

scenario(test, 'options of wait', async ({ poller, vpoll, wait }) => {
  poller.add(vpoll(IN), IN);
  const timeouts = [-1, NaN, 2 ** 31, -Infinity, '1', null].map((timeoutMs) => ({ timeoutMs }));
  const maxima = [0, -1, 1.5, 65537, '8', null].map((max) => ({ max }));
  for (const options of [...timeouts, ...maxima, { signal: {} }, { signal: null }, { timeout: 1 }, null, 5]) {
    await rejection(poller.wait(options as object), 'EINVAL', 'poller_wait');
  }
  assert.is((await wait({ timeoutMs: 2 ** 31 - 1, max: 1 })).length, 1);
  assert.is((await wait({ timeoutMs: Infinity })).length, 1);
});

test('a Poller is made by create', () => {
  refusal(() => new (Poller as unknown as new () => Poller)(), 'EINVAL', 'poller_create');
});

test('no descriptors left: EMFILE from create, and from the first listener', async () => {
  await Peer.with({ before: ['sh', '-c', 'ulimit -n 120; exec "$@"', 'sh'] }, async (peer) => {
    const codes = await peer.run(async ({ vpoll, libc }) => {
      const vp = vpoll.VPoll.create({ backend: 'socketpair' });
      const poller = vpoll.Poller.create();
      const seen: string[] = [];
      const refused = (make: () => void): void => {
        try {
          make();
          seen.push('made');
        } catch (error) {
          const { code, syscall, message } = error as InstanceType<typeof vpoll.VPollError>;
          seen.push(code, syscall, /ulimit/.exec(message)?.[0] ?? message);
        }
      };
      const taken: number[] = [];
      while (libc.freeFds(120) > 0) taken.push(libc.dup(vp.fd));
      refused(() => vpoll.Poller.create());
      const listener = (): void => undefined;
      refused(() => {
        poller.add(vp, vpoll.EPOLLIN, { listener });
      });
      for (const fd of taken) libc.closeFd(fd);
      poller.add(vp, vpoll.EPOLLIN, { listener });
      await poller[Symbol.asyncDispose]();
      vp.close();
      return seen;
    });
    assert.equal(codes, ['EMFILE', 'epoll_create1', 'ulimit', 'EMFILE', 'poller_add', 'ulimit']);
  });
});

scenario(test, '100 Pollers come and go, and no descriptor stays', async ({ vpoll }) => {
  const vp = vpoll(IN);
  for (let i = 0; i < 100; i++) {
    const poller = Poller.create();
    poller.add(vp, IN);
    assert.is((await poller.wait()).length, 1);
    await poller[Symbol.asyncDispose]();
  }
});

test.run();
