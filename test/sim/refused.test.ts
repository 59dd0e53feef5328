// SPDX-License-Identifier: LGPL-2.1-or-later

// What Linux takes and the simulated kernel does not: refused by name, in the trace too, with nothing changed; and what it refuses as Linux does.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { N, REFUSED } from '../../src/sim/numbers.js';
import { Bench } from './support/machine.js';
import { EBADF, EINVAL, ENOPROTOOPT, ENOTSOCK, ENOTTY } from '../../host/errno.js';

const EVENTFD = 3;
const SOCKET = 4;
const READER = 6;
const EPOLL = 8;
const MSG_OOB = 1;
const AF_UNIX = 1;

/** A machine with an eventfd 3, a pair 4 and 5, a pipe 6 and 7, an epoll 8; and room for what calls point to. */
function made(): { bench: Bench; at: number } {
  const bench = new Bench();
  const at = bench.machine.room(256);
  assert.is(bench.call(N.EVENTFD), EVENTFD);
  assert.is(bench.call(N.SOCKETPAIR, AF_UNIX, 1, 0, at), 0);
  assert.is(bench.call(N.PIPE, at), 0);
  assert.is(bench.call(N.EPOLL), EPOLL);
  return { bench, at };
}

type Call = (at: number) => [call: number, ...args: number[]];

const REFUSALS: readonly [what: string, call: Call][] = [
  ['O_ACCMODE for open', () => [N.OPEN_VPOLL, 3]],
  ['open flag 0x400', () => [N.OPEN_VPOLL, 0x402]],
  ['SOCK_DGRAM', (at) => [N.SOCKETPAIR, AF_UNIX, 2, 0, at]],
  ['SOCK_RAW', (at) => [N.SOCKETPAIR, AF_UNIX, 3, 0, at]],
  ['SOCK_SEQPACKET', (at) => [N.SOCKETPAIR, AF_UNIX, 5 | 0x800, 0, at]],
  ['O_DIRECT', (at) => [N.PIPE, at, 0x4000]],
  ['O_NOTIFICATION_PIPE', (at) => [N.PIPE, at, 0x80]],
  ['CLOCK_REALTIME_ALARM', () => [N.TIMERFD, 8]],
  ['CLOCK_BOOTTIME_ALARM', () => [N.TIMERFD, 9]],
  ['MSG_OOB', (at) => [N.SEND, SOCKET, at, 1, MSG_OOB]],
  ['MSG_OOB', (at) => [N.RECV, SOCKET, at, 1, MSG_OOB | 0x40]],
  ['ioctl 0x5452', () => [N.IOCTL, EVENTFD, 0x5452]],
  ['ioctl 0x8905', () => [N.IOCTL, SOCKET, 0x8905]],
  ['ioctl 0x80086601', () => [N.IOCTL, READER, 0x80086601 | 0]],
  ['ioctl 0x8a01', () => [N.IOCTL, EPOLL, 0x8a01]],
  ['O_ASYNC', () => [N.FCNTL, SOCKET, 4, 0x2000]],
  ['O_DIRECT', () => [N.FCNTL, READER, 4, 0x4000]],
  ['O_NOATIME', () => [N.FCNTL, EVENTFD, 4, 0x40000]],
  ['F_SETPIPE_SZ', () => [N.FCNTL, READER, 1031, 4096]],
  ['F_GETPIPE_SZ', () => [N.FCNTL, READER, 1032]],
  ['fcntl 0x8', () => [N.FCNTL, SOCKET, 8, 1]],
  ['setsockopt of SOL_SOCKET 0x8', (at) => [N.SETSOCKOPT, SOCKET, 1, 8, at]],
  ['getsockopt of SOL_SOCKET 0x26', (at) => [N.GETSOCKOPT, SOCKET, 1, 38, at]],
  ['select of more descriptors than 0x40', (at) => [N.SELECT, 65, at, 0]],
  ['RLIMIT_NOFILE above 0x1000', () => [N.LIMIT, 4097]],
  ['socket of AF_UNIX', () => [N.SOCKET, AF_UNIX, 1, 0]],
];

test('what is not simulated is refused by name, before anything has changed', () => {
  for (const [what, call] of REFUSALS) {
    const { bench, at } = made();
    const before = bench.shown(SOCKET);
    assert.is(bench.call(...call(at)), REFUSED, what);
    assert.ok(bench.trace().endsWith(` | = not simulated: ${what}\n`), `${what}: ${bench.trace()}`);
    assert.is(bench.shown(SOCKET), before);
    assert.is(bench.call(N.EPOLL), EPOLL + 1, what);
  }
});

test('an address of AF_UNIX is refused, by bind(2) also where it is a family alone', () => {
  const { bench, at } = made();
  bench.view.setUint16(0, AF_UNIX, true);
  const address = bench.view.byteOffset;
  assert.is(bench.call(N.BIND, SOCKET, address, 2), REFUSED);
  assert.is(bench.call(N.BIND, SOCKET, address, 16), REFUSED);
  assert.is(bench.call(N.CONNECT, SOCKET, address, 16), REFUSED);
  assert.is(bench.call(N.CONNECT, SOCKET, address, 2), -EINVAL);
  assert.is(bench.call(N.CONNECT, EVENTFD, address, 16), -ENOTSOCK);
  assert.is(bench.call(N.BIND, SOCKET, at, 1), -EINVAL);
});

test('no fault of a plan comes in the place of a refusal', () => {
  const { bench, at } = made();
  for (const kind of [1, 2, 3]) bench.machine.setFault(kind, 1, 1, 0);
  assert.is(bench.call(N.SEND, SOCKET, at, 1, MSG_OOB | 0x40), REFUSED);
  assert.is(bench.call(N.PIPE, at, 0x4000), REFUSED);
});

test('who has opened the device for reading alone may change nothing', () => {
  const bench = new Bench();
  const readOnly = bench.call(N.OPEN_VPOLL, 0);
  const fd = bench.call(N.OPEN_VPOLL, 2);
  assert.is(bench.call(N.IOCTL, readOnly, 0x5e01, 1), -EBADF);
  assert.is(bench.call(N.IOCTL, readOnly, 0x5e04, 1), -ENOTTY);
  assert.is(bench.shown(readOnly), 0);
  assert.is(bench.call(N.IOCTL, fd, 0x5e01, 1), 1);
});

test('where Linux says no, that is what is said', () => {
  const { bench, at } = made();
  assert.is(bench.call(N.SEND, EVENTFD, at, 1, MSG_OOB), -ENOTSOCK);
  assert.is(bench.call(N.SEND, 99, at, 1, MSG_OOB), -EBADF);
  assert.is(bench.call(N.PIPE, at, 0x4001), -EINVAL);
  assert.is(bench.call(N.IOCTL, 99, 0x5452), -EBADF);
  assert.is(bench.call(N.IOCTL, EVENTFD, 0x541b), -ENOTTY);
  assert.is(bench.call(N.FCNTL, EVENTFD, 777), -EINVAL);
  assert.is(bench.call(N.SETSOCKOPT, SOCKET, 1, 3, at), -ENOPROTOOPT);
  assert.is(bench.call(N.SETSOCKOPT, SOCKET, 1, 1000, at), -ENOPROTOOPT);
  assert.is(bench.call(N.SELECT, -1, at, 0), -EINVAL);
});

test.run();
