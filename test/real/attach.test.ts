// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: every backend by node, a socketpair, vm library/once

// A token is believed only when the descriptors are the ones that it names. A foreign file is EBADF and stays as it was. A broken
// token is EINVAL, and nothing is opened or closed.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { VPoll } from '../../src/index.js';
import { runtime } from '../support/runtime.js';
import { refusal } from './support/errors.js';
import { closeFd, countFds, dup, isCloexec, openFile, pipe, pollNow, settle } from './support/libc.js';
import { Peer } from './support/with-peer.js';

test.before(settle);

/** The parts of a token of `vp` that another process reads, to be changed and joined again. */
function parts(vp: VPoll): string[] {
  return vp.share().token.split(':').slice(0, 6);
}

test('broken tokens are EINVAL', () => {
  const before = countFds();
  using vp = VPoll.create({ backend: 'socketpair' });
  const [version, policy, fd, peer, ino, peerIno] = parts(vp) as [string, string, string, string, string, string];
  const broken: unknown[] = [
    '',
    'x',
    [version, policy, fd, peer, ino].join(':'),
    [version, policy, fd, peer, ino, ''].join(':'),
    ['2', policy, fd, peer, ino, peerIno].join(':'),
    [version, 'lax', fd, peer, ino, peerIno].join(':'),
    [version, policy, '-3', peer, ino, peerIno].join(':'),
    [version, policy, fd, '-2', ino, peerIno].join(':'),
    [version, policy, fd, peer, '-1', peerIno].join(':'),
    [version, policy, fd, peer, '0x10', peerIno].join(':'),
    [version, policy, '99999999999', peer, ino, peerIno].join(':'),
    [version, policy, fd, peer, ino, peerIno, '1'].join(':'),
    ` ${vp.share().token}`,
    `${vp.share().token}\n`,
    null,
    3n,
    {},
    ['1:strict:3:4:5:6'],
    Symbol('token'),
  ];
  for (const token of broken) refusal(() => VPoll.attach(token as string), 'EINVAL', 'vpoll_attach');
  assert.is(countFds(), before + 2);
});

test('no token at all is EINVAL, and the message says where one comes from', () => {
  delete process.env.VPOLL_SHARE;
  assert.match(refusal(() => VPoll.attach(), 'EINVAL', 'vpoll_attach').message, 'VPOLL_SHARE');
});

test('a token of the environment that is broken, or of other descriptors, names the variable', () => {
  for (const [token, code] of [
    ['3', 'EINVAL'],
    ['1:strict:500:501:4:5', 'EBADF'],
  ] as const) {
    process.env.VPOLL_SHARE = token;
    assert.match(refusal(() => VPoll.attach(), code).message, 'VPOLL_SHARE in the environment: ');
    delete process.env.VPOLL_SHARE;
    assert.not.match(refusal(() => VPoll.attach(token), code).message, 'VPOLL_SHARE');
  }
});

test('foreign descriptors are EBADF, and stay as they are', async () => {
  using vp = VPoll.create({ backend: 'socketpair' });
  using other = VPoll.create({ backend: 'socketpair' });
  const [reader, writer] = pipe();
  const file = openFile('/dev/null');
  // Deno's spawn() takes no number twice.
  const copies = [dup(file), dup(vp.fd)] as const;
  const [, hidden] = vp.share().stdio as [number, number];
  const [, otherHidden] = other.share().stdio as [number, number];
  const { env } = vp.share();
  for (const fds of [
    [reader, writer],
    [file, copies[0]],
    [vp.fd, file],
    [file, hidden],
    [hidden, vp.fd],
    [vp.fd, copies[1]],
    [other.fd, otherHidden],
    [vp.fd, otherHidden],
    [other.fd, hidden],
  ]) {
    await Peer.with({ fds, env }, async (peer) => {
      await peer.settle();
      const before = await peer.run(({ libc }) => [libc.countFds(), libc.isCloexec(3), libc.isCloexec(4)]);
      const error = await peer.refused(({ vpoll }) => vpoll.VPoll.attach());
      assert.is(error.code, 'EBADF');
      assert.is(error.errno, -9);
      assert.equal(await peer.run(({ libc }) => [libc.countFds(), libc.isCloexec(3), libc.isCloexec(4)]), before);
    });
  }
  for (const fd of [reader, writer, file, ...copies]) closeFd(fd);
  assert.is(pollNow(vp.fd), 0);
});

test('numbers that are not open are EBADF, one that is a vpoll here already is EEXIST', () => {
  using vp = VPoll.create({ backend: 'socketpair' });
  const [, , , , ino, peerIno] = parts(vp);
  const before = countFds();
  for (const [fd, peer] of [
    [500, 501],
    [500, -1],
    [0, -1],
    [999999999, 999999999],
  ] as const) {
    refusal(() => VPoll.attach(['1', 'strict', fd, peer, ino, peerIno].join(':')), 'EBADF');
  }
  for (const peer of [501, -1]) refusal(() => VPoll.attach(['1', 'strict', vp.fd, peer, ino, peerIno].join(':')), 'EBADF');
  const hidden = vp.share().stdio[1]!;
  refusal(() => VPoll.attach(['1', 'strict', vp.fd, hidden, ino, peerIno].join(':')), 'EEXIST', 'vpoll_attach');
  assert.is(countFds(), before);
  assert.ok(isCloexec(vp.fd));
});

test('share checks where the child is to find it', () => {
  using vp = VPoll.create({ backend: 'socketpair' });
  for (const firstFd of [-1, 1.5, NaN, 2 ** 31, '3', null]) {
    refusal(() => vp.share(firstFd as number), 'EINVAL', 'vpoll_share');
  }
  assert.match(vp.share(7).token, ':7:8:');
  assert.equal(vp.share(7).env, { VPOLL_SHARE: vp.share(7).token });
  assert.is(vp.share().stdio.length, 2);
});

test('attach in the process that made it: copies, and each object closes its own', () => {
  const before = countFds();
  for (const first of [0, 1]) {
    const vps = [VPoll.create({ backend: 'socketpair' })];
    vps.push(VPoll.attach(vps[0]!.share().token));
    assert.is(countFds(), before + 4);
    assert.is.not(vps[1]!.fd, vps[0]!.fd);
    vps[first]!.add(1);
    vps[first]!.close();
    assert.is(countFds(), before + 2);
    const left = vps[1 - first]!;
    assert.is(pollNow(left.fd), 0x41);
    left.set(4);
    assert.is(left.events, 0x304);
    left.close();
    assert.is(countFds(), before);
  }
});

test('attach to numbers that were named: they are taken, once', () => {
  const before = countFds();
  const vp = VPoll.create({ backend: 'socketpair' });
  const { token, stdio } = vp.share();
  refusal(() => VPoll.attach(token, stdio), 'EEXIST', 'vpoll_attach');
  const received = stdio.map(dup);
  const other = VPoll.attach(token, received);
  assert.is(other.fd, received[0]);
  refusal(() => VPoll.attach(token, received), 'EEXIST', 'vpoll_attach');
  vp.add(1);
  vp.close();
  assert.is(pollNow(other.fd), 0x41);
  for (const fds of [[], [received[0]!], [...received, 1], ['3', 4], [3, -1], [3, 1.5], null, 3, {}]) {
    refusal(() => VPoll.attach(token, fds as number[]), 'EINVAL', 'vpoll_attach');
  }
  other.close();
  assert.is(countFds(), before);
});

test('a bare descriptor that is no vpoll by itself is EBADF, and stays as it is', () => {
  using vp = VPoll.create({ backend: 'socketpair' });
  const [reader, writer] = pipe();
  const error = refusal(() => VPoll.attach(vp.fd), 'EBADF', 'vpoll_attach');
  assert.match(error.message, 'token');
  for (const fd of [reader, writer, 999_999]) refusal(() => VPoll.attach(fd), 'EBADF', 'vpoll_attach');
  for (const fd of [-1, 1.5, NaN, 2 ** 31]) refusal(() => VPoll.attach(fd), 'EINVAL', 'vpoll_attach');
  refusal(() => VPoll.attach(vp.fd, [vp.fd]), 'EINVAL', 'vpoll_attach');
  for (const fd of [reader, writer]) closeFd(fd);
  vp.add(1);
  assert.is(pollNow(vp.fd), 0x41);
});

test('a VPoll can not be cloned or posted, and says so; what share() gives can', () => {
  using vp = VPoll.create({ backend: 'socketpair' });
  const { port1, port2 } = new MessageChannel();
  for (const clone of [
    (): unknown => structuredClone(vp),
    (): unknown => structuredClone({ deep: [vp] }),
    (): void => {
      port1.postMessage(vp);
    },
  ]) {
    assert.throws(
      clone,
      (error: Error) => error.name === 'DataCloneError' && (runtime === 'bun' || /share\(\)\.token/.test(error.message)),
    );
  }
  port1.close();
  port2.close();
  assert.equal(structuredClone(vp.share()), vp.share());
  // What is written down of it is no token.
  assert.equal(JSON.parse(JSON.stringify(vp)), { fd: vp.fd, backend: vp.backend, events: '0' });
});

test.run();
