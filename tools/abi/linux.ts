// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Numbers of the Linux user ABI that are the same on x86-64 and arm64, once. tools/abi.ts makes of them what AssemblyScript, TypeScript, C and Python read.
 * test/abi.test.ts compiles each against the system's headers, so nothing here rests on memory.
 */

import { ERRNOS } from './errno.js';
import type { Group } from './group.js';
import { PROCESS_GROUPS, SECCOMP_GROUPS } from './process.js';

export const EVENT_BITS = {
  IN: 0x0001,
  PRI: 0x0002,
  OUT: 0x0004,
  ERR: 0x0008,
  HUP: 0x0010,
  RDNORM: 0x0040,
  RDBAND: 0x0080,
  WRNORM: 0x0100,
  WRBAND: 0x0200,
  MSG: 0x0400,
  RDHUP: 0x2000,
};

/** The names of the eleven bits that a program may assert. */
export const EVENTS = Object.keys(EVENT_BITS);

const all = (prefix: string): string => EVENTS.map((name) => prefix + name).join('|');

const EVENT_GROUPS: readonly Group[] = [
  {
    about: 'Event bits, epoll_ctl(2). poll(2) uses the same numbers for all of these.',
    headers: ['sys/epoll.h', 'poll.h'],
    type: 'u32',
    hex: true,
    prefix: 'EPOLL',
    core: true,
    numbers: EVENT_BITS,
    means: Object.fromEntries(EVENTS.map((name) => [name, [`EPOLL${name}`, `POLL${name}`]])),
  },
  {
    about: 'The eleven bits that a program may assert. All others belong to the kernel or are options of a waiter.',
    headers: ['sys/epoll.h', 'poll.h'],
    type: 'u32',
    hex: true,
    numbers: { SETTABLE: Object.values(EVENT_BITS).reduce((sum, bit) => sum | bit) },
    means: { SETTABLE: [all('EPOLL'), all('POLL')] },
  },
  {
    about: 'What poll(2) says of a descriptor that is not open.',
    headers: ['poll.h'],
    type: 'u32',
    hex: true,
    prefix: 'POLL',
    numbers: { NVAL: 0x20 },
    means: { NVAL: ['POLLNVAL'] },
  },
  {
    about: 'Options of a waiter: bits of epoll_event.events that are no events, epoll_ctl(2).',
    headers: ['sys/epoll.h'],
    type: 'u32',
    hex: true,
    numbers: { EPOLLEXCLUSIVE: 0x10000000, EPOLLWAKEUP: 0x20000000, EPOLLONESHOT: 0x40000000, EPOLLET: 0x80000000 },
  },
  {
    about: 'Operations of epoll_ctl(2).',
    headers: ['sys/epoll.h'],
    type: 'i32',
    numbers: { EPOLL_CTL_ADD: 1, EPOLL_CTL_DEL: 2, EPOLL_CTL_MOD: 3 },
  },
];

const FILE_GROUPS: readonly Group[] = [
  {
    about: 'open(2); eventfd(2), socket(2) and epoll_create1(2) have the same CLOEXEC and NONBLOCK.',
    headers: ['fcntl.h', 'sys/eventfd.h', 'sys/socket.h', 'sys/epoll.h'],
    type: 'i32',
    hex: true,
    core: true,
    numbers: { O_RDONLY: 0, O_RDWR: 2, O_NOCTTY: 0x100, O_NONBLOCK: 0x800, O_CLOEXEC: 0x80000 },
    means: {
      O_NONBLOCK: ['O_NONBLOCK', 'EFD_NONBLOCK', 'SOCK_NONBLOCK'],
      O_CLOEXEC: ['O_CLOEXEC', 'EFD_CLOEXEC', 'SOCK_CLOEXEC', 'EPOLL_CLOEXEC'],
    },
  },
  {
    about: 'Further ones of open(2), as the kernel has them: a libc may count O_PATH to O_ACCMODE (musl).',
    headers: ['fcntl.h'],
    type: 'i32',
    hex: true,
    numbers: {
      O_WRONLY: 1,
      O_ACCMODE: 3,
      O_CREAT: 0x40,
      O_EXCL: 0x80,
      O_APPEND: 0x400,
      O_ASYNC: 0x2000,
      O_NOATIME: 0x40000,
      O_PATH: 0x200000,
    },
  },
  {
    about:
      'open(2): numbers of x86-64, whose kernel is the one that is simulated. O_LARGEFILE is what a 64-bit kernel adds by itself.',
    // glibc's own header calls it 0.
    headers: ['asm/fcntl.h'],
    type: 'i32',
    hex: true,
    only: 'assembly',
    arch: 'x64',
    numbers: { O_DIRECT: 0x4000, O_LARGEFILE: 0x8000 },
  },
  {
    about: 'fcntl(2). FD_CLOEXEC is what programs of libvpoll pass to create. F_DUPFD_QUERY is of Linux 6.10.',
    headers: ['fcntl.h'],
    type: 'i32',
    core: true,
    numbers: {
      FD_CLOEXEC: 1,
      F_DUPFD: 0,
      F_GETFD: 1,
      F_SETFD: 2,
      F_GETFL: 3,
      F_SETFL: 4,
      F_DUPFD_QUERY: 1027,
      F_DUPFD_CLOEXEC: 1030,
      F_SETPIPE_SZ: 1031,
      F_GETPIPE_SZ: 1032,
    },
    // In no header before 6.10.
    means: { F_DUPFD_QUERY: ['F_SETLEASE + 3'] },
  },
  {
    about: 'eventfd(2), and the clock of most timers.',
    headers: ['sys/eventfd.h', 'time.h'],
    type: 'i32',
    numbers: { EFD_SEMAPHORE: 1, CLOCK_MONOTONIC: 1 },
  },
  {
    about: 'File types in st_mode, inode(7).',
    headers: ['sys/stat.h'],
    type: 'u32',
    hex: true,
    core: true,
    numbers: { S_IFMT: 0xf000, S_IFIFO: 0x1000, S_IFCHR: 0x2000, S_IFDIR: 0x4000, S_IFREG: 0x8000, S_IFSOCK: 0xc000 },
  },
  {
    about: 'Requests of files that are no vpolls, ioctl(2). The last three have the address of an int.',
    headers: ['sys/ioctl.h', 'linux/sockios.h'],
    type: 'u32',
    hex: true,
    only: 'assembly',
    numbers: { FIONCLEX: 0x5450, FIOCLEX: 0x5451, FIONBIO: 0x5421, FIONREAD: 0x541b, SIOCOUTQ: 0x5411 },
  },
  {
    about: 'timerfd_settime(2) and its other clocks.',
    headers: ['sys/timerfd.h', 'time.h'],
    type: 'i32',
    only: 'assembly',
    numbers: {
      TFD_TIMER_ABSTIME: 1,
      TFD_TIMER_CANCEL_ON_SET: 2,
      CLOCK_REALTIME: 0,
      CLOCK_BOOTTIME: 7,
      CLOCK_REALTIME_ALARM: 8,
      CLOCK_BOOTTIME_ALARM: 9,
    },
  },
];

const SOCKET_GROUPS: readonly Group[] = [
  {
    about: 'socket(2), socket(7), shutdown(2).',
    headers: ['sys/socket.h'],
    type: 'i32',
    core: true,
    numbers: {
      AF_UNIX: 1,
      AF_INET: 2,
      SOCK_STREAM: 1,
      SOL_SOCKET: 1,
      SO_TYPE: 3,
      SO_ERROR: 4,
      SO_SNDBUF: 7,
      SO_RCVBUF: 8,
      SO_RCVLOWAT: 18,
      SO_SNDTIMEO: 21,
      SO_TIMESTAMPING: 37,
      SO_PROTOCOL: 38,
      SO_DOMAIN: 39,
      SCM_RIGHTS: 1,
      SHUT_RD: 0,
      SHUT_WR: 1,
      SHUT_RDWR: 2,
    },
  },
  {
    about: 'Flags of send(2) and recv(2).',
    headers: ['sys/socket.h'],
    type: 'i32',
    hex: true,
    core: true,
    numbers: {
      MSG_OOB: 1,
      MSG_PEEK: 2,
      MSG_CTRUNC: 8,
      MSG_TRUNC: 0x20,
      MSG_DONTWAIT: 0x40,
      MSG_EOR: 0x80,
      MSG_WAITALL: 0x100,
      MSG_ERRQUEUE: 0x2000,
      MSG_NOSIGNAL: 0x4000,
      MSG_CMSG_CLOEXEC: 0x40000000,
    },
  },
  {
    about: 'SO_TIMESTAMPING, and tcp(7).',
    headers: ['linux/net_tstamp.h', 'netinet/in.h', 'linux/tcp.h'],
    type: 'i32',
    only: 'assembly',
    numbers: {
      SOF_TIMESTAMPING_SOFTWARE: 0x10,
      SOF_TIMESTAMPING_TX_SCHED: 0x100,
      SOF_TIMESTAMPING_OPT_TSONLY: 0x800,
      IPPROTO_TCP: 6,
      TCP_INFO: 11,
      TCP_NOTSENT_LOWAT: 25,
    },
  },
];

export const LINUX: readonly Group[] = [
  ...EVENT_GROUPS,
  ...FILE_GROUPS,
  ...SOCKET_GROUPS,
  ...PROCESS_GROUPS,
  ...SECCOMP_GROUPS,
  ERRNOS,
];
