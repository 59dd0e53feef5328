// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: vm sim

// What the comparison with Linux has taught, a program each: where the simulated kernel once did otherwise, or where it went by what is
// written of Linux and Linux does otherwise. Each is carried out on both, and its result is written here as well.

import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { N, SLEEPS } from '../../src/sim/numbers.js';
import { needs } from '../support/needs.js';
import { explain, Oracle, thisKernel } from './support/oracle.js';
import { runSteps } from './support/program.js';
import { INTERRUPT, type Step } from './support/step.js';
import { EAFNOSUPPORT, EAGAIN, EINVAL, EMFILE, ENOTSOCK, ENOTTY, EOPNOTSUPP } from '../../host/errno.js';

const NONBLOCK = 0x800;
const IPPROTO_TCP = 6;
const LEVEL_UNKNOWN = 1000;
const RCVLOWAT = 18;
const PEEK = 0x2;
const DONTWAIT = 0x40;
const WAITALL = 0x100;
const FIONREAD = 0x541b;
const FIONBIO = 0x5421;
const FIOCLEX = 0x5451;
const SIOCOUTQ = 0x5411;

interface Regression {
  what: string;
  tasks?: number;
  steps: Step[];
  /** The results of the last steps, where every Linux gives the same. */
  last: number[];
}

function by(task: number, call: number, ...args: (number | bigint)[]): Step {
  return { task, call, args };
}

const eventfd = by(0, N.EVENTFD, 0, 0);
const pair = by(0, N.SOCKETPAIR, 1, 1, 0);

const regressions: Regression[] = [
  {
    what: 'connect(2) looks at the size of its address before it looks for a socket, bind(2) does not (__sys_connect(), __sys_bind())',
    steps: [eventfd, by(0, N.CONNECT, 3, 200), by(0, N.BIND, 3, 200)],
    last: [-EINVAL, -ENOTSOCK],
  },
  {
    what: 'an option of a level that a unix socket does not have: -EOPNOTSUPP (sock_common_setsockopt() is not there)',
    steps: [pair, by(0, N.SETSOCKOPT, 3, IPPROTO_TCP, 1, 1), by(0, N.GETSOCKOPT, 3, LEVEL_UNKNOWN, 1)],
    last: [-EOPNOTSUPP, -EOPNOTSUPP],
  },
  {
    what: 'socketpair(2) takes two numbers before it looks at the family (__sys_socketpair())',
    steps: [...Array<Step>(13).fill(eventfd), by(0, N.SOCKETPAIR, 1000, 1, 0)],
    last: [-EMFILE],
  },
  {
    what: 'who reads an eventfd that is empty waits in turn, and a write of 2 to a semaphore wakes as many as it serves',
    tasks: 3,
    steps: [by(0, N.EVENTFD, 0, 1), by(1, N.READ, 3, 8), by(2, N.READ, 3, 8), by(0, N.WRITE, 3, 8, 2)],
    last: [8],
  },
  {
    what: 'a writer of a full pipe sleeps until a whole buffer is free, not a part of one (pipe_read(), pipe_write())',
    tasks: 2,
    steps: [
      by(0, N.PIPE, 0),
      ...Array.from({ length: 16 }, () => by(0, N.WRITE, 4, 4096, 1)),
      by(1, N.WRITE, 4, 8, 2),
      by(0, N.READ, 3, 8),
      by(0, N.READ, 3, 4088),
    ],
    last: [8, 4088],
  },
  {
    what: 'an eventfd that would overflow keeps a writer that may not wait out, and its poll without OUT (eventfd_write())',
    steps: [by(0, N.EVENTFD, 0, NONBLOCK), by(0, N.WRITE, 3, 8, 0xfffffffffffffffen), by(0, N.WRITE, 3, 8, 1)],
    last: [8, -EAGAIN],
  },
  {
    what: 'MSG_PEEK leaves what it shows in the queue, and MSG_DONTWAIT takes what is there (unix_stream_read_generic())',
    steps: [pair, by(0, N.SEND, 4, 4, 1, 0), by(0, N.RECV, 3, 4, PEEK), by(0, N.POLL, 0, 3, 1), by(0, N.RECV, 3, 4, DONTWAIT)],
    last: [4, 1, 4],
  },
  {
    what: 'MSG_WAITALL sleeps until all has come, and takes what is there at once (sock_rcvlowat())',
    tasks: 2,
    steps: [
      ...[pair, by(0, N.SEND, 4, 4, 1, 0), by(1, N.RECV, 3, 8, WAITALL), by(0, N.POLL, 0, 3, 1)],
      ...[by(0, N.SEND, 4, 2, 1, 0), by(0, N.SEND, 4, 4, 1, 0), by(0, N.RECV, 3, 8, DONTWAIT)],
    ],
    last: [SLEEPS, 0, 2, 4, 2],
  },
  {
    what: 'MSG_WAITALL gives what it has at a signal, where it may not wait, and where nothing more can come; then the error is gone',
    tasks: 2,
    steps: [
      ...[pair, by(0, N.SEND, 4, 4, 1, 0), by(1, N.RECV, 3, 8, WAITALL), by(0, INTERRUPT, 1), by(0, N.SEND, 4, 4, 1, 0)],
      ...[by(0, N.RECV, 3, 8, WAITALL | DONTWAIT), by(0, N.SEND, 4, 4, 1, 0), by(0, N.SEND, 3, 1, 1, 0), by(0, N.CLOSE, 4)],
      ...[by(0, N.RECV, 3, 8, WAITALL), by(0, N.RECV, 3, 8, WAITALL)],
    ],
    last: [4, 0],
  },
  {
    what: 'no other flag means anything to a unix stream, MSG_TRUNC, MSG_ERRQUEUE and those that are not there included',
    steps: [
      ...[pair, by(0, N.SEND, 4, 8, 1, 0x7fffbe3c), by(0, N.RECV, 3, 4, 0x20), by(0, N.RECV, 3, 4, 0x2000)],
      ...[by(0, N.RECV, 3, 4, 0x7fffff7c), by(0, N.SEND, 4, 8, 1, 0x8000), by(0, N.RECV, 3, 8, 0x40000000)],
    ],
    last: [8, 4, 4, -EAGAIN, 8, 8],
  },
  {
    what: 'SO_RCVLOWAT is how much a recv(2) waits for, never what poll(2) does, and 0 is 1 (sk_setsockopt(), unix_poll())',
    steps: [
      ...[pair, by(0, N.SETSOCKOPT, 3, 1, RCVLOWAT, 8), by(0, N.SEND, 4, 4, 1, 0), by(0, N.POLL, 0, 3, 1)],
      ...[by(0, N.RECV, 3, 8, DONTWAIT), by(0, N.SETSOCKOPT, 3, 1, RCVLOWAT, 0), by(0, N.GETSOCKOPT, 3, 1, RCVLOWAT)],
    ],
    last: [1, 4, 0, 0],
  },
  {
    what: 'how much is enough is settled when a recv(2) begins, not when SO_RCVLOWAT changes (unix_stream_read_generic())',
    tasks: 2,
    steps: [
      pair,
      by(1, N.READ, 4, 100),
      by(0, N.SETSOCKOPT, 4, 1, RCVLOWAT, 50),
      by(0, N.WRITE, 3, 16, 1),
      by(0, N.POLL, 0, 4, 1),
    ],
    last: [0, 16, 0],
  },
  {
    what: 'FIONREAD and SIOCOUTQ count bytes, FIONBIO and FIOCLEX are of every file (do_vfs_ioctl(), pipe_ioctl(), unix_ioctl())',
    steps: [
      ...[pair, by(0, N.PIPE, 0), by(0, N.SEND, 4, 700, 1, 0), by(0, N.RECV, 3, 100, 0), by(0, N.IOCTL, 3, FIONREAD, 0)],
      ...[by(0, N.IOCTL, 4, SIOCOUTQ, 0), by(0, N.WRITE, 6, 5000, 1), by(0, N.READ, 5, 1), by(0, N.IOCTL, 6, FIONREAD, 0)],
      ...[by(0, N.IOCTL, 6, SIOCOUTQ, 0), by(0, N.EVENTFD, 0, 0), by(0, N.IOCTL, 7, FIONREAD, 0), by(0, N.IOCTL, 7, FIONBIO, 1)],
      ...[by(0, N.READ, 7, 8), by(0, N.IOCTL, 7, FIOCLEX, 0), by(0, N.FCNTL, 7, 1, 0)],
    ],
    last: [-ENOTTY, 7, -ENOTTY, 0, -EAGAIN, 0, 1],
  },
  {
    what: 'one message has 36544 bytes at most, so that 65536 are two (SKB_MAX_HEAD(0) + UNIX_SKB_FRAGS_SZ)',
    steps: [
      pair,
      by(0, N.SEND, 4, 65536, 1, 0),
      by(0, N.RECV, 3, 36543, 0),
      by(0, N.POLL, 0, 4, 4),
      by(0, N.RECV, 3, 1, 0),
      by(0, N.POLL, 0, 4, 4),
    ],
    last: [65536, 36543, 0, 1, 1],
  },
  {
    what: 'F_SETFL keeps O_APPEND and drops what it does not know (setfl())',
    steps: [eventfd, by(0, N.FCNTL, 3, 4, 0x80 | 0x400 | NONBLOCK), by(0, N.FCNTL, 3, 3, 0)],
    last: [0, 2 | 0x400 | NONBLOCK],
  },
  {
    what: 'a type of socket that there can not be is -EINVAL, whatever the family (__sock_create())',
    steps: [by(0, N.SOCKETPAIR, 1, 11, 0), by(0, N.SOCKETPAIR, 44, 11, 0), by(0, N.SOCKETPAIR, 46, 11, 0)],
    last: [-EINVAL, -EINVAL, -EAFNOSUPPORT],
  },
  {
    what: 'more descriptors for poll(2) than there may be are -EINVAL, and none at all are fine (do_sys_poll())',
    steps: [by(0, N.POLL, 0, ...Array<number>(34).fill(0)), by(0, N.POLL, 0)],
    last: [-EINVAL, 0],
  },
];

const mayUseFifo = process.platform === 'linux' && spawnSync('chrt', ['-f', '1', 'true']).status === 0;
const onLinux = needs(test, 'gcc', { name: 'SCHED_FIFO (chrt, CAP_SYS_NICE)', has: mayUseFifo });

for (const { what, tasks = 1, steps, last } of regressions) {
  onLinux(what, () => {
    const oracle = new Oracle();
    try {
      const run = runSteps({ tasks, limit: 16, looks: true, steps }, thisKernel());
      const [difference] = oracle.compare([run]);
      assert.is(difference, undefined, difference && explain(run, difference));
      const results = run.told.slice(0, steps.length).map(({ result }) => result);
      assert.equal(results.slice(-last.length), last);
    } finally {
      oracle.close();
    }
  });
}

test.run();
