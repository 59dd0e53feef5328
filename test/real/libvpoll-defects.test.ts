// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one backend, vm library/once

// What libvpoll's emulator gets wrong (the project's notes list 13 defects) and vpoll must not: those that one process can show
// by itself. 7 is shown by set-never-both, 8 by closed-behind-its-back, 10 by dup-and-exec; 12 and 13 are about patched kernels.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as c from '../../src/constants.js';
import { VPoll, vpoll_close, vpoll_create, vpoll_ctl, vpoll_errno, type VPollOptions } from '../../src/index.js';
import { refusal } from './support/errors.js';
import { isCloexec, openFlags, pollNow } from './support/libc.js';
import { EINVAL, EOPNOTSUPP } from '../../host/errno.js';

const IN = 0x41;
const OUT = 0x304;
const RDHUP = 0x2041;
const HUP = 0x2051;

function withVPoll(options: VPollOptions, use: (vp: VPoll) => void): void {
  for (const exclusive of [false, true]) {
    using vp = VPoll.create({ backend: 'socketpair', exclusive, ...options });
    use(vp);
  }
}

/** Runs `use` on a number made by the C-like functions. */
function withNumber(events: number, use: (fd: number) => void): void {
  const fd = vpoll_create(events, c.FD_CLOEXEC, { backend: 'socketpair' });
  assert.ok(fd >= 0);
  try {
    use(fd);
  } finally {
    assert.is(vpoll_close(fd), 0);
  }
}

function times(count: number, run: () => void): void {
  for (let i = 0; i < count; i++) run();
}

/** Runs with a handler that counts SIGPIPE. Without one Node ignores the signal, and a raise would not be noticed. */
async function countingPipes(use: () => void): Promise<number> {
  let count = 0;
  const handler = (): number => count++;
  process.on('SIGPIPE', handler);
  use();
  // A signal is delivered by the event loop.
  await new Promise((resolve) => setTimeout(resolve, 50));
  process.off('SIGPIPE', handler);
  return count;
}

test('defect 1: one DEL IN undoes five ADD IN, and a thousand', () => {
  for (const count of [5, 1000]) {
    withVPoll({}, (vp) => {
      times(count, () => {
        vp.add(c.EPOLLIN);
      });
      assert.is(pollNow(vp.fd), IN);
      vp.delete(c.EPOLLIN);
      assert.is(pollNow(vp.fd), 0);
    });
    withNumber(0, (fd) => {
      times(count, () => {
        assert.is(vpoll_ctl(fd, c.VPOLL_CTL_ADDEVENTS, c.EPOLLIN), 0);
      });
      assert.is(vpoll_ctl(fd, c.VPOLL_CTL_DELEVENTS, c.EPOLLIN), 0);
      assert.is(pollNow(fd), 0);
    });
  }
});

test('defect 2: one ADD OUT undoes three DEL OUT', () => {
  withVPoll({ events: c.EPOLLOUT }, (vp) => {
    times(3, () => {
      vp.delete(c.EPOLLOUT);
    });
    assert.is(pollNow(vp.fd), 0);
    vp.add(c.EPOLLOUT);
    assert.is(pollNow(vp.fd), OUT);
  });
});

test('defect 2: one SET 0 undoes six SET IN', () => {
  withVPoll({}, (vp) => {
    times(6, () => {
      vp.set(c.EPOLLIN);
    });
    assert.is(pollNow(vp.fd), IN);
    vp.set(0);
    assert.is(pollNow(vp.fd), 0);
  });
});

test('defect 3: after HUP or RDHUP, ADD IN, DEL OUT and SET 0 raise no SIGPIPE', async () => {
  const raised = await countingPipes(() => {
    for (const [final, shown] of [
      [c.EPOLLHUP, HUP],
      [c.EPOLLRDHUP, RDHUP],
    ] as const) {
      withVPoll({ policy: 'closest', events: c.EPOLLOUT }, (vp) => {
        vp.add(final);
        vp.add(c.EPOLLIN);
        assert.is(pollNow(vp.fd), shown | OUT);
        vp.delete(c.EPOLLOUT);
        assert.is(pollNow(vp.fd), shown);
        vp.set(0);
        assert.is(pollNow(vp.fd), shown);
      });
    }
  });
  assert.is(raised, 0);
});

test('defect 4: HUP and RDHUP can not be undone, and strict says so', () => {
  for (const events of [c.EPOLLIN | c.EPOLLRDHUP, c.EPOLLIN | c.EPOLLRDHUP | c.EPOLLHUP]) {
    withVPoll({ events }, (vp) => {
      const before = pollNow(vp.fd);
      refusal(
        () => {
          vp.delete(c.EPOLLRDHUP);
        },
        'EOPNOTSUPP',
        'vpoll_ctl',
      );
      refusal(
        () => {
          vp.set(0);
        },
        'EOPNOTSUPP',
        'vpoll_ctl',
      );
      assert.is(pollNow(vp.fd), before);
    });
  }
});

test('defect 5: what can not be shown is refused, not ignored', () => {
  const inexpressible = [c.EPOLLPRI, c.EPOLLERR, c.EPOLLRDNORM, c.EPOLLRDBAND, c.EPOLLWRNORM, c.EPOLLWRBAND, c.EPOLLMSG];
  for (const events of inexpressible) {
    withVPoll({}, (vp) => {
      refusal(
        () => {
          vp.add(events);
        },
        'EOPNOTSUPP',
        'vpoll_ctl',
      );
      assert.is(pollNow(vp.fd), 0);
    });
    assert.is(vpoll_create(events, 0, { backend: 'socketpair', policy: 'strict' }), -1);
    assert.is(vpoll_errno(), EOPNOTSUPP);
  }
});

test('defect 6: create(OUT|HUP) is refused under strict, and shows the smallest superset under closest', () => {
  refusal(() => VPoll.create({ backend: 'socketpair', events: c.EPOLLOUT | c.EPOLLHUP }), 'EOPNOTSUPP', 'vpoll_create');
  withNumber(c.EPOLLOUT | c.EPOLLHUP, (fd) => {
    assert.is(pollNow(fd), HUP | OUT);
  });
  withNumber(c.EPOLLHUP, (fd) => {
    // No OUT, which the reference shows as well.
    assert.is(pollNow(fd), HUP);
  });
});

test('defect 9: after a wrong op the next ctl works', () => {
  withNumber(0, (fd) => {
    for (const op of [0, 4, -1, 0xffffffff]) {
      assert.is(vpoll_ctl(fd, op, c.EPOLLIN), -1);
      assert.is(vpoll_errno(), EINVAL);
      assert.is(pollNow(fd), 0);
      assert.is(vpoll_ctl(fd, c.VPOLL_CTL_ADDEVENTS, c.EPOLLIN), 0);
      assert.is(pollNow(fd), IN);
      assert.is(vpoll_ctl(fd, c.VPOLL_CTL_DELEVENTS, c.EPOLLIN), 0);
    }
  });
});

test('defect 11: garbage flags are EINVAL; O_CLOEXEC and O_NONBLOCK are honoured', () => {
  for (const flags of [2, 4, 0x80, 0x100000, 0x880802, -1]) {
    assert.is(vpoll_create(0, flags), -1);
    assert.is(vpoll_errno(), EINVAL);
  }
  for (const flags of [0, c.FD_CLOEXEC, c.EFD_CLOEXEC, c.EFD_NONBLOCK, c.FD_CLOEXEC | c.EFD_CLOEXEC | c.EFD_NONBLOCK]) {
    const fd = vpoll_create(0, flags);
    assert.is(isCloexec(fd), (flags & (c.FD_CLOEXEC | c.EFD_CLOEXEC)) !== 0);
    assert.is((openFlags(fd) & c.EFD_NONBLOCK) !== 0, (flags & c.EFD_NONBLOCK) !== 0);
    assert.is(vpoll_close(fd), 0);
  }
  withVPoll({ cloexec: false, nonblock: true }, (vp) => {
    assert.not(isCloexec(vp.fd));
    assert.ok(openFlags(vp.fd) & c.EFD_NONBLOCK);
  });
});

test.run();
