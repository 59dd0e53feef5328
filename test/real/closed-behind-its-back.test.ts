// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: every backend by node, vm library-core

// Defect 8 of libvpoll's emulator: a close(2) behind its back leaks the hidden end, and when a pipe takes the number, ctl eats the
// pipe's bytes. vpoll compares before it touches: EBADF, the bytes are still there, and the hidden end is closed. A vpoll file is asked
// by an ioctl that says on every other file that it isn't one.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLIN, EPOLLOUT, VPoll, vpoll_close, vpoll_create, vpoll_ctl, vpoll_errno } from '../../src/index.js';
import { BACKEND as backend, FDS, IN } from './support/backend.js';
import { refusal } from './support/errors.js';
import { closeFd, countFds, dup, pipe, pollNow, readFd, writeFd, settle } from './support/libc.js';
import { EBADF } from '../../host/errno.js';

test.before(settle);

const POLLNVAL = 0x20;

/** Closes `fd` behind vpoll's back and lets a pipe with five bytes in it take the number; afterwards they must still be there. */
function underPipe(fd: number, use: () => void): void {
  closeFd(fd);
  const [reader, writer] = pipe();
  try {
    assert.is(reader, fd, 'the pipe took the number');
    writeFd(writer, 'bytes');
    use();
    assert.is(readFd(reader, 10), 'bytes');
  } finally {
    closeFd(reader);
    closeFd(writer);
  }
}

const requests: Record<string, (vp: VPoll) => unknown> = {
  'add IN': (vp) => {
    vp.add(EPOLLIN);
  },
  'add OUT': (vp) => {
    vp.add(EPOLLOUT);
  },
  'add IN|OUT': (vp) => {
    vp.add(EPOLLIN | EPOLLOUT);
  },
  'delete IN': (vp) => {
    vp.delete(EPOLLIN);
  },
  'delete OUT': (vp) => {
    vp.delete(EPOLLOUT);
  },
  'set 0': (vp) => {
    vp.set(0);
  },
  'set OUT': (vp) => {
    vp.set(EPOLLOUT);
  },
  events: (vp) => vp.events,
  supports: (vp) => vp.supports(0),
  share: (vp) => vp.share(),
  close: (vp) => {
    vp.close();
  },
};

for (const [name, request] of Object.entries(requests)) {
  test(`defect 8: ${name} after the number became a pipe's`, () => {
    const before = countFds();
    const vp = VPoll.create({ backend, events: EPOLLIN });
    assert.is(countFds(), before + FDS);
    underPipe(vp.fd, () => {
      refusal(() => request(vp), 'EBADF');
      assert.is(countFds(), before + 2, 'the pipe, and no hidden end');
    });
    assert.is(countFds(), before);
    if (vp.fd >= 0)
      refusal(
        () => {
          vp.close();
        },
        'EBADF',
        'vpoll_close',
      );
    assert.is(countFds(), before);
  });
}

test('defect 8: vpoll_ctl and vpoll_close by number', () => {
  for (const call of [(fd: number) => vpoll_ctl(fd, 1, EPOLLIN), (fd: number) => vpoll_ctl(fd, 2, EPOLLIN), vpoll_close]) {
    const before = countFds();
    const fd = vpoll_create(EPOLLIN, 1, { backend });
    underPipe(fd, () => {
      assert.is(call(fd), -1);
      assert.is(vpoll_errno(), EBADF);
      assert.is(countFds(), before + 2, 'the pipe, and no hidden end');
    });
    assert.is(countFds(), before);
  }
});

test('defect 8: an exclusive vpoll, whose mask is remembered', () => {
  const before = countFds();
  const vp = VPoll.create({ backend, events: EPOLLIN, exclusive: true });
  underPipe(vp.fd, () => {
    refusal(() => {
      vp.delete(EPOLLIN);
    }, 'EBADF');
    refusal(() => {
      vp.set(EPOLLOUT);
    }, 'EBADF');
    refusal(
      () => {
        vp.close();
      },
      'EBADF',
      'vpoll_close',
    );
  });
  assert.is(countFds(), before);
});

test('socketpair: the hidden number may be reused as well: neither is touched', () => {
  const before = countFds();
  const vp = VPoll.create({ backend: 'socketpair', events: EPOLLIN });
  const [, hidden] = vp.share().stdio;
  closeFd(hidden!);
  const [reader, writer] = pipe();
  assert.is(reader, hidden);
  writeFd(writer, 'bytes');
  refusal(() => {
    vp.add(EPOLLIN);
  }, 'EBADF');
  vp.close();
  assert.is(pollNow(reader), 0x41, 'the pipe is open and its bytes are there');
  closeFd(reader);
  closeFd(writer);
  assert.is(countFds(), before);
});

test('a new vpoll on the number of one that was closed behind our back: the old hidden end goes', () => {
  const before = countFds();
  const old = VPoll.create({ backend });
  closeFd(old.fd);
  const young = VPoll.create({ backend, events: EPOLLOUT });
  assert.is(young.fd, old.fd);
  assert.is(countFds(), before + FDS);
  young.close();
  assert.is(countFds(), before);
});

test('socketpair: a copy elsewhere keeps the vpoll alive for ADD IN, and only the number is gone', () => {
  const before = countFds();
  const vp = VPoll.create({ backend: 'socketpair' });
  const copy = dup(vp.fd);
  closeFd(vp.fd);
  vp.add(EPOLLIN);
  assert.is(pollNow(copy), 0x41);
  assert.is(pollNow(vp.fd), POLLNVAL);
  assert.is(vpoll_ctl(vp.fd, 1, EPOLLIN), -1);
  assert.is(vpoll_errno(), EBADF);
  assert.is(vpoll_ctl(copy, 2, EPOLLIN), 0);
  assert.is(pollNow(copy), 0);
  assert.is(vpoll_close(copy), 0);
  assert.is(countFds(), before);
});

test('the number is gone and a copy stays: the copy is the vpoll, by its own number', () => {
  const before = countFds();
  const vp = VPoll.create({ backend, events: EPOLLIN });
  const { fd } = vp;
  const copy = dup(fd);
  closeFd(fd);
  assert.is(vpoll_ctl(fd, 2, EPOLLIN), -1);
  assert.is(vpoll_errno(), EBADF);
  assert.is(pollNow(copy), IN);
  refusal(() => {
    vp.delete(EPOLLIN);
  }, 'EBADF');
  assert.is(vpoll_ctl(copy, 2, EPOLLIN), 0);
  assert.is(pollNow(copy), 0);
  refusal(
    () => {
      vp.close();
    },
    'EBADF',
    'vpoll_close',
  );
  assert.is(pollNow(copy), 0, 'nor has the close touched it');
  assert.is(vpoll_close(copy), 0);
  assert.is(countFds(), before);
});

test.run();
