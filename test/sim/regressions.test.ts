// SPDX-License-Identifier: LGPL-2.1-or-later

// What the comparison with Linux has taught, a program each: where the simulated kernel once did otherwise, or where it went by what is
// written of Linux and Linux does otherwise. Each is carried out on both, and its result is written here as well.

import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { N } from '../../src/sim/numbers.js';
import { needs } from '../support/needs.js';
import { explain, Oracle, thisKernel } from './support/oracle.js';
import { runSteps } from './support/program.js';
import type { Step } from './support/step.js';

const EAGAIN = -11;
const EINVAL = -22;
const EMFILE = -24;
const ENOTSOCK = -88;
const EOPNOTSUPP = -95;

const NONBLOCK = 0x800;
const IPPROTO_TCP = 6;
const LEVEL_UNKNOWN = 1000;

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
    last: [EINVAL, ENOTSOCK],
  },
  {
    what: 'an option of a level that a unix socket does not have: EOPNOTSUPP (sock_common_setsockopt() is not there)',
    steps: [pair, by(0, N.SETSOCKOPT, 3, IPPROTO_TCP, 1, 1), by(0, N.GETSOCKOPT, 3, LEVEL_UNKNOWN, 1)],
    last: [EOPNOTSUPP, EOPNOTSUPP],
  },
  {
    what: 'socketpair(2) takes two numbers before it looks at the family (__sys_socketpair())',
    steps: [...Array<Step>(13).fill(eventfd), by(0, N.SOCKETPAIR, 1000, 1, 0)],
    last: [EMFILE],
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
    last: [8, EAGAIN],
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
