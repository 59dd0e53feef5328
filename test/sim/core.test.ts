// SPDX-License-Identifier: LGPL-2.1-or-later

// The core inside sim.wasm, over the simulated kernel: every backend that fits, each transition from each state. It is held against what
// edge-triggered waiters must see, and against the model that test/core has for it over a scripted kernel.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createMachine } from '../../src/sim/machine.js';
import { HAS_DEVICE, HAS_EFD_VPOLL, N } from '../../src/sim/numbers.js';
import { aliasedOn, CARRIERS, OP_NAMES, OPS, REQUESTS, targetOf, type Carrier } from '../core/support/states.js';
import { DEL, E, IN, OUT } from '../fake/abi.js';
import { AUTO, CLOSEST, DEVICE, EVENTFD, EXCLUSIVE, FUSE, SOCKETPAIR, STRICT, TCP } from '../fake-host.js';
import { Bench, EPOLLET } from './support/machine.js';
import { VPOLL_EVENTS } from '../../src/constants.js';

const ALL = VPOLL_EVENTS;
const carriers = CARRIERS.filter(({ name }) => ['eventfd', 'device', 'socketpair'].includes(name));
/** The process's descriptors begin here: what is closed well gives this number again. */
const FIRST_FD = 3;

function checkOne(bench: Bench, carrier: Carrier, state: number, op: number, arg: number, options: number): void {
  const { machine } = bench;
  const fd = machine.create(carrier.backend, state, 0, options, 0);
  assert.is(fd, FIRST_FD);
  assert.is(bench.shown(fd), state);
  const epoll = bench.watch(fd, ALL + EPOLLET);
  bench.report(epoll);
  const target = targetOf(carrier, state, op, arg, (options & CLOSEST) === 0);
  assert.is(machine.ctl(fd, 0, op, arg), target === undefined ? -E.EOPNOTSUPP : 0);
  const shown = target ?? state;
  assert.is(bench.shown(fd), shown);
  assert.is(machine.events(fd, 0), shown);
  const asserted = op === DEL || target === undefined ? 0 : aliasedOn(carrier, arg) & shown;
  const edge = bench.report(epoll);
  assert.is(edge !== 0, asserted !== 0, `an edge for ${asserted}: ${edge}`);
  if (edge !== 0) assert.is(edge, shown);
  bench.call(N.CLOSE, epoll);
  assert.is(machine.close(fd, 0), 0);
  assert.is(machine.close(fd, 0), -E.EBADF);
}

for (const carrier of carriers) {
  test(`${carrier.name}: every request from every state shows what it must, and is an edge where it asserts`, () => {
    const bench = new Bench();
    bench.machine.keepTrace(false);
    for (const state of carrier.states)
      for (const op of OPS)
        for (const arg of REQUESTS)
          for (const options of [STRICT, CLOSEST, EXCLUSIVE, CLOSEST | EXCLUSIVE]) {
            try {
              checkOne(bench, carrier, state, op, arg, options);
            } catch (error) {
              throw new Error(`${state} ${OP_NAMES[op]} ${arg} options ${options}: ${(error as Error).message}`, {
                cause: error,
              });
            }
          }
  });
}

test('AUTO takes what the kernel has; tcp and fuse are not there', () => {
  const kernels = [
    [HAS_EFD_VPOLL | HAS_DEVICE, EVENTFD],
    [HAS_DEVICE, DEVICE],
    [0, SOCKETPAIR],
  ] as const;
  for (const [features, backend] of kernels) {
    const { machine } = new Bench(createMachine(618, features));
    const fd = machine.create(AUTO, IN, 0, STRICT, 0);
    assert.is(new DataView(machine.memory.buffer).getUint8(machine.find(fd, 0) + 30), backend);
    assert.is(machine.create(TCP, 0, 0, STRICT, 0), -E.EOPNOTSUPP);
    assert.is(machine.create(FUSE, 0, 0, STRICT, 0), -E.EOPNOTSUPP);
  }
});

test('two machines do not meet, and one that boots anew has forgotten its vpolls', () => {
  const [first, second] = [new Bench(), new Bench()];
  const fd = first.machine.create(SOCKETPAIR, IN, 0, STRICT, 0);
  assert.is(second.machine.create(SOCKETPAIR, OUT, 0, STRICT, 0), fd);
  assert.is(first.shown(fd), 0x41);
  assert.is(second.shown(fd), 0x304);
  assert.is(second.machine.ctl(fd, 0, 3, 0), 0);
  assert.is(first.shown(fd), 0x41);
  first.machine.boot(618, 0);
  const again = new Bench(first.machine);
  assert.is(again.machine.ctl(fd, 0, 1, IN), -E.EBADF);
  assert.is(again.machine.create(AUTO, 0, 0, STRICT, 0), fd);
});

test('a waiter that sleeps is woken by the ctl of another task, and the trace says by what', () => {
  const bench = new Bench();
  const { machine } = bench;
  const waiter = machine.thread(bench.task);
  const fd = machine.create(EVENTFD, 0, 0, STRICT, 0);
  const epoll = bench.watch(fd, IN);
  assert.is(bench.wait(waiter, epoll, -1), -4097);
  machine.ctl(fd, 0, 1, OUT);
  assert.is(machine.woken(0), -1);
  machine.ctl(fd, 0, 1, IN | OUT);
  assert.is(machine.woken(0), waiter);
  assert.is(machine.resume(waiter), 1);
  const lines = bench.trace().trim().split('\n').slice(-4);
  assert.equal(lines, [
    '0 t0 vpoll_ctl 3 1 0x4 | = 0',
    '0 t0 ioctl 3 0x5e01 0x5 | wake t1 #1 0x5 | #1 0x4>0x5 | = 5',
    '0 t0 vpoll_ctl 3 1 0x5 | = 0',
    '0 t1 epoll_wait | = 1 0x1:0x3',
  ]);
});

test.run();
