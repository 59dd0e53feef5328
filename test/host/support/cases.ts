// SPDX-License-Identifier: LGPL-2.1-or-later

// Each call of the boundary into each errno that this kernel gives for it without harm: what to do, and what section 2 of the manual says.
// Left out: EFAULT (the core's pointers all lie in its memory), ENOMEM, ENFILE and EIO (no program may ask for them; test/real/injected-*),
// EINTR (there as well), EPERM and EACCES (root never gets them).

import type { SysName } from '../../../host/sys.js';
import { AT, type FileKind, type Side } from './side.js';

export interface Case {
  readonly call: SysName;
  readonly what: string;
  readonly expected: string;
  readonly run: (side: Side) => number;
}

const NO_WAIT = 0x4040;
const SOL_SOCKET = 1;
const SO_TYPE = 3;
const SO_SNDBUF = 7;
const OK = '>= 0';
/** The start of a struct sockaddr_in: AF_INET, any port, 127.0.0.1. */
const LOOPBACK = 0x0100007f00000002n;

type On = (side: Side, fd: number) => number;

/** The calls that take a descriptor first, in a form that works on the right kind of file. */
const ON: Partial<Record<SysName, On>> = {
  ioctl: ({ sys }, fd) => sys.ioctl(fd, 0x5e01, 0),
  read: ({ sys }, fd) => sys.read(fd, AT.data, 64),
  write: ({ sys }, fd) => sys.write(fd, AT.data, 8),
  send: ({ sys }, fd) => sys.send(fd, AT.data, 8, NO_WAIT),
  recv: ({ sys }, fd) => sys.recv(fd, AT.data, 64, NO_WAIT),
  shutdown: ({ sys }, fd) => sys.shutdown(fd, 1),
  fcntl: ({ sys }, fd) => sys.fcntl(fd, 2, 1),
  setsockopt: ({ sys, view }, fd) => {
    view.setInt32(AT.value, 4096, true);
    return sys.setsockopt(fd, SOL_SOCKET, SO_SNDBUF, AT.value, 4);
  },
  getsockopt: ({ sys, view }, fd) => {
    view.setInt32(AT.size, 4, true);
    return sys.getsockopt(fd, SOL_SOCKET, SO_TYPE, AT.value, AT.size);
  },
  bind: ({ sys, view }, fd) => {
    view.setBigUint64(AT.address, LOOPBACK, true);
    return sys.bind(fd, AT.address, 16);
  },
  listen: ({ sys }, fd) => sys.listen(fd, 1),
  accept4: ({ sys, view }, fd) => {
    view.setInt32(AT.size, 16, true);
    return sys.accept4(fd, AT.address, AT.size, 0x80800);
  },
  connect: ({ sys, view }, fd) => {
    view.setBigUint64(AT.address, LOOPBACK | (1n << 16n), true);
    return sys.connect(fd, AT.address, 16);
  },
  getsockname: ({ sys, view }, fd) => {
    view.setInt32(AT.size, 16, true);
    return sys.getsockname(fd, AT.address, AT.size);
  },
  getpeername: ({ sys, view }, fd) => {
    view.setInt32(AT.size, 16, true);
    return sys.getpeername(fd, AT.address, AT.size);
  },
  dup3: (side, fd) => side.sys.dup3(fd, side.keep(side.sys.eventfd(0, 0x80000)), 0x80000),
  openat: (side, fd) => side.sys.openat(fd, side.text('vpoll'), 2),
  fstat: ({ sys }, fd) => sys.fstat(fd, AT.stat),
  close: ({ sys }, fd) => sys.close(fd),
};

function each(calls: SysName[], kinds: FileKind[], expected: string): Case[] {
  return calls.flatMap((call) =>
    kinds.map((kind) => ({ call, what: `on ${kind}`, expected, run: (side: Side) => ON[call]!(side, side.open(kind)) })),
  );
}

function one(call: SysName, what: string, expected: string, run: (side: Side) => number): Case {
  return { call, what, expected, run };
}

const ADDRESS_CALLS: SysName[] = ['bind', 'listen', 'accept4', 'connect', 'getsockname', 'getpeername'];
const SOCKET_CALLS: SysName[] = ['send', 'recv', 'shutdown', 'setsockopt', 'getsockopt', ...ADDRESS_CALLS];

const BY_KIND: Case[] = [
  ...each(Object.keys(ON) as SysName[], ['closed'], 'EBADF'),
  ...each(SOCKET_CALLS, ['eventfd', 'pipe', 'null', 'epoll', 'directory'], 'ENOTSOCK'),
  ...each(['ioctl'], ['unix', 'eventfd', 'pipe', 'null', 'directory'], 'ENOTTY'),
  ...each(['ioctl'], ['epoll'], 'EINVAL'),
  ...each(['fstat', 'fcntl'], ['unix', 'eventfd', 'pipe', 'tcp', 'null', 'epoll', 'directory'], OK),
  ...each(['send', 'setsockopt', 'getsockopt', 'shutdown'], ['unix'], OK),
  ...each(['dup3'], ['unix', 'eventfd', 'pipe', 'tcp', 'null', 'epoll'], OK),
  ...each(['openat'], ['unix', 'eventfd', 'pipe', 'tcp', 'null', 'epoll'], 'ENOTDIR'),
  ...each(['openat'], ['directory'], 'ENOENT'),
  ...each(['read'], ['directory'], 'EISDIR'),
  ...each(['read', 'write'], ['epoll'], 'EINVAL'),
  ...each(['write'], ['directory'], 'EBADF'),
  ...each(['shutdown'], ['tcp'], 'ENOTCONN'),
];

const OPENING: Case[] = [
  one('eventfd', 'made', OK, (side) => side.keep(side.sys.eventfd(1, 0x80000))),
  one('eventfd', 'unknown flags', 'EINVAL', ({ sys }) => sys.eventfd(0, 0x10)),
  one('eventfd', 'no room', 'EMFILE', (side) => side.withoutRoom(() => side.sys.eventfd(0, 0x80000))),
  one('open', 'no such file', 'ENOENT', (side) => side.sys.open(side.text('/no/such/file'), 0)),
  one('open', 'empty path', 'ENOENT', (side) => side.sys.open(side.text(''), 0)),
  one('open', 'a file as a directory', 'ENOTDIR', (side) => side.sys.open(side.text('/dev/null/x'), 0)),
  one('open', 'a directory for writing', 'EISDIR', (side) => side.sys.open(side.text('/proc'), 2)),
  one('open', 'a name too long', 'ENAMETOOLONG', (side) => side.sys.open(side.text(`/${'x'.repeat(256)}`), 0)),
  one('open', 'no room', 'EMFILE', (side) => side.withoutRoom(() => side.sys.open(side.text('/dev/null'), 0x80000))),
  one('socketpair', 'no such domain', 'EAFNOSUPPORT', ({ sys }) => sys.socketpair(99, 1, 0, AT.pair)),
  one('socketpair', 'no such type', 'ESOCKTNOSUPPORT', ({ sys }) => sys.socketpair(1, 4, 0, AT.pair)),
  one('socketpair', 'no such protocol', 'EPROTONOSUPPORT', ({ sys }) => sys.socketpair(1, 1, 99, AT.pair)),
  one('socketpair', 'flags that are none', 'EINVAL', ({ sys }) => sys.socketpair(1, 0x40001, 0, AT.pair)),
  one('socketpair', 'no room', 'EMFILE', (side) => side.withoutRoom(() => side.sys.socketpair(1, 0x80001, 0, AT.pair))),
  one('fcntl', 'a copy', OK, (side) => side.keep(side.sys.fcntl(side.open('unix'), 1030, 0))),
  one('fcntl', 'a copy without room', 'EMFILE', (side) => {
    const fd = side.open('unix');
    return side.withoutRoom(() => side.sys.fcntl(fd, 1030, 0));
  }),
  one('fcntl', 'no such command', 'EINVAL', (side) => side.sys.fcntl(side.open('unix'), 99, 0)),
];

/** An end of a pair whose other end `prepare` has used or closed. */
function withPair(use: (side: Side, a: number, b: number) => number): (side: Side) => number {
  return (side) => use(side, ...side.pair());
}

const MOVING: Case[] = [
  one('read', 'eight bytes of an eventfd', OK, (side) => {
    const fd = side.open('eventfd');
    side.view.setBigUint64(AT.data, 1n, true);
    return side.sys.write(fd, AT.data, 8) === 8 && side.sys.read(fd, AT.data, 8) === 8 ? 0 : -1;
  }),
  one('read', 'less than an eventfd gives', 'EINVAL', (side) => side.sys.read(side.open('eventfd'), AT.data, 4)),
  one('write', 'less than an eventfd takes', 'EINVAL', (side) => side.sys.write(side.open('eventfd'), AT.data, 4)),
  one('read', 'nothing there', 'EAGAIN', (side) => side.sys.read(side.open('unix'), AT.data, 8)),
  one('recv', 'nothing there', 'EAGAIN', (side) => side.sys.recv(side.open('unix'), AT.data, 8, NO_WAIT)),
  one('send', 'no room', 'EAGAIN', (side) => side.fill(side.open('unix'))),
  one(
    'send',
    'the other end closed',
    'EPIPE',
    withPair(({ sys }, a, b) => (sys.close(b), sys.send(a, AT.data, 1, NO_WAIT))),
  ),
  one(
    'send',
    'shut down',
    'EPIPE',
    withPair(({ sys }, a) => (sys.shutdown(a, 1), sys.send(a, AT.data, 1, NO_WAIT))),
  ),
  one(
    'recv',
    'the other end closed',
    OK,
    withPair(({ sys }, a, b) => (sys.close(b), sys.recv(a, AT.data, 8, NO_WAIT))),
  ),
  one(
    'recv',
    'the other end closed with bytes unread',
    'ECONNRESET',
    withPair(({ sys }, a, b) => {
      sys.send(a, AT.data, 8, NO_WAIT);
      sys.close(b);
      return sys.recv(a, AT.data, 8, NO_WAIT);
    }),
  ),
  one('shutdown', 'no such way', 'EINVAL', (side) => side.sys.shutdown(side.open('unix'), 9)),
  one('setsockopt', 'no such option', 'ENOPROTOOPT', (side) => side.sys.setsockopt(side.open('unix'), 1, 9999, AT.value, 4)),
  one('setsockopt', 'too short a value', 'EINVAL', (side) => side.sys.setsockopt(side.open('unix'), 1, SO_SNDBUF, AT.value, 2)),
  one('getsockopt', 'no such option', 'ENOPROTOOPT', (side) => {
    side.view.setInt32(AT.size, 4, true);
    return side.sys.getsockopt(side.open('unix'), 1, 9999, AT.value, AT.size);
  }),
  one('poll', 'more than the limit', 'EINVAL', ({ sys }) => sys.poll(AT.pollfd, 0xffffffff, 0)),
  one('poll', 'one that is open', OK, (side) => {
    side.view.setInt32(AT.pollfd, side.open('unix'), true);
    side.view.setUint32(AT.pollfd + 4, 4, true);
    return side.sys.poll(AT.pollfd, 1, 0) === 1 && side.view.getUint16(AT.pollfd + 6, true) === 4 ? 0 : -1;
  }),
  one('poll', 'one that is closed', OK, (side) => {
    side.view.setInt32(AT.pollfd, 900, true);
    side.view.setUint32(AT.pollfd + 4, 1, true);
    return side.sys.poll(AT.pollfd, 1, 0) === 1 && side.view.getUint16(AT.pollfd + 6, true) === 0x20 ? 0 : -1;
  }),
];

const INET: Case[] = [
  one('socket', 'made', OK, (side) => side.keep(side.inet())),
  one('socket', 'no such domain', 'EAFNOSUPPORT', ({ sys }) => sys.socket(99, 1, 0)),
  one('socket', 'no such protocol', 'EPROTONOSUPPORT', ({ sys }) => sys.socket(2, 1, 17)),
  one('socket', 'flags that are none', 'EINVAL', ({ sys }) => sys.socket(2, 0x40001, 0)),
  one('socket', 'no room', 'EMFILE', (side) => side.withoutRoom(() => side.inet())),
  one('bind', 'to a port of the kernel', OK, (side) => ON.bind!(side, side.keep(side.inet()))),
  one('bind', 'a second time', 'EINVAL', (side) => {
    const fd = side.keep(side.inet());
    ON.bind!(side, fd);
    return ON.bind!(side, fd);
  }),
  one('listen', 'bound', OK, (side) => side.listener()),
  one('accept4', 'nobody there', 'EAGAIN', (side) => ON.accept4!(side, side.listener())),
  one('accept4', 'not listening', 'EINVAL', (side) => ON.accept4!(side, side.keep(side.inet()))),
  one('accept4', 'flags that are none', 'EINVAL', (side) => side.sys.accept4(side.listener(), AT.address, AT.size, 1)),
  one('connect', 'nobody listens, without waiting', 'EINPROGRESS', (side) => ON.connect!(side, side.keep(side.inet()))),
  one('connect', 'somebody listens, without waiting', 'EINPROGRESS', (side) => side.connected()[2]),
  one('connect', 'to nobody, which ends it', OK, (side) => {
    const [fd] = side.connected();
    side.view.setBigUint64(AT.address, 0n, true);
    return side.sys.connect(fd, AT.address, 16);
  }),
  one('accept4', 'somebody there', OK, (side) => side.connected()[1]),
  one('getsockname', 'bound', OK, (side) => ON.getsockname!(side, side.listener())),
  one('getpeername', 'connected', OK, (side) => ON.getpeername!(side, side.connected()[0])),
  one('getpeername', 'not connected', 'ENOTCONN', (side) => ON.getpeername!(side, side.keep(side.inet()))),
  one('dup3', 'onto itself', 'EINVAL', (side) => {
    const fd = side.open('unix');
    return side.sys.dup3(fd, fd, 0);
  }),
  one('dup3', 'flags that are none', 'EINVAL', (side) => side.sys.dup3(side.open('unix'), side.open('unix'), 1)),
  one('shutdown', 'a connection that was ended', 'ENOTCONN', (side) => side.sys.shutdown(side.keep(side.inet()), 0)),
];

export const CASES: readonly Case[] = [...BY_KIND, ...OPENING, ...MOVING, ...INET];
