// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: every backend by node, vm library-core

// From create to close: what may be called twice, what fails afterwards, and that an object never touches a later vpoll which got
// the same number.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inspect } from 'node:util';
import {
  EPOLLIN,
  EPOLLOUT,
  formatEvents,
  VPoll,
  vpoll_close,
  vpoll_create,
  vpoll_ctl,
  vpoll_errno,
  VPollError,
} from '../../src/index.js';
import { BACKEND as backend, FDS, IN, isHere, OUT, shown } from './support/backend.js';
import { refusal } from './support/errors.js';
import { closeFd, countFds, pollNow, settle } from './support/libc.js';

test.before(settle);

/** Everything that needs an open vpoll, with the syscall that its error names. */
const uses: [syscall: string, use: (vp: VPoll) => unknown][] = [
  [
    'vpoll_ctl',
    (vp) => {
      vp.add(EPOLLIN);
    },
  ],
  [
    'vpoll_ctl',
    (vp) => {
      vp.add(EPOLLOUT);
    },
  ],
  [
    'vpoll_ctl',
    (vp) => {
      vp.add(0);
    },
  ],
  [
    'vpoll_ctl',
    (vp) => {
      vp.delete(EPOLLIN);
    },
  ],
  [
    'vpoll_ctl',
    (vp) => {
      vp.set(0);
    },
  ],
  ['vpoll_events', (vp) => vp.events],
  ['vpoll_supports', (vp) => vp.supports(0)],
  ['vpoll_backend', (vp) => vp.backend],
  ['vpoll_share', (vp) => vp.share()],
];

test('close twice does nothing; every other use of a closed vpoll is EBADF; fd is -1', () => {
  const before = countFds();
  const vp = VPoll.create({ backend });
  assert.ok(vp.fd > 2);
  vp.close();
  assert.is(vp.fd, -1);
  assert.is(countFds(), before);
  vp.close();
  vp[Symbol.dispose]();
  for (const [syscall, use] of uses) {
    const error = refusal(() => use(vp), 'EBADF', syscall);
    assert.is(error.errno, -9);
  }
  assert.is(vp.fd, -1);
  assert.is(countFds(), before);
});

test('using closes at the end of its block, also when that throws', () => {
  const before = countFds();
  let escaped: VPoll | undefined;
  assert.throws(() => {
    using vp = VPoll.create({ backend, events: EPOLLIN });
    escaped = vp;
    assert.is(countFds(), before + FDS);
    throw new Error('out');
  }, 'out');
  assert.is(escaped?.fd, -1);
  assert.is(countFds(), before);
});

test('a stale object gets EBADF where a newer vpoll has its number, and the newer is left alone', () => {
  const before = countFds();
  for (const exclusive of [false, true]) {
    for (const [, use] of uses) {
      const stale = VPoll.create({ backend, exclusive });
      closeFd(stale.fd);
      using young = VPoll.create({ backend, events: EPOLLOUT });
      assert.is(young.fd, stale.fd);
      refusal(() => use(stale), 'EBADF');
      refusal(
        () => {
          stale.close();
        },
        'EBADF',
        'vpoll_close',
      );
      stale.close();
      assert.is(stale.fd, -1);
      assert.is(pollNow(young.fd), OUT);
      young.add(EPOLLIN);
      assert.is(young.events, IN | OUT);
    }
  }
  assert.is(countFds(), before);
});

test('closed by number: the object gets EBADF, once from close', () => {
  const before = countFds();
  const vp = VPoll.create({ backend });
  assert.is(vpoll_close(vp.fd), 0);
  for (const [, use] of uses) refusal(() => use(vp), 'EBADF');
  refusal(
    () => {
      vp.close();
    },
    'EBADF',
    'vpoll_close',
  );
  vp.close();
  assert.is(countFds(), before);
});

test('the C-like functions: 0 or a descriptor, else -1; the errno stays until the next failure', () => {
  const before = countFds();
  const fd = vpoll_create(EPOLLIN, 0, { backend });
  assert.ok(fd > 2);
  assert.is(pollNow(fd), IN);
  assert.is(vpoll_ctl(fd, 9, 0), -1);
  assert.is(vpoll_errno(), 22);
  assert.is(vpoll_ctl(fd, 3, EPOLLOUT), 0);
  assert.is(vpoll_errno(), 22, 'success clears nothing');
  assert.is(pollNow(fd), OUT);
  assert.is(vpoll_close(fd), 0);
  assert.is(vpoll_close(fd), -1);
  assert.is(vpoll_errno(), 9);
  for (const foreign of [0, 1, fd, -1, 100_000, 0x7fffffff]) {
    assert.is(vpoll_ctl(foreign, 1, EPOLLIN), -1);
    assert.is(vpoll_errno(), 9);
    assert.is(vpoll_close(foreign), -1);
    assert.is(vpoll_errno(), 9);
  }
  for (const missing of (['eventfd', 'device'] as const).filter((name) => !isHere(name))) {
    assert.is(vpoll_create(0, 0, { backend: missing }), -1);
    assert.is(vpoll_errno(), 95);
  }
  assert.is(vpoll_create(0, 0, { nonsense: 1 } as never), -1);
  assert.is(vpoll_errno(), 22);
  assert.is(countFds(), before);
});

test('inspect says what it is in one line, and never throws', () => {
  const vp = VPoll.create({ backend, events: EPOLLIN | EPOLLOUT });
  assert.is(inspect(vp), `VPoll { fd: ${vp.fd}, ${backend}, events: ${formatEvents(shown(EPOLLIN | EPOLLOUT))} }`);
  vp.set(0);
  assert.is(inspect(vp), `VPoll { fd: ${vp.fd}, ${backend}, events: 0 }`);
  closeFd(vp.fd);
  assert.is(inspect(vp), `VPoll { fd: ${vp.fd}, closed behind its back }`);
  refusal(() => {
    vp.close();
  }, 'EBADF');
  assert.is(inspect(vp), 'VPoll { closed }');
});

test('masks that come out are unsigned, whatever went in', () => {
  using vp = VPoll.create({ backend });
  vp.add(EPOLLIN);
  vp.delete(-1 & ~EPOLLIN & ~0x40);
  assert.is(vp.events, IN);
  assert.ok(vp.events >= 0);
  vp.delete(-1);
  assert.is(vp.events, 0);
});

test('an error is an Error like those of Node', () => {
  const error = refusal(() => VPoll.create({ events: 0x20 }), 'EINVAL', 'vpoll_create');
  assert.instance(error, Error);
  assert.instance(error, VPollError);
  assert.is(error.name, 'VPollError');
  assert.is(error.errno, -22);
  assert.match(error.stack ?? '', 'lifetime.test');
});

test.run();
