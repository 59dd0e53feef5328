// SPDX-License-Identifier: LGPL-2.1-or-later

// What the comparison with Linux taught: the mistakes of docs/decisions/009, each as it once was, or the rule of another release. Each has
// the seed that finds it and the program that it was shrunk to. Then those deliberate bugs that are the simulated kernel's alone.

import { HAS_DEVICE } from '../../../src/sim/numbers.js';
import { MUTANTS, type Mutant } from './mutants.js';
import { type Program, stepOf } from './step.js';

/** A mistake, and what finds it. */
export interface Learned extends Mutant {
  /** What the kernel has to have: HAS_DEVICE. */
  readonly needs: number;
  /** The first seed, from 1 on, whose programs show it on Linux 6.18; where it `needs` a kernel that only a guest is, on Linux 6.1. */
  readonly seed: number;
  /** What is left of the first of these. */
  readonly program: Program;
}

type Found = Pick<Learned, 'seed' | 'program'>;

function found(seed: number, tasks: number, limit: number, ...steps: string[]): Found {
  return { seed, program: { tasks, limit, looks: false, steps: steps.map(stepOf) } };
}

function bug(index: number, of: Found): Learned {
  return { ...MUTANTS[index]!, needs: 0, ...of };
}

export const LEARNED: readonly Learned[] = [
  {
    name: 'connect(2) looked for a socket before it looked at the size of its address (__sys_connect())',
    file: 'assembly/sim/socketcalls.ts',
    right: 'if (t.call == n.CONNECT && <u32>t.c > ADDRESS_MAX)',
    wrong: 'if (!WRONG && t.call == n.CONNECT && <u32>t.c > ADDRESS_MAX)',
    needs: 0,
    ...found(1, 4, 64, '1 PIPE 0', '1 CONNECT 3 200'),
  },
  {
    name: 'an option of a level that a unix socket does not have was ENOPROTOOPT',
    file: 'assembly/sim/unix.ts',
    right: `  if (level != SOL_SOCKET) return -EOPNOTSUPP;
  if (name == SO_TYPE)`,
    wrong: `  if (level != SOL_SOCKET) return WRONG ? -ENOPROTOOPT : -EOPNOTSUPP;
  if (name == SO_TYPE)`,
    needs: 0,
    ...found(1, 3, 64, '0 SOCKETPAIR 1 1 0', '0 SOCKETPAIR 1 1 0', '1 SOCKETPAIR 1 2049 0', '0 GETSOCKOPT 7 77 3'),
  },
  {
    name: 'socketpair(2) looked at its family before it took two numbers (__sys_socketpair())',
    file: 'assembly/sim/creating-calls.ts',
    right: '  if (lowestPair(process) < 0) return -EMFILE;',
    wrong: '  if (!WRONG && lowestPair(process) < 0) return -EMFILE;',
    needs: 0,
    ...found(1, 3, 8, '0 EVENTFD 0 0', '0 EVENTFD 0 0', '1 SOCKETPAIR 1 2049 0', '1 SOCKETPAIR 1 7 0'),
  },
  {
    name: 'open(2) set no O_LARGEFILE (build_open_flags())',
    file: 'assembly/sim/vpollfile.ts',
    right: '(isDevice ? O_LARGEFILE : O_RDWR)',
    wrong: '(isDevice && !WRONG ? O_LARGEFILE : O_RDWR)',
    needs: HAS_DEVICE,
    ...found(1, 1, 16, '0 OPEN_VPOLL 2', '0 FCNTL 3 3 0'),
  },
  {
    name: 'where the one who reads an eventfd waits, and until when (eventfd_read())',
    file: 'assembly/sim/block.ts',
    right: 'if (version.number >= version.EVENTFD_WAITS_LAST)',
    wrong: 'if (version.number >= version.EVENTFD_WAITS_LAST != WRONG)',
    needs: 0,
    ...found(
      1,
      4,
      64,
      '0 EPOLL 0',
      '0 SOCKETPAIR 1 2049 0',
      '0 EVENTFD 0 0',
      '1 EPOLL 524288',
      '0 EVENTFD 0 1',
      '0 POLL -1 3 65 8 8 8 8193 7 16',
      '3 READ 8 8',
      '2 WRITE 8 8 18446744073709551614',
    ),
  },
  {
    name: 'what a write of more than 8 bytes to an eventfd is (eventfd_write())',
    file: 'assembly/sim/eventfd.ts',
    right: '(size > 8 && version.number >= version.EVENTFD_WRITE_OF_8)',
    wrong: '(size > 8 && version.number >= version.EVENTFD_WRITE_OF_8 != WRONG)',
    needs: 0,
    ...found(1, 3, 64, '0 EVENTFD 0 0', '0 WRITE 3 65536 1'),
  },
  {
    name: 'what ioctl(2) says of an epoll (ep_eventpoll_ioctl())',
    file: 'assembly/sim/epoll.ts',
    right: 'version.number >= version.EPOLL_IOCTL ?',
    wrong: 'version.number >= version.EPOLL_IOCTL != WRONG ?',
    needs: 0,
    ...found(1, 3, 8, '0 EVENTFD 0 0', '0 EVENTFD 0 0', '0 EPOLL 0', '2 EPOLL 0', '2 IOCTL 6 24065 10207'),
  },
  {
    name: "whether a pipe's reader wakes writers that it freed nothing for (pipe_read())",
    file: 'assembly/sim/pipe.ts',
    right: '(version.number < version.PIPE_WAKES_WHEN_FREED || !isFull(pipe))',
    wrong: '(version.number < version.PIPE_WAKES_WHEN_FREED != WRONG || !isFull(pipe))',
    needs: 0,
    ...found(
      63,
      4,
      64,
      '0 EPOLL 0',
      '1 PIPE 0',
      '1 WRITE 5 65536 1',
      '2 WRITE 5 1 18446744073709551613',
      '1 WRITE 5 700 18446744073709551614',
      '0 READ 4 8',
      '0 READ 4 65536',
    ),
  },
  {
    name: 'which error epoll_wait(2) gives first (do_epoll_wait())',
    file: 'assembly/sim/calls.ts',
    right: '(version.number < version.EPOLL_WAIT_FD_FIRST || file !== null)',
    wrong: '(version.number < version.EPOLL_WAIT_FD_FIRST != WRONG || file !== null)',
    needs: 0,
    ...found(1, 3, 64, '1 EPOLL_WAIT 14 0 -1'),
  },
  {
    name: 'MSG_PEEK took what it showed (unix_stream_read_generic())',
    file: 'assembly/sim/unixdata.ts',
    right: 'if (flags & MSG_PEEK) return',
    wrong: 'if (flags & MSG_PEEK && !WRONG) return',
    needs: 0,
    ...found(1, 1, 64, '0 SOCKETPAIR 1 1 0', '0 SEND 4 4 1 0', '0 RECV 3 4 2', '0 RECV 3 4 64'),
  },
  {
    name: 'MSG_WAITALL did not wait (sock_rcvlowat())',
    file: 'assembly/sim/unixdata.ts',
    right: 'current.note = max(flags & MSG_WAITALL ?',
    wrong: 'current.note = max(flags & MSG_WAITALL && !WRONG ?',
    needs: 0,
    ...found(2, 2, 64, '0 SOCKETPAIR 1 1 0', '0 SEND 4 4 1 0', '1 RECV 3 8 256'),
  },
  {
    name: 'a recv(2) that slept went by SO_RCVLOWAT as it is now (unix_stream_read_generic())',
    file: 'assembly/sim/unixdata.ts',
    right: 'current.done >= current.note)',
    wrong: 'current.done >= (WRONG && !(flags & MSG_WAITALL) ? min(<u32>socket.rcvlowat, size) : current.note))',
    needs: 0,
    ...found(1, 2, 64, '0 SOCKETPAIR 1 1 0', '1 READ 4 65536', '0 SETSOCKOPT 4 1 18 700', '0 WRITE 3 16 1'),
  },
  bug(
    0,
    found(
      1,
      5,
      64,
      '0 EPOLL 0',
      '0 EVENTFD 1 0',
      '0 TIMERFD 1 0',
      '3 PIPE 0',
      '2 TIMERFD 1 0',
      '2 SOCKETPAIR 1 2049 0',
      '1 EPOLL_WAIT 3 3 -1',
      '3 POLL -1 4 16 3 8 3 10207 10 16',
      '0 SEND 9 20000 1 16448',
      '4 EPOLL_CTL 3 1 10 2147483713 10',
      '0 SEND 9 700 18446744073709551613 16448',
    ),
  ),
  bug(
    1,
    found(
      1,
      3,
      64,
      '0 EPOLL 0',
      '0 EVENTFD 0 2048',
      '2 SOCKETPAIR 1 2049 0',
      '0 SOCKETPAIR 1 1 0',
      '1 SEND 7 700 18446744073709551615 16448',
      '1 EPOLL_CTL 3 1 8 2147483713 8',
      '1 EPOLL_WAIT 3 16 -1',
      '0 EPOLL_WAIT 3 2 -1',
    ),
  ),
  bug(
    2,
    found(
      36,
      3,
      64,
      '0 EPOLL 0',
      '1 PIPE 0',
      '2 SOCKETPAIR 1 1 0',
      '2 EPOLL 0',
      '1 EPOLL_WAIT 8 2 -1',
      '2 WRITE 7 20000 1',
      '2 EPOLL_CTL 8 1 6 2147483653 6',
      '1 WRITE 6 20000 1',
      '1 EPOLL_WAIT 8 2 -1',
      '0 SETSOCKOPT 6 1 7 32768',
    ),
  ),
];
