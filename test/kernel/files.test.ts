// SPDX-License-Identifier: LGPL-2.1-or-later

// Pipes, socketpairs, eventfds and timerfds of realKernel() and of a simulated kernel: the same programs, with the same outcome.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDHUP, type VPollError } from '../../src/index.js';
import { bytes, closeAll, onBoth, refused, shown } from './support/both.js';

const PIPE_SIZE = 65536;

onBoth('a pipe carries bytes in their order, and says when there are none', (kernel) => {
  const [reader, writer] = kernel.pipe();
  assert.ok(reader.fd >= 0 && writer.fd >= 0 && reader.fd !== writer.fd);
  refused(() => reader.read(), 'EAGAIN', 'read', /EPOLLIN/);
  assert.is(writer.write(bytes(5)), 5);
  assert.is(writer.write(bytes(3, 100)), 3);
  assert.equal([...reader.read(2)], [0, 1]);
  const rest = reader.read();
  assert.equal([...rest], [2, 3, 4, 100, 101, 102]);
  writer.write(bytes(6, 200));
  reader.read();
  assert.equal([...rest], [2, 3, 4, 100, 101, 102], 'what was read is the reader’s own');
  closeAll(reader, writer);
});

onBoth('a full pipe takes what there is room for, then nothing', async (kernel) => {
  const [reader, writer] = kernel.pipe();
  assert.is(await shown(kernel, writer), EPOLLOUT | 0x100);
  assert.is(writer.write(bytes(PIPE_SIZE - 10)), PIPE_SIZE - 10);
  assert.is(writer.write(bytes(10)), 10, 'the last page has this much room');
  refused(() => writer.write(bytes(1)), 'EAGAIN', 'write', /EPOLLOUT/);
  assert.is(await shown(kernel, writer), 0);
  assert.is(reader.read(200_000).length, PIPE_SIZE);
  assert.is(writer.write(bytes(200_000)), PIPE_SIZE, 'a call moves no more');
  closeAll(reader, writer);
});

onBoth('the end of a pipe: nothing to read, nobody to write to', async (kernel) => {
  const [reader, writer] = kernel.pipe();
  writer.write(bytes(1));
  writer.close();
  assert.is(await shown(kernel, reader), EPOLLIN | 0x40 | EPOLLHUP);
  assert.is(reader.read().length, 1);
  assert.is(reader.read().length, 0);
  assert.is(await shown(kernel, reader), EPOLLHUP);
  reader.close();
  const [other, orphan] = kernel.pipe();
  other.close();
  assert.is(await shown(kernel, orphan), EPOLLOUT | 0x100 | EPOLLERR);
  refused(() => orphan.write(bytes(1)), 'EPIPE', 'write', /reads/);
  orphan.close();
});

onBoth('a socketpair: both ways, and each direction ends by itself', async (kernel) => {
  const [a, b] = kernel.socketpair();
  assert.is(a.write(bytes(3)), 3);
  assert.is(b.write(bytes(2)), 2);
  assert.equal([...b.read()], [0, 1, 2]);
  assert.equal([...a.read()], [0, 1]);
  refused(() => a.read(), 'EAGAIN', 'recv', /EPOLLIN/);
  a.shutdown('write');
  refused(() => a.write(bytes(1)), 'EPIPE', 'send');
  assert.is(b.read().length, 0);
  assert.ok((await shown(kernel, b)) & EPOLLRDHUP);
  assert.is(b.write(bytes(1)), 1);
  assert.is(a.read().length, 1);
  b.shutdown('both');
  assert.ok((await shown(kernel, a)) & EPOLLHUP);
  closeAll(a, b);
});

onBoth('a socketpair fills up, and has room again when it is read', async (kernel) => {
  const [a, b] = kernel.socketpair();
  let sent = 0;
  try {
    for (;;) sent += a.write(bytes(PIPE_SIZE));
  } catch (error) {
    assert.equal([(error as VPollError).code, (error as VPollError).syscall], ['EAGAIN', 'send']);
  }
  assert.ok(sent >= 65536, String(sent));
  assert.is((await shown(kernel, a)) & EPOLLOUT, 0);
  let received = 0;
  while (received < sent) received += b.read().length;
  assert.is(received, sent);
  assert.ok((await shown(kernel, a)) & EPOLLOUT);
  closeAll(b, a);
});

onBoth('the other end is closed with data unread: ECONNRESET, once', (kernel) => {
  const [a, b] = kernel.socketpair();
  a.write(bytes(1));
  b.close();
  refused(() => a.read(), 'ECONNRESET', 'recv');
  assert.is(a.read().length, 0);
  refused(() => a.write(bytes(1)), 'EPIPE', 'send');
  a.close();
});

onBoth('an eventfd counts; a semaphore gives one at a time', async (kernel) => {
  const counter = kernel.eventfd();
  refused(() => counter.read(), 'EAGAIN', 'read');
  counter.write(2);
  counter.write(2n ** 40n);
  assert.is(counter.read(), 2n ** 40n + 2n);
  counter.write(2n ** 64n - 2n);
  assert.is(await shown(kernel, counter), EPOLLIN);
  refused(() => {
    counter.write(1);
  }, 'EAGAIN', 'write'); // prettier-ignore
  counter.write(0);
  assert.is(counter.read(), 2n ** 64n - 2n);
  const semaphore = kernel.eventfd({ count: 2, semaphore: true });
  assert.equal([semaphore.read(), semaphore.read()], [1n, 1n]);
  refused(() => semaphore.read(), 'EAGAIN', 'read');
  closeAll(counter, semaphore);
});

onBoth('a timerfd expires at its time, again and again, and can be disarmed', async (kernel) => {
  const [timer, poller] = [kernel.timerfd(), kernel.Poller.create()];
  assert.equal(timer.gettime(), { valueMs: 0, intervalMs: 0 });
  poller.add(timer.fd, EPOLLIN);
  const begun = kernel.now();
  timer.settime(20);
  const { valueMs } = timer.gettime();
  assert.ok(valueMs > 0 && valueMs <= 20);
  assert.equal(
    (await poller.wait()).map(({ fd, events }) => [fd, events]),
    [[timer.fd, EPOLLIN]],
  );
  assert.ok(kernel.now() - begun >= 19);
  assert.is(timer.read(), 1n);
  refused(() => timer.read(), 'EAGAIN', 'read');
  timer.settime(0.5, 1);
  await kernel.sleep(5);
  assert.ok(timer.read() >= 5n);
  assert.is(timer.gettime().intervalMs, 1);
  timer.settime(0.000_000_1);
  await kernel.sleep(1);
  assert.is(timer.read(), 1n, 'less than a nanosecond is one, and not none');
  timer.settime(1);
  timer.settime(0);
  await kernel.sleep(3);
  refused(() => timer.read(), 'EAGAIN', 'read');
  timer.settime(3_600_000.25, 1e12);
  assert.is(timer.gettime().intervalMs, 1e12);
  closeAll(poller, timer);
});

onBoth('a Poller watches them by number, tells them apart, and a pending wait is woken', async (kernel) => {
  const [[reader, writer], [a, b], counter] = [kernel.pipe(), kernel.socketpair(), kernel.eventfd()];
  const poller = kernel.Poller.create();
  for (const [data, { fd }] of Object.entries({ reader, a, counter })) poller.add(fd, EPOLLIN, { data });
  const first = poller.wait();
  counter.write(1);
  assert.equal(
    (await first).map(({ data, events }) => [data, events]),
    [['counter', EPOLLIN]],
  );
  writer.write(bytes(1));
  b.write(bytes(1));
  const names = (await poller.wait()).map(({ data }) => String(data)).sort();
  assert.equal(names, ['a', 'counter', 'reader']);
  counter.close();
  reader.close();
  assert.equal(
    (await poller.wait()).map(({ data }) => data),
    ['a'],
  );
  await poller[Symbol.asyncDispose]();
  closeAll(writer, a, b);
});

test.run();
