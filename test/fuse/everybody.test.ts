// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one helper

// EPOLLEXCLUSIVE: HUP, ERR and RDHUP wake every waiter, no matter which is killed or stopped before it has looked; IN and OUT wake at least one.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDHUP } from '../../src/index.js';
import { dropHelper, helperPid } from '../../src/fuse/helper.js';
import { withEachHelper, withProgram } from './support/client.js';
import { gone } from './support/process.js';

/**
 * What is added, how many wait, what happens beside it, and what the program must print. An exclusive waiter can't ask for RDHUP
 * alone (epoll_ctl(2)).
 */
const CASES = [
  ['HUP', EPOLLHUP, 4, 'none', '4\n'],
  ['ERR', EPOLLERR, 4, 'none', '4\n'],
  ['RDHUP', EPOLLRDHUP | EPOLLIN, 4, 'none', '4\n'],
  ['IN', EPOLLIN, 4, 'none', '1\n'],
  ['OUT', EPOLLOUT, 4, 'none', '1\n'],
  ['HUP for many', EPOLLHUP, 33, 'none', '33\n'],
  ['HUP for many whose sets another has made', EPOLLHUP, 63, 'inherit', '63\n'],
  ['HUP, and the first one is killed', EPOLLHUP, 4, 'kill', '3\n'],
  ['HUP, and the first one is stopped', EPOLLHUP, 4, 'stop', '3\nand the first\n'],
] as const;

withEachHelper(['cc'], 'of exclusive waiters all see HUP, ERR and RDHUP, and at least one sees IN and OUT', (start) =>
  withProgram('everybody', async (program) => {
    for (const [name, events, waiters, how, expected] of CASES) {
      for (const trigger of ['level', 'edge']) {
        const client = await start(program, `${events}`, trigger, `${waiters}`, how);
        assert.is(await client.end(), expected, `${name}, ${trigger}`);
      }
    }
  }),
);

test.after(() => {
  const pid = helperPid();
  dropHelper();
  return gone(pid);
});

test.run();
