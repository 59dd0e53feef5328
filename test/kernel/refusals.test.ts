// SPDX-License-Identifier: LGPL-2.1-or-later

// What the files of a kernel refuse, by name and before anything has changed; how they end; and who may use them.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { VPollError } from '../../src/index.js';
import { simulate, type Kernel, type KernelFile, type Tasks } from '../../src/sim/index.js';
import { well } from '../sim/support/simulated.js';
import { bytes, closeAll, onBoth, refused } from './support/both.js';

onBoth('close: twice is once; after it the number is -1 and all else is EBADF', (kernel) => {
  const [[reader, writer], [a, b], counter, timer] = [kernel.pipe(), kernel.socketpair(), kernel.eventfd(), kernel.timerfd()];
  const calls: Record<string, () => unknown> = {
    read: () => reader.read(),
    write: () => writer.write(bytes(1)),
    recv: () => a.read(),
    send: () => a.write(bytes(1)),
    shutdown: () => {
      a.shutdown('both');
    },
    timerfd_settime: () => {
      timer.settime(1);
    },
    timerfd_gettime: () => timer.gettime(),
  };
  const files = [reader, writer, a, b, counter, timer];
  closeAll(...files, ...files);
  for (const [syscall, call] of Object.entries(calls)) refused(call, 'EBADF', syscall, /closed/);
  refused(() => counter.read(), 'EBADF', 'read');
  assert.equal(
    files.map(({ fd }) => fd),
    files.map(() => -1),
  );
  const disposed = kernel.eventfd();
  disposed[Symbol.dispose]();
  assert.is(disposed.fd, -1);
});

const WRONG: readonly unknown[] = [
  null,
  -1,
  0.5,
  NaN,
  Infinity,
  '1',
  {},
  [],
  true,
  () => 1,
  Symbol('x'),
  2 ** 64,
  -1n,
  2n ** 64n,
];

const NO_TIMES = WRONG.filter((value) => value !== 0.5);

onBoth('a wrong argument is EINVAL by its name, and changes nothing', async (kernel) => {
  const [[reader, writer], [a, b], counter, timer] = [kernel.pipe(), kernel.socketpair(), kernel.eventfd(), kernel.timerfd()];
  writer.write(bytes(3));
  counter.write(7);
  timer.settime(3_600_000);
  const known = [undefined, 1, 2, 0, 'read', 'both'];
  const calls: readonly [(value: never) => unknown, string, RegExp, readonly unknown[]][] = [
    [(value) => reader.read(value), 'kernel_read', /maxBytes/, [...WRONG, 0, 1n].filter((value) => value !== 2 ** 64)],
    [(value) => a.read(value), 'kernel_read', /maxBytes/, [0]],
    [(value) => writer.write(value), 'kernel_write', /data/, [...WRONG, ...known, new ArrayBuffer(1), new Uint16Array(1)]],
    [(value) => a.write(value), 'kernel_write', /data/, [...WRONG, ...known]],
    [(value) => { a.shutdown(value); }, 'kernel_shutdown', /how/, [...WRONG, undefined, 1, 'toString', 'readwrite']],
    [(value) => { counter.write(value); }, 'kernel_write', /count/, [...WRONG, undefined, 2n ** 64n - 1n, 2 ** 53]],
    [(value) => { timer.settime(value); }, 'kernel_settime', /valueMs/, [...NO_TIMES, undefined, 1e12 + 1]],
    [(value) => { timer.settime(1, value); }, 'kernel_settime', /intervalMs/, NO_TIMES],
    [(value) => kernel.eventfd(value), 'kernel_eventfd', /options/, [null, 1, 'x', true, 1n]],
    [(value) => kernel.eventfd({ count: value }), 'kernel_eventfd', /count/, [...WRONG, 2 ** 32, 1n]],
    [(value) => kernel.eventfd({ semaphore: value }), 'kernel_eventfd', /semaphore/, [null, 0, 1, 'true']],
    [() => kernel.eventfd({ Semaphore: true } as object), 'kernel_eventfd', /no option 'Semaphore'/, [0]],
  ]; // prettier-ignore
  for (const [call, syscall, says, values] of calls)
    for (const value of values) refused(() => call(value as never), 'EINVAL', syscall, says);
  for (const value of [undefined, null, '1', NaN, Infinity, 1n, {}, 1e13]) {
    const slept = await kernel
      .sleep(value as never)
      .then(String, (error: unknown) => `${(error as VPollError).code} ${(error as VPollError).syscall}`);
    assert.is(slept, 'EINVAL kernel_sleep');
  }
  assert.is(reader.read().length, 3);
  assert.is(counter.read(), 7n);
  assert.ok(timer.gettime().valueMs > 3_000_000);
  assert.is(b.write(bytes(1)), 1);
  await kernel.sleep(-1);
  closeAll(reader, writer, a, b, counter, timer);
});

onBoth('structuredClone refuses them; console.log shows the number', (kernel) => {
  const counter = kernel.eventfd();
  assert.throws(() => structuredClone(counter));
  const text = (counter as unknown as Record<symbol, () => string>)[Symbol.for('nodejs.util.inspect.custom')]!();
  assert.is(text, `Eventfd { fd: ${counter.fd} }`);
  counter.close();
});

test('what a task has made is closed where it dies, and its numbers are free again', async () => {
  let deaths = 0;
  for (let seed = 0; seed < 20; seed++) {
    const made: KernelFile[] = [];
    let numbers: number[] = [];
    let next = -1;
    const tasks: Tasks = {
      dying: async (kernel) => {
        made.push(...kernel.pipe(), ...kernel.socketpair(), kernel.eventfd(), kernel.timerfd());
        numbers = made.map(({ fd }) => fd);
        await kernel.sleep(5);
      },
      other: async (kernel) => {
        await kernel.sleep(10);
        next = kernel.eventfd().fd;
      },
    };
    const faults = { dies: { ratio: [1, 2], task: 'dying' } } as const;
    await well(tasks, { strategy: 'round-robin', faults, seed });
    const isDead = made.some(({ fd }) => fd < 0);
    if (made.length === 0) continue;
    assert.is(made.filter(({ fd }) => fd < 0).length, isDead ? 6 : 0);
    assert.is(next, isDead ? Math.min(...numbers) : Math.max(...numbers) + 1);
    deaths += Number(isDead);
  }
  assert.ok(deaths > 0);
});

test('faults strike them: no descriptor, no memory, no room', async () => {
  const codes = new Set<string>();
  for (let seed = 0; seed < 40; seed++) {
    await well(
      {
        main: (kernel) => {
          for (const make of [kernel.pipe, kernel.socketpair, kernel.eventfd, kernel.timerfd] as const) {
            try {
              closeAll(...[make()].flat());
            } catch (error) {
              codes.add(`${(error as VPollError).syscall} ${(error as VPollError).code}`);
            }
          }
          try {
            const [reader, writer] = kernel.pipe();
            try {
              writer.write(bytes(1));
            } catch (error) {
              codes.add(`${(error as VPollError).syscall} ${(error as VPollError).code}`);
            }
            closeAll(reader, writer);
          } catch {
            // Counted above.
          }
        },
      },
      { seed, faults: { EMFILE: [1, 4], ENOMEM: [1, 4], EAGAIN: [1, 2] } },
    );
  }
  const makers = ['pipe2', 'socketpair', 'eventfd', 'timerfd_create'];
  const expected = [...makers.flatMap((name) => [`${name} EMFILE`, `${name} ENOMEM`]), 'write EAGAIN'];
  assert.equal([...codes].sort(), expected.sort());
});

test('who is no task of the simulation may not use what belongs to it', async () => {
  let kept: Kernel | undefined;
  let file: KernelFile | undefined;
  await simulate({
    tasks: {
      main: (kernel) => {
        kept = kernel;
        file = kernel.eventfd();
      },
    },
  });
  refused(() => kept!.pipe(), 'ECANCELED', 'simulate');
  refused(() => {
    file!.close();
  }, 'ECANCELED', 'simulate'); // prettier-ignore
  assert.ok(file!.fd >= 0, 'nothing has changed');
});

test.run();
