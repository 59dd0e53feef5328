// SPDX-License-Identifier: LGPL-2.1-or-later

/** What the simulated kernel (assembly/sim) and those who drive it (src/sim) must agree on: its calls by number, and what they give beside errnos. */

import type { Group } from './group.js';
import type { Layout } from './layout.js';

/** The calls, in the order of their numbers, with their arguments. */
export const SIM_CALLS: readonly (readonly [name: string, about: string])[] = [
  ['EVENTFD', 'eventfd(2): initval, flags.'],
  ['OPEN_VPOLL', 'open(2) of /dev/vpoll: flags.'],
  ['SOCKETPAIR', 'socketpair(2): domain, type, protocol, int[2].'],
  ['PIPE', 'pipe2(2): int[2], flags.'],
  ['TIMERFD', 'timerfd_create(2): clock, flags.'],
  ['EPOLL', 'epoll_create1(2): flags.'],
  ['READ', 'read(2): fd, buffer, size.'],
  ['WRITE', 'write(2): fd, buffer, size.'],
  ['SEND', 'send(2): fd, buffer, size, flags.'],
  ['RECV', 'recv(2): fd, buffer, size, flags.'],
  ['IOCTL', 'ioctl(2): fd, request, argument (of FIONBIO, FIONREAD and SIOCOUTQ an int*).'],
  ['SHUTDOWN', 'shutdown(2): fd, how.'],
  ['FCNTL', 'fcntl(2): fd, command, argument.'],
  ['SETSOCKOPT', 'setsockopt(2) of an int: fd, level, name, int*.'],
  ['GETSOCKOPT', 'getsockopt(2) of an int: fd, level, name, int*.'],
  ['DUP', 'dup(2): fd.'],
  ['DUP3', 'dup3(2): from, to, flags.'],
  ['CLOSE', 'close(2): fd.'],
  ['EPOLL_CTL', 'epoll_ctl(2): epoll, op, fd, event (u32 events, u32 0, u64 data).'],
  ['EPOLL_WAIT', 'epoll_wait(2): epoll, events, how many at most, timeout in milliseconds.'],
  ['POLL', 'poll(2): pollfd[], count, timeout in milliseconds.'],
  ['SELECT', 'select(2): count, sets (pollcall.ts), timeout in milliseconds.'],
  ['TIMERFD_SETTIME', 'timerfd_settime(2): fd, flags (TFD_TIMER_*), interval and value (u64 ns each).'],
  ['TIMERFD_GETTIME', 'timerfd_gettime(2): fd, nothing, room for interval and value (u64 ns each).'],
  ['SLEEP', 'nanosleep(2): microseconds.'],
  ['UNSHARE', "unshare(2) of CLONE_FILES: the task's descriptors become its own, as after fork(2)."],
  ['LIMIT', 'setrlimit(2) of RLIMIT_NOFILE: the limit.'],
  ['YIELD', 'sched_yield(2).'],
  ['SOCKET', 'socket(2): domain, type, protocol.'],
  ['BIND', 'bind(2): fd, address, its size.'],
  ['CONNECT', 'connect(2): fd, address, its size.'],
  ['LISTEN', 'listen(2): fd, backlog.'],
  ['ACCEPT4', 'accept4(2): fd, flags. Nothing is ever accepted, so there is no room for an address.'],
  ['GETSOCKNAME', 'getsockname(2): fd, room for the address, socklen_t* (in: room, out: size).'],
  ['GETPEERNAME', 'getpeername(2): fd, room for the address, socklen_t* (in: room, out: size).'],
];

export const SIM: readonly Group[] = [
  {
    about:
      "What a call gives that isn't at its end, and one that asks for what isn't simulated (assembly/sim/refuse.ts): no errno is that large.",
    headers: [],
    type: 'i32',
    numbers: { SLEEPS: -4097, REFUSED: -4098 },
  },
  {
    about: 'What the kernel has, and the version that it is like unless it is told another: major * 100 + minor.',
    headers: [],
    type: 'u32',
    numbers: { HAS_EFD_VPOLL: 1, HAS_DEVICE: 2, VERSION: 618 },
  },
  {
    about:
      'Who goes on: any of those that can, the one with the highest priority (assembly/sim/schedule.ts), who came first, what the lists say (assembly/sim/choice.ts).',
    headers: [],
    type: 'i32',
    numbers: { RANDOM: 0, PCT: 1, ROUND_ROBIN: 2, REPLAY: 3 },
  },
  {
    about: 'The lists of choices: who goes on, which faults happen, and how much time passes; and how many lists there are.',
    headers: [],
    type: 'i32',
    numbers: { SCHEDULE: 0, FAULTS: 1, TIMES: 2, LISTS: 3 },
  },
  {
    about: 'What pick() gives in place of a task: nobody will ever go on, time is up; and what is set in a task that is to die.',
    headers: [],
    type: 'i32',
    numbers: { STUCK: -1, OVER: -2, DIES: 0x10000 },
  },
  {
    about: 'The most: choices in a list, depth of PCT; and the steps that a run of PCT may have unless it says otherwise.',
    headers: [],
    type: 'u32',
    numbers: { CHOICES_MAX: 0x20000, DEPTH_MAX: 16, PCT_STEPS: 200 },
  },
  {
    about:
      'Where the static data of its module begins, in bytes: everything below is the memory of what is simulated (assembly/sim/arena.ts).',
    headers: [],
    type: 'usize',
    hex: true,
    numbers: { ARENA_END: 0x2000000 },
  },
];

/** What epoll_ctl and epoll_wait read and write: where Linux packs it (x86-64 alone), this kernel doesn't. */
export const SIM_EVENT: Layout = {
  name: 'Event',
  about: 'A struct epoll_event, as the simulated kernel has it.',
  fields: { events: ['u32', 'bits'], nothing: ['u32', '0'], data: ['u64', 'what it was registered with'] },
};
