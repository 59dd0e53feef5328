// SPDX-License-Identifier: LGPL-2.1-or-later

// What can be watched, how that is changed, and the errors of what can't: an error each, and never an abort of the process.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLMSG, EPOLLOUT, EPOLLPRI, Poller } from '../../src/index.js';
import { closeFd, dup2, openFile, pipe } from '../real/support/libc.js';
import { refusal } from '../real/support/errors.js';
import { rejection } from './support/errors.js';
import { scenario } from './support/scenario.js';

const IN = EPOLLIN;

scenario(test, 'a regular file and a directory: EPERM, which says why', async ({ poller, own, wait }) => {
  for (const path of [import.meta.filename, import.meta.dirname]) {
    const fd = openFile(path);
    own(() => {
      closeFd(fd);
    });
    for (const options of [{}, { edge: true }, { listener: () => undefined }]) {
      assert.match(
        refusal(
          () => {
            poller.add(fd, IN, options);
          },
          'EPERM',
          'epoll_ctl',
        ).message,
        `fd ${fd}`,
      );
    }
    await rejection(poller.watch(fd, IN).next(), 'EPERM', 'epoll_ctl');
  }
  assert.equal(await wait({ timeoutMs: 5 }), [], 'and the Poller works on');
});

scenario(test, 'what is not open: EBADF', async ({ poller, vpoll, wait }) => {
  // The set of listeners takes a number, when there is the first.
  const other = vpoll();
  poller.add(other, IN, { listener: () => undefined });
  // Far up: a thread of the runtime's may take the lowest numbers at any time.
  const [read, write] = pipe();
  const closedFd = 900;
  dup2(read, closedFd);
  for (const fd of [read, write, closedFd]) closeFd(fd);
  for (const fd of [closedFd, 0x7fffffff, -1, -7]) {
    refusal(() => {
      poller.add(fd, IN);
    }, 'EBADF');
    await rejection(poller.watch(fd, IN).next(), 'EBADF');
  }
  const closed = vpoll();
  closed.close();
  assert.match(
    refusal(
      () => {
        poller.add(closed, IN);
      },
      'EBADF',
      'poller_add',
    ).message,
    'closed',
  );
  assert.equal(await wait({ timeoutMs: 5 }), []);
});

scenario(test, 'the same twice: EEXIST, by number or by VPoll, with a listener or without', async ({ poller, vpoll, wait }) => {
  const vp = vpoll(IN);
  const listener = (): void => undefined;
  poller.add(vp, IN);
  for (const target of [vp, vp.fd]) {
    for (const options of [{}, { listener }])
      refusal(
        () => {
          poller.add(target, IN, options);
        },
        'EEXIST',
        'epoll_ctl',
      );
    await rejection(poller.watch(target, IN).next(), 'EEXIST', 'epoll_ctl');
  }
  assert.is((await wait()).length, 1);
  poller.delete(vp.fd);
  poller.add(vp.fd, IN, { listener });
  for (const options of [{}, { listener }])
    refusal(() => {
      poller.add(vp, IN, options);
    }, 'EEXIST');
  poller.modify(vp, EPOLLOUT);
  poller.delete(vp);
});

scenario(test, 'what is not watched: ENOENT', ({ poller, vpoll }) => {
  const vp = vpoll();
  for (const target of [vp, vp.fd, 999_999, -1]) {
    refusal(
      () => {
        poller.modify(target, IN);
      },
      'ENOENT',
      'poller_modify',
    );
    refusal(
      () => {
        poller.delete(target);
      },
      'ENOENT',
      'poller_delete',
    );
  }
  poller.add(vp, IN);
  poller.delete(vp);
  refusal(() => {
    poller.delete(vp);
  }, 'ENOENT');
  return Promise.resolve();
});

scenario(test, 'oneshot: once, then nothing until modify, which keeps what it is not told', async ({ poller, vpoll, wait }) => {
  const vp = vpoll(IN);
  poller.add(vp, IN, { oneshot: true, data: 'old' });
  assert.equal(
    (await wait()).map(({ data }) => data),
    ['old'],
  );
  vp.add(IN);
  assert.equal(await wait({ timeoutMs: 10 }), []);
  poller.modify(vp, IN);
  assert.equal(
    (await wait()).map(({ data }) => data),
    ['old'],
  );
  assert.equal(await wait({ timeoutMs: 10 }), [], 'still oneshot');
  poller.modify(vp, IN, { oneshot: false, edge: undefined, data: undefined });
  for (let i = 0; i < 3; i++)
    assert.equal(
      (await wait()).map(({ data }) => data),
      ['old'],
    );
});

scenario(test, 'modify changes the events and the edge; what was ready before is told again', async ({ poller, vpoll, wait }) => {
  const vp = vpoll(IN | EPOLLOUT);
  poller.add(vp, IN, { edge: true });
  assert.is((await wait())[0]?.events, IN);
  assert.equal(await wait({ timeoutMs: 5 }), []);
  poller.modify(vp, IN | EPOLLOUT);
  assert.is((await wait())[0]?.events, 0x5);
  assert.equal(await wait({ timeoutMs: 5 }), [], 'still an edge');
  poller.modify(vp, EPOLLOUT, { edge: false });
  for (let i = 0; i < 3; i++) assert.is((await wait())[0]?.events, EPOLLOUT);
  poller.modify(vp, 0);
  assert.equal(await wait({ timeoutMs: 5 }), []);
});

scenario(test, 'no events asked for: a hangup comes all the same', async ({ poller, own, wait }) => {
  const [read, write] = pipe();
  poller.add(read, 0);
  own(() => {
    closeFd(read);
  });
  assert.equal(await wait({ timeoutMs: 5 }), []);
  closeFd(write);
  assert.is((await wait())[0]?.events, EPOLLHUP);
});

scenario(test, 'exclusive: what epoll allows with it, and no modify', async ({ poller, vpoll, wait }) => {
  const vp = vpoll();
  for (const events of [EPOLLPRI, IN | EPOLLMSG]) {
    assert.match(
      refusal(
        () => {
          poller.add(vp, events, { exclusive: true });
        },
        'EINVAL',
        'epoll_ctl',
      ).message,
      'exclusive',
    );
  }
  refusal(
    () => {
      poller.add(vp, IN, { exclusive: true, oneshot: true });
    },
    'EINVAL',
    'epoll_ctl',
  );
  poller.add(vp, IN | EPOLLOUT | EPOLLERR | EPOLLHUP, { exclusive: true, edge: true });
  assert.match(
    refusal(
      () => {
        poller.modify(vp, IN);
      },
      'EINVAL',
      'epoll_ctl',
    ).message,
    'delete it',
  );
  vp.add(IN);
  assert.is((await wait())[0]?.events, IN);
  poller.delete(vp);
});

scenario(test, 'exclusive: of several that wait, at least one wakes', async ({ vpoll, own }) => {
  const vp = vpoll();
  const pollers = Array.from({ length: 5 }, () => Poller.create());
  for (const each of pollers) {
    own(() => {
      each.close();
    });
    each.add(vp, IN, { exclusive: true, edge: true });
  }
  const waits = pollers.map((each) => each.wait());
  for (const pending of waits) pending.catch(() => undefined);
  await new Promise((resolve) => setImmediate(resolve));
  vp.add(IN);
  assert.is((await Promise.race(waits)).length, 1);
});

scenario(test, 'delete takes back what was ready', async ({ poller, vpoll, wait }) => {
  const vp = vpoll(IN);
  for (const edge of [false, true]) {
    poller.add(vp, IN, { edge });
    poller.delete(vp);
    assert.equal(await wait({ timeoutMs: 5 }), []);
  }
});

scenario(test, 'a target that is added while a wait is pending ends it', async ({ poller, vpoll }) => {
  const pending = poller.wait();
  await new Promise((resolve) => setTimeout(resolve, 5));
  poller.add(vpoll(IN), IN);
  assert.is((await pending).length, 1);
});

test.run();
