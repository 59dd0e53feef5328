// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: every backend by node, vm library-core

// Every wrong argument is an error with code, errno and syscall, and changes nothing: no descriptor opened, no bit moved.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as c from '../../src/constants.js';
import { VPoll, vpoll_close, vpoll_create, vpoll_ctl, vpoll_errno, type VPollOptions } from '../../src/index.js';
import { BACKEND, FDS, FIRST, HERE, IN, isHere, offerOfFiles } from './support/backend.js';
import { refusal } from './support/errors.js';
import { countFds, isCloexec, openFlags, pollNow, settle } from './support/libc.js';

test.before(settle);

const NO_MASK: unknown[] = [
  undefined,
  null,
  '1',
  true,
  NaN,
  Infinity,
  1.5,
  2 ** 40,
  2 ** 32,
  -(2 ** 31) - 1,
  1n,
  {},
  [1],
  Symbol('IN'),
  () => 1,
];
/** Masks with a bit that nobody may assert. */
const FOREIGN = [
  c.EPOLLET,
  -1,
  c.EPOLLIN | c.EPOLLET,
  c.EPOLLONESHOT,
  c.EPOLLEXCLUSIVE,
  c.EPOLLWAKEUP,
  0x20,
  0x800,
  0x1000,
  0x4000,
  0x8000,
];

/** Runs `use` on a vpoll that shows IN, which it must still do afterwards, with not one descriptor more or less. */
function unchanged(use: (vp: VPoll) => void): void {
  using vp = VPoll.create({ backend: BACKEND, events: c.EPOLLIN });
  const before = countFds();
  use(vp);
  assert.is(pollNow(vp.fd), IN);
  assert.is(vp.events, IN);
  assert.is(countFds(), before);
}

test('add, set: what is no mask, or holds a bit that can not be asserted, is EINVAL', () => {
  unchanged((vp) => {
    for (const events of [...NO_MASK, ...FOREIGN] as number[]) {
      refusal(
        () => {
          vp.add(events);
        },
        'EINVAL',
        'vpoll_ctl',
      );
      refusal(
        () => {
          vp.set(events);
        },
        'EINVAL',
        'vpoll_ctl',
      );
    }
  });
});

test('delete: what is no mask is EINVAL; bits that nobody can assert are ignored', () => {
  unchanged((vp) => {
    for (const events of NO_MASK as number[]) {
      refusal(
        () => {
          vp.delete(events);
        },
        'EINVAL',
        'vpoll_ctl',
      );
    }
    for (const events of FOREIGN) vp.delete((events & ~c.VPOLL_EVENTS) >>> 0);
    vp.delete(c.EPOLLET | c.EPOLLOUT);
  });
});

test('the errors say which bits are wrong, and which are right', () => {
  unchanged((vp) => {
    const { message } = refusal(() => {
      vp.add(c.EPOLLET | c.EPOLLIN);
    }, 'EINVAL');
    assert.match(message, 'ET in events');
    assert.match(message, 'IN|PRI|OUT|ERR|HUP|RDNORM|RDBAND|WRNORM|WRBAND|MSG|RDHUP');
    assert.match(
      refusal(() => {
        vp.add('UP' as never);
      }, 'EINVAL').message,
      "'UP'",
    );
  });
});

test('create: wrong options are EINVAL, named, and nothing is opened', () => {
  const before = countFds();
  const wrong: [options: unknown, named: string | RegExp][] = [
    [null, 'null'],
    [5, '5'],
    ['socketpair', 'socketpair'],
    [{ event: 1 }, 'event'],
    [{ events: 1, Policy: 'strict' }, 'Policy'],
    ...([...NO_MASK.slice(2), ...FOREIGN].map((events) => [{ events }, 'events']) as [unknown, string][]),
    ...([...NO_MASK.slice(2), ...FOREIGN].map((needs) => [{ needs }, /needs|events/]) as [unknown, RegExp][]),
    [{ cloexec: 1 }, 'cloexec'],
    [{ cloexec: null }, 'cloexec'],
    [{ nonblock: 'yes' }, 'nonblock'],
    [{ exclusive: 0 }, 'exclusive'],
    [{ policy: 'lax' }, "'lax'"],
    [{ policy: null }, 'policy'],
    [{ backend: 'epoll' }, "'epoll'"],
    [{ backend: 3 }, 'backend'],
    [{ backend: '' }, 'backend'],
  ];
  for (const [options, named] of wrong) {
    const { message } = refusal(() => VPoll.create(options as VPollOptions), 'EINVAL', 'vpoll_create');
    assert.match(message, named);
  }
  assert.is(countFds(), before);
});

test('create: null is no mask and no backend', () => {
  for (const option of ['events', 'needs', 'backend']) refusal(() => VPoll.create({ [option]: null }), 'EINVAL', 'vpoll_create');
});

test('create: the environment names a backend, and an option beats it', async () => {
  if (HERE.includes('fuse')) await VPoll.prepare('fuse');
  const before = countFds();
  const inherited = process.env.VPOLL_BACKEND;
  try {
    process.env.VPOLL_BACKEND = 'nonsense';
    const { message } = refusal(() => VPoll.create(), 'EINVAL', 'vpoll_create');
    assert.match(message, 'VPOLL_BACKEND');
    assert.match(message, "'nonsense'");
    assert.match(message, 'socketpair');
    assert.is(vpoll_create(0, 0), -1);
    assert.is(vpoll_errno(), 22);
    for (const [backend, made] of [...HERE.map((name) => [name, name] as const), ['auto', FIRST] as const]) {
      using vp = VPoll.create({ backend });
      assert.is(vp.backend, made);
    }
    for (const name of ['eventfd', 'device', 'tcp', 'socketpair'] as const) {
      process.env.VPOLL_BACKEND = name;
      if (isHere(name)) {
        using vp = VPoll.create();
        assert.is(vp.backend, name);
      } else refusal(() => VPoll.create(), 'EOPNOTSUPP', 'vpoll_create');
    }
    process.env.VPOLL_BACKEND = '';
    using vp = VPoll.create();
    assert.is(vp.backend, FIRST);
  } finally {
    if (inherited === undefined) delete process.env.VPOLL_BACKEND;
    else process.env.VPOLL_BACKEND = inherited;
  }
  assert.is(countFds(), before);
});

test('create: a backend that this kernel lacks is EOPNOTSUPP, and the message says how to get it; one that it has is there', () => {
  const before = countFds();
  for (const [backend, remedy] of [
    ['device', 'load vpoll.ko'],
    ['eventfd', 'linux_patch'],
  ] as const) {
    if (isHere(backend)) {
      using vp = VPoll.create({ backend });
      assert.is(vp.backend, backend);
    } else assert.match(refusal(() => VPoll.create({ backend }), 'EOPNOTSUPP', 'vpoll_create').message, remedy);
  }
  assert.is(countFds(), before);
});

test('create: strict refuses what socketpair can not show, and names those that could', () => {
  const before = countFds();
  for (const events of [c.EPOLLPRI, c.EPOLLERR, c.EPOLLHUP, c.EPOLLRDHUP, c.EPOLLRDNORM, c.VPOLL_EVENTS]) {
    const { message } = refusal(() => VPoll.create({ backend: 'socketpair', events }), 'EOPNOTSUPP', 'vpoll_create');
    assert.match(message, offerOfFiles(events));
  }
  assert.is(countFds(), before);
});

test('create: VPOLL_NEEDS in the environment is what needs says, and an option beats it', () => {
  const inherited = process.env.VPOLL_NEEDS;
  try {
    for (const [text, mask] of [
      ['IN', c.EPOLLIN],
      ['IN|PRI', c.EPOLLIN | c.EPOLLPRI],
      ['pollpri, EPOLLERR', c.EPOLLPRI | c.EPOLLERR],
    ] as const) {
      process.env.VPOLL_NEEDS = text;
      using vp = VPoll.create({ backend: 'auto' });
      using same = VPoll.create({ backend: 'auto', needs: mask });
      assert.is(vp.backend, same.backend);
      using other = VPoll.create({ backend: 'auto', needs: 0 });
      assert.is(other.backend, FIRST);
      const fd = vpoll_create(0, 0, { backend: 'auto' });
      assert.ok(fd >= 0);
      assert.is(vpoll_close(fd), 0);
    }
    for (const text of ['nonsense', 'ET', '0x20', 'IN|']) {
      process.env.VPOLL_NEEDS = text;
      assert.match(refusal(() => VPoll.create(), 'EINVAL', 'vpoll_create').message, 'VPOLL_NEEDS');
    }
  } finally {
    if (inherited === undefined) delete process.env.VPOLL_NEEDS;
    else process.env.VPOLL_NEEDS = inherited;
  }
});

test('create: the flags reach the open file', () => {
  for (const cloexec of [true, false]) {
    for (const nonblock of [true, false]) {
      using vp = VPoll.create({ backend: BACKEND, cloexec, nonblock });
      const all = vp.share().stdio;
      assert.is(all.length, FDS);
      for (const fd of all) assert.is(isCloexec(fd), cloexec);
      assert.is((openFlags(vp.fd) & c.EFD_NONBLOCK) !== 0, nonblock);
    }
  }
  using byDefault = VPoll.create();
  assert.ok(isCloexec(byDefault.fd));
  assert.is(openFlags(byDefault.fd) & c.EFD_NONBLOCK, 0);
});

test('the C-like functions: -1 and an errno for whatever C could not pass', () => {
  unchanged((vp) => {
    for (const mask of NO_MASK as number[]) {
      assert.is(vpoll_create(mask, 0), -1);
      assert.is(vpoll_errno(), 22);
      assert.is(vpoll_create(0, mask), -1);
      assert.is(vpoll_errno(), 22);
      assert.is(vpoll_ctl(vp.fd, 1, mask), -1);
      assert.is(vpoll_errno(), 22);
      assert.is(vpoll_ctl(vp.fd, mask, 1), -1);
      assert.is(vpoll_errno(), 22);
      assert.is(vpoll_ctl(mask, 1, 1), -1);
      assert.is(vpoll_errno(), 9);
      assert.is(vpoll_close(mask), -1);
      assert.is(vpoll_errno(), 9);
    }
    for (const events of FOREIGN) {
      assert.is(vpoll_create(events, 0), -1);
      assert.is(vpoll_errno(), 22);
      for (const op of [1, 3]) {
        assert.is(vpoll_ctl(vp.fd, op, events), -1);
        assert.is(vpoll_errno(), 22);
      }
      assert.is(vpoll_ctl(vp.fd, 2, (events & ~c.EPOLLIN & ~c.EPOLLRDNORM) >>> 0), 0);
    }
  });
});

test('a VPoll comes from create() alone', () => {
  const make = VPoll as unknown as new (...args: unknown[]) => VPoll;
  for (const args of [[], [Symbol('VPoll'), 0], [undefined, 3]]) refusal(() => new make(...args), 'EINVAL', 'vpoll_create');
});

test.run();
