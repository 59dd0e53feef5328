// SPDX-License-Identifier: LGPL-2.1-or-later

// Which backend a vpoll gets, and why not another; initial events and flags on each; arguments that are refused before any call.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Foreign, UnixSocket, VpollFile } from '../fake/files.js';
import {
  ADD,
  AUTO,
  CLOEXEC,
  CLOSEST,
  DEL,
  DEVICE,
  EACCES,
  EBADF,
  EINVAL,
  EMFILE,
  ENOENT,
  EOPNOTSUPP,
  EVENTFD,
  EXCLUSIVE,
  IN,
  MACHINES,
  make,
  OPS,
  OUT,
  SET,
  SETTABLE,
  SOCKETPAIR,
  STRICT,
  subsets,
} from './support.js';

for (const [name, machine, backend] of MACHINES) {
  test(`auto: ${name} is found, holds the initial events, and gives back every descriptor`, () => {
    const { kernel, core } = make(machine);
    const masks = backend === SOCKETPAIR ? [0, 1, 4, 5, 0x41, 0x304, 0x2001, 0x2011, 0x2015] : subsets(SETTABLE);
    for (const mask of masks) {
      const fd = core.create(AUTO, mask, CLOEXEC, STRICT, 0);
      assert.ok(fd >= 0, `${mask}: ${fd}`);
      assert.is(core.backend(fd, 0), backend);
      const shown = backend === SOCKETPAIR ? core.aliased(mask) : mask;
      assert.is(kernel.shown(fd), shown);
      assert.is(core.events(fd, 0), shown);
      assert.is(core.close(fd, 0), 0);
      assert.is(kernel.fds.size, 0);
    }
  });

  test(`${name}: ADD, DEL and SET from each mask, as the model says`, () => {
    const { kernel, core } = make(machine);
    const fd = core.create(AUTO, 0, 0, STRICT, 0);
    const masks = backend === SOCKETPAIR ? [0, IN, OUT, IN | OUT] : subsets(0x201f);
    for (const from of masks) {
      for (const arg of masks) {
        for (const op of OPS) {
          assert.is(core.ctl(fd, 0, SET, from), 0);
          assert.is(core.ctl(fd, 0, op, arg), 0);
          assert.is(kernel.shown(fd), core.next(from, op, arg));
        }
      }
    }
  });
}

test('order: eventfd before device before socketpair', () => {
  const both = make({ eventfd: 'ours', device: 'vpoll' });
  assert.is(both.core.backend(both.core.create(AUTO, 0, 0, 0, 0), 0), EVENTFD);
  assert.is(both.core.backend(both.core.create(DEVICE, 0, 0, 0, 0), 0), DEVICE);
  assert.is(both.core.backend(both.core.create(SOCKETPAIR, 0, 0, 0, 0), 0), SOCKETPAIR);
});

test('insmod in a running process: the next create has the device', () => {
  const { kernel, core } = make();
  assert.is(core.backend(core.create(AUTO, 0, 0, 0, 0), 0), SOCKETPAIR);
  assert.is(core.reason(DEVICE), ENOENT);
  kernel.machine.device = 'vpoll';
  assert.is(core.backend(core.create(AUTO, 0, 0, 0, 0), 0), DEVICE);
  assert.is(core.reason(DEVICE), 0);
});

test('no permission on /dev/vpoll: the next one, and the reason is kept', () => {
  const { core } = make({ device: -EACCES });
  assert.is(core.backend(core.create(AUTO, 0, 0, 0, 0), 0), SOCKETPAIR);
  assert.is(core.reason(DEVICE), EACCES);
  assert.is(core.create(DEVICE, 0, 0, 0, 0), -EOPNOTSUPP);
});

for (const [kind, file] of [
  ['a plain file', new Foreign()],
  ['a driver that says EINVAL', new Foreign(EINVAL)],
] as const) {
  test(`/dev/vpoll is ${kind}: it is closed again, and not used`, () => {
    const { kernel, core } = make({ device: file });
    const fd = core.create(AUTO, 0, 0, 0, 0);
    assert.is(core.backend(fd, 0), SOCKETPAIR);
    assert.is(kernel.fds.size, 2);
  });
}

test('EFD_VPOLL that means something else is found out, whatever the first events', () => {
  for (const events of [0, 1, 4, 5]) {
    const { kernel, core } = make({ eventfd: 'plain' });
    const fd = core.create(AUTO, events, 0, 0, 0);
    assert.is(core.backend(fd, 0), SOCKETPAIR);
    assert.is(kernel.fds.size, 2);
  }
});

test("the reference's kernel without /proc: the next backend, since its files can't be told apart", () => {
  const { kernel, core } = make({ eventfd: 'reference', proc: false });
  const fd = core.create(AUTO, 0, 0, 0, 0);
  assert.is(core.backend(fd, 0), SOCKETPAIR);
  assert.is(kernel.fds.size, 2);
});

test('a dup of a vpoll file is the same vpoll, on each kernel', () => {
  for (const machine of [{ eventfd: 'ours' }, { eventfd: 'reference' }, { device: 'vpoll' }] as const) {
    const { kernel, core } = make(machine);
    const fd = core.create(AUTO, 0, 0, 0, 0);
    const dup = kernel.dup(fd);
    assert.is(core.ctl(dup, 0, ADD, 2), 0);
    assert.is(kernel.shown(fd), 2);
    assert.is(core.close(dup, 0), 0);
    assert.is(core.ctl(fd, 0, DEL, 2), 0);
    assert.is(core.close(fd, 0), 0);
    assert.is(kernel.fds.size, 0);
  }
});

test('close-on-exec is asked for only where the caller did', () => {
  const { kernel, core } = make({ device: 'vpoll' });
  for (const [flags, asked] of [
    [0, false],
    [CLOEXEC, true],
  ] as const) {
    core.create(DEVICE, 0, flags, 0, 0);
    assert.is((kernel.log.findLast(({ name }) => name === 'open')!.args[1]! & CLOEXEC) !== 0, asked);
  }
});

test('a vpoll file under the number of a closed socketpair: the old hidden end is closed', () => {
  const { kernel, core } = make();
  const fd = core.create(SOCKETPAIR, 0, 0, 0, 0);
  kernel.closeFd(fd);
  kernel.machine.device = 'vpoll';
  assert.is(core.create(DEVICE, 0, 0, 0, 0), fd);
  assert.is(kernel.fds.size, 1);
});

test('needs: the first backend that can, or a refusal before anything is opened', () => {
  const both = make({ device: 'vpoll' });
  assert.is(both.core.backend(both.core.create(AUTO, 0, 0, 0, 0x2), 0), DEVICE);
  const stock = make();
  assert.is(stock.core.backend(stock.core.create(AUTO, 0, 0, 0, 0x5), 0), SOCKETPAIR);
  for (const needs of [0x2, 0x8, 0x10, 0x2000, 0x40, 0x41, 0x7]) {
    assert.is(stock.core.create(AUTO, 0, 0, 0, needs), -EOPNOTSUPP, `needs ${needs}`);
    assert.is(stock.core.create(SOCKETPAIR, 0, 0, 0, needs), -EOPNOTSUPP, `needs ${needs}`);
  }
  assert.is(stock.kernel.fds.size, 2);
});

test('strict refuses initial events that a socketpair lacks; closest shows the nearest', () => {
  const { kernel, core } = make();
  for (const mask of [0x2, 0x8, 0x10, 0x2000, 0x40, 0x200, 0x400]) {
    assert.is(core.create(AUTO, mask, 0, STRICT, 0), -EOPNOTSUPP);
    assert.is(kernel.fds.size, 0);
    const fd = core.create(AUTO, mask, 0, CLOSEST, 0);
    assert.is(kernel.shown(fd), core.nearest(OUT, mask));
    core.close(fd, 0);
  }
});

test('foreign bits, flags, options and backends: EINVAL, and no call was made', () => {
  const { kernel, core } = make({ eventfd: 'ours' });
  const fd = core.create(AUTO, 0, 0, 0, 0);
  kernel.log.length = 0;
  for (let bit = 0; bit < 32; bit++) {
    const mask = 2 ** bit;
    if (mask & SETTABLE) continue;
    assert.is(core.create(AUTO, mask, 0, 0, 0), -EINVAL);
    assert.is(core.create(AUTO, 0, 0, CLOSEST, mask), -EINVAL);
    assert.is(core.ctl(fd, 0, ADD, mask | 1), -EINVAL);
    assert.is(core.ctl(fd, 0, SET, mask | 1), -EINVAL);
    if (mask & (1 | 0x80000 | 0x800)) continue;
    assert.is(core.create(AUTO, 0, mask, 0, 0), -EINVAL, `flag ${mask}`);
  }
  for (const backend of [-1, 4, 100]) assert.is(core.create(backend, 0, 0, 0, 0), -EINVAL);
  assert.is(core.create(AUTO, 0, 0, 4, 0), -EINVAL);
  assert.is(kernel.log.length, 0);
  assert.is(core.ctl(fd, 0, DEL, 0xffffffff), 0, 'DEL ignores them');
});

test('flags: FD_CLOEXEC, EFD_CLOEXEC and EFD_NONBLOCK reach the system call, for both ends', () => {
  const { kernel, core } = make();
  for (const [flags, type] of [
    [0, 1],
    [1, 0x80001],
    [0x80000, 0x80001],
    [0x800, 0x801],
    [0x80801, 0x80801],
  ] as const) {
    kernel.log.length = 0;
    assert.ok(core.create(SOCKETPAIR, 0, flags, 0, 0) >= 0);
    assert.is(kernel.log.find(({ name }) => name === 'socketpair')!.args[1], type);
  }
});

test('a vpoll file that was inherited is recognised by number alone, a foreign file is not', () => {
  for (const flavour of ['ours', 'device'] as const) {
    const { kernel, core } = make();
    const fd = kernel.install(new VpollFile(flavour, 0x2));
    assert.is(core.ctl(fd, 0, ADD, 0x1), 0);
    assert.is(core.events(fd, 0), 0x3);
    assert.is(core.backend(fd, 0), flavour === 'device' ? DEVICE : EVENTFD);
    assert.is(core.close(fd, 0), 0);
    const foreign = kernel.install(new Foreign());
    assert.is(core.ctl(foreign, 0, ADD, 0x1), -EBADF);
    assert.is(core.close(foreign, 0), -EBADF);
    assert.ok(kernel.fds.has(foreign));
    assert.is(core.ctl(99, 0, ADD, 1), -EBADF);
    assert.is(core.ctl(-1, 0, ADD, 1), -EBADF);
  }
});

test('attach: both ends by their inodes; anything else is EBADF, a vpoll of this process EEXIST', () => {
  const { kernel, core } = make();
  const [a, b] = [new UnixSocket(), new UnixSocket()];
  [a.peer, b.peer] = [b, a];
  const [fd, peer] = [kernel.install(a), kernel.install(b)];
  const numbers = [BigInt(a.ino), BigInt(b.ino)] as const;
  assert.is(core.attach(fd, peer, numbers[1], numbers[0], 0), -EBADF);
  assert.is(core.attach(fd, fd, ...numbers, 0), -EBADF);
  assert.is(core.attach(fd, 99, ...numbers, 0), -EBADF);
  assert.is(core.attach(fd, peer, ...numbers, EXCLUSIVE * 2), -EINVAL);
  assert.is(core.attach(fd, peer, ...numbers, CLOSEST), fd);
  assert.is(core.attach(fd, peer, ...numbers, CLOSEST), -17);
  assert.is(core.ctl(fd, 0, ADD, 1), 0);
  assert.is(kernel.shown(fd) & 1, 1);
  assert.is(core.close(fd, 0), 0);
  assert.is(kernel.fds.size, 0);
});

test('EMFILE and ENFILE: nothing is left behind, and it works again afterwards', () => {
  const { kernel, core } = make();
  kernel.limit = 4;
  assert.is(core.create(AUTO, 0, 0, 0, 0), -EMFILE);
  assert.is(kernel.fds.size, 0);
  kernel.limit = 5;
  assert.ok(core.create(AUTO, 0, 0, 0, 0) >= 0);
});

test.run();
