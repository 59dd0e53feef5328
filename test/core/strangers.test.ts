// SPDX-License-Identifier: LGPL-2.1-or-later

// Descriptors that were closed behind the core's back, and what took their numbers: a stranger's file is never read, written, shut down or
// closed, the caller gets EBADF, and no hidden end is left over.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Foreign, UnixSocket, VpollFile, type OpenFile } from '../fake/files.js';
import { ADD, DEL, EBADF, EINVAL, EMFILE, EXCLUSIVE, IN, make, OUT, SET, SOCKETPAIR, type Bench } from './support.js';

/** Files that can take a number. The sockets would accept what the core sends and give what it receives. */
const STRANGERS: [string, () => OpenFile][] = [
  ['a pipe', () => new Foreign(25, 0x41)],
  ['an epoll file', () => new Foreign(EINVAL)],
  ['a socket with data', strangerSocket],
];

function strangerSocket(): OpenFile {
  const [socket, peer] = [new UnixSocket(), new UnixSocket()];
  [socket.peer, peer.peer] = [peer, socket];
  peer.send(5);
  return socket;
}

type Use = [name: string, use: (bench: Bench, fd: number, generation: number) => number];
const USES: Use[] = [
  ['ADD IN', ({ core }, fd, generation) => core.ctl(fd, generation, ADD, 1)],
  ['DEL IN', ({ core }, fd, generation) => core.ctl(fd, generation, DEL, 1)],
  ['ADD OUT', ({ core }, fd, generation) => core.ctl(fd, generation, ADD, 4)],
  ['DEL OUT', ({ core }, fd, generation) => core.ctl(fd, generation, DEL, 4)],
  ['ADD IN|OUT', ({ core }, fd, generation) => core.ctl(fd, generation, ADD, 5)],
  ['SET OUT', ({ core }, fd, generation) => core.ctl(fd, generation, SET, 4)],
  ['SET 0', ({ core }, fd, generation) => core.ctl(fd, generation, SET, 0)],
  ['ADD HUP', ({ core }, fd, generation) => core.ctl(fd, generation, ADD, 0x2011)],
  ['events', ({ core }, fd, generation) => core.events(fd, generation)],
  ['supports', ({ core }, fd, generation) => core.supports(fd, generation, 1)],
  ['close', ({ core }, fd, generation) => core.close(fd, generation)],
];

for (const [kind, stranger] of STRANGERS) {
  test(`${kind} took the number of a socketpair vpoll`, () => {
    for (const byNumber of [true, false]) {
      for (const [name, use] of USES) {
        const bench = make();
        const { kernel, core } = bench;
        const fd = core.create(SOCKETPAIR, 1, 0, 0, 0);
        const generation = byNumber ? 0 : core.generation(fd);
        kernel.closeFd(fd);
        const file = stranger();
        kernel.install(file, fd);
        assert.is(use(bench, fd, generation), -EBADF, name);
        assert.equal(file.touched, [], name);
        assert.equal([...kernel.fds.keys()], [fd], `${name}: the hidden end is left`);
        assert.is(use(bench, fd, generation), -EBADF, `${name}, again`);
      }
    }
  });

  test(`${kind} took the number of the hidden end`, () => {
    for (const [name, use] of USES) {
      const bench = make();
      const { kernel, core } = bench;
      const fd = core.create(SOCKETPAIR, 0, 0, 0, 0);
      const peer = core.peer(fd);
      const keeper = kernel.file(peer);
      keeper.refs++; // another process holds it, so A sees no hangup
      kernel.closeFd(peer);
      const file = stranger();
      kernel.install(file, peer);
      use(bench, fd, core.generation(fd));
      assert.equal(file.touched, [], name);
      assert.ok(kernel.fds.has(peer), name);
    }
  });

  test(`${kind} took the number of a vpoll file`, () => {
    for (const machine of [{ eventfd: 'ours' }, { eventfd: 'reference' }, { device: 'vpoll' }] as const) {
      for (const [name, use] of USES) {
        const bench = make(machine);
        const { kernel, core } = bench;
        const fd = core.create(0, 1, 0, 0, 0);
        kernel.closeFd(fd);
        const file = stranger();
        kernel.install(file, fd);
        // Every mask can be shown on a vpoll file, so `supports` needs no look.
        if (name !== 'supports') assert.is(use(bench, fd, 0), -EBADF, name);
        assert.equal(file.touched, [], name);
        assert.equal([...kernel.fds.keys()], [fd], name);
      }
    }
  });
}

test("an eventfd of the reference's with another id is another file", () => {
  const { kernel, core } = make({ eventfd: 'reference' });
  const fd = core.create(0, 1, 0, 0, 0);
  kernel.closeFd(fd);
  const file = new VpollFile('reference', 0x2);
  kernel.install(file, fd);
  assert.is(core.ctl(fd, 0, ADD, 4), -EBADF);
  assert.is(file.poll(), 0x2);
});

test('a number that a newer vpoll took: the older generation gets EBADF, its hidden end is closed', () => {
  const { kernel, core } = make();
  const fd = core.create(SOCKETPAIR, 0, 0, 0, 0);
  const old = core.generation(fd);
  kernel.closeFd(fd);
  const again = core.create(SOCKETPAIR, 0, 0, 0, 0);
  assert.is(again, fd);
  assert.is(kernel.fds.size, 2);
  assert.is(core.ctl(fd, old, ADD, 1), -EBADF);
  assert.is(core.events(fd, old), -EBADF);
  assert.is(core.close(fd, old), -EBADF);
  assert.is(kernel.shown(fd), 0);
  assert.is(core.ctl(fd, core.generation(fd), ADD, 1), 0);
});

test('a dup is the same vpoll; it outlives the first number, and the last one closes the hidden end', () => {
  const { kernel, core } = make();
  const fd = core.create(SOCKETPAIR, 0, 0, 0, 0);
  const dup = kernel.dup(fd);
  assert.is(core.ctl(dup, 0, ADD, 1), 0);
  assert.is(kernel.shown(fd), IN);
  assert.is(core.close(fd, 0), 0);
  assert.is(core.ctl(dup, 0, DEL, 1), 0);
  assert.is(core.ctl(dup, 0, ADD, 4), 0);
  assert.is(kernel.shown(dup), OUT);
  assert.is(core.close(dup, 0), 0);
  assert.is(kernel.fds.size, 0);
});

test('a dup that is first heard of after the first number was closed behind our back', () => {
  const { kernel, core } = make();
  const fd = core.create(SOCKETPAIR, 0, 0, 0, 0);
  const dup = kernel.dup(fd);
  kernel.closeFd(fd);
  assert.is(core.ctl(fd, 0, DEL, 1), -EBADF);
  assert.is(core.ctl(dup, 0, ADD, 1), 0);
  assert.is(kernel.shown(dup), IN);
  assert.is(core.close(dup, 0), 0);
  assert.is(kernel.fds.size, 0);
});

test('dup2 of one vpoll over the number of another: the number is the first one from then on', () => {
  const { kernel, core } = make();
  const first = core.create(SOCKETPAIR, 0, 0, 0, 0);
  const second = core.create(SOCKETPAIR, 0, 0, 0, 0);
  kernel.dup(first, second);
  assert.is(core.ctl(second, 0, ADD, 1), 0);
  assert.is(kernel.shown(first), IN);
  assert.is(core.close(second, 0), 0);
  assert.is(core.ctl(first, 0, DEL, 1), 0);
  assert.is(core.close(first, 0), 0);
  assert.is(kernel.fds.size, 0);
});

test('the number is closed but a copy lives elsewhere: an object still reaches it by ADD of IN, a number does not', () => {
  const { kernel, core } = make();
  const fd = core.create(SOCKETPAIR, 0, 0, 0, 0);
  const generation = core.generation(fd);
  const copy = kernel.file(fd);
  copy.refs++;
  kernel.closeFd(fd);
  assert.is(core.ctl(fd, generation, ADD, 1), 0);
  assert.is(copy.poll(), IN);
  assert.is(core.ctl(fd, generation, DEL, 1), -EBADF);
  assert.is(core.ctl(fd, 0, ADD, 1), -EBADF);
});

test('out of descriptors: the hidden ends of vpolls that were closed behind our back are found and closed', () => {
  const { kernel, core } = make();
  const made = Array.from({ length: 10 }, () => core.create(SOCKETPAIR, 0, 0, 0, 0));
  for (const fd of made) {
    kernel.closeFd(fd);
    kernel.install(new Foreign(), fd);
  }
  kernel.limit = 23;
  assert.is(kernel.fds.size, 20);
  assert.ok(core.create(SOCKETPAIR, 0, 0, 0, 0) >= 0);
  assert.is(kernel.fds.size, 12);
  kernel.limit = 9; // only 8 is free below
  assert.is(core.create(SOCKETPAIR, 0, 0, 0, 0), -EMFILE);
});

test('exclusive: no call for what changes nothing, and a stranger is still noticed before the first call that acts', () => {
  const { kernel, core } = make();
  const fd = core.create(SOCKETPAIR, 1, 0, EXCLUSIVE, 0);
  kernel.closeFd(fd);
  const file = strangerSocket();
  kernel.install(file, fd);
  assert.is(core.ctl(fd, 0, DEL, 4), 0);
  assert.is(core.ctl(fd, 0, DEL, 1), -EBADF);
  assert.equal(file.touched, []);
  assert.is(kernel.fds.size, 1);
});

test.run();
