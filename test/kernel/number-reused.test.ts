// SPDX-License-Identifier: LGPL-2.1-or-later

// A file of realKernel() whose number others have closed: it is EBADF, and who has the number now is left alone.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLIN, Poller, realKernel, type KernelEventfd, type KernelFile, type KernelTimerfd } from '../../src/index.js';
import { closeFd, countFds, dup2 } from '../real/support/libc.js';
import { bytes, refused } from './support/both.js';

const kernel = realKernel();

interface Case {
  readonly make: () => readonly [KernelFile, ...KernelFile[]];
  /** All that can be asked of the first, with the call that is refused. */
  readonly asks: Readonly<Record<string, (file: never) => unknown>>;
}

type Reads = KernelEventfd | KernelTimerfd;
const CASES: Readonly<Record<string, Case>> = {
  'the end of a pipe that is read': {
    make: () => kernel.pipe(),
    asks: { read: (file: { read(): unknown }) => file.read() },
  },
  'the end of a pipe that is written': {
    make: () => {
      const [reader, writer] = kernel.pipe();
      return [writer, reader];
    },
    asks: { write: (file: { write(data: Uint8Array): unknown }) => file.write(bytes(1)) },
  },
  'one of a socketpair': {
    make: () => kernel.socketpair(),
    asks: {
      recv: (file: { read(): unknown }) => file.read(),
      send: (file: { write(data: Uint8Array): unknown }) => file.write(bytes(1)),
      shutdown: (file: { shutdown(how: 'both'): unknown }) => {
        file.shutdown('both');
      },
    },
  },
  'an eventfd': {
    make: () => [kernel.eventfd({ count: 1 })],
    asks: {
      read: (file: Reads) => file.read(),
      write: (file: KernelEventfd) => {
        file.write(1n);
      },
    },
  },
  'a timerfd': {
    make: () => [kernel.timerfd()],
    asks: {
      read: (file: Reads) => file.read(),
      timerfd_settime: (file: KernelTimerfd) => {
        file.settime(1);
      },
      timerfd_gettime: (file: KernelTimerfd) => file.gettime(),
    },
  },
};

/** All calls on it are refused; so is the close, once. */
function isRefused(file: KernelFile, asks: Case['asks']): void {
  for (const [syscall, ask] of Object.entries(asks))
    refused(() => ask(file as never), 'EBADF', syscall, /others have closed its number/);
  refused(() => { file.close(); }, 'EBADF', 'close', /others have closed its number/); // prettier-ignore
  assert.is(file.fd, -1);
  file.close();
}

for (const [what, { make, asks }] of Object.entries(CASES)) {
  test(`${what}, whose number is another file's of its kind: EBADF, and that file is as it was`, () => {
    const before = countFds();
    const [file, ...rest] = make();
    const [other, ...others] = make();
    dup2(other.fd, file.fd);
    const { fd } = file;
    isRefused(file, asks);
    closeFd(fd); // It is still open: else this throws.
    for (const [syscall, ask] of Object.entries(asks)) {
      try {
        ask(other as never);
      } catch (error) {
        assert.match((error as Error).message, /EAGAIN/, syscall);
      }
    }
    for (const each of [...rest, other, ...others]) each.close();
    assert.is(countFds(), before);
  });

  test(`${what}, whose number is closed, and lives on elsewhere: EBADF`, () => {
    const before = countFds();
    const [file, ...rest] = make();
    const elsewhere = kernel.eventfd();
    const copy = elsewhere.fd;
    dup2(file.fd, copy);
    closeFd(file.fd);
    isRefused(file, asks);
    refused(() => elsewhere.read(), 'EBADF', 'read');
    refused(() => { elsewhere.close(); }, 'EBADF', 'close'); // prettier-ignore
    closeFd(copy);
    for (const each of rest) each.close();
    assert.is(countFds(), before);
  });
}

test('a number that came back to its own file is that file', () => {
  const file = kernel.eventfd({ count: 7 });
  const spare = kernel.eventfd();
  dup2(file.fd, spare.fd);
  dup2(spare.fd, file.fd);
  assert.is(file.read(), 7n);
  closeFd(spare.fd);
  refused(() => { spare.close(); }, 'EBADF', 'close'); // prettier-ignore
  file.close();
});

test('a file that can be polled by others is watched by them as ever', async () => {
  await using poller = Poller.create();
  using event = kernel.eventfd();
  poller.add(event.fd, EPOLLIN);
  const waiting = poller.wait();
  event.write(1);
  assert.is((await waiting)[0]!.events, EPOLLIN);
});

test.run();
