// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 400

// A process that is out of descriptors. When a call returns, the Poller has all that it needs to wait. Otherwise the call is refused with EMFILE
// and has changed nothing; once there is room the same call succeeds. In Bun and Deno a thread that started with too few would end the process.

import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLIN, type BackendName } from '../../src/index.js';
import { withFuse } from '../fuse/support/helper.js';
import { run } from '../support/run.js';
import { command, runtime } from '../support/runtime.js';
import type { Outcome } from './programs/scarce.js';

const PROGRAM = fileURLToPath(new URL('programs/scarce.ts', import.meta.url));
const LIMIT = 96;

/** What is refused in each way, first or later, and the least that it takes for a socket: in Node a wait needs nothing. */
const WAYS: Record<string, { calls: string[]; least: number }> = {
  listener: { calls: ['poller_add'], least: 1 },
  wait: { calls: ['poller_add', 'poller_wait'], least: runtime === 'node' ? 0 : 1 },
  iteration: { calls: ['poller_add', 'poller_wait'], least: runtime === 'node' ? 0 : 1 },
  watch: { calls: ['poller_watch'], least: 1 },
};

function check(way: string, backend: BackendName, least: number): void {
  const limited = ['-c', `ulimit -n ${LIMIT}; exec "$@"`, 'sh', ...command(PROGRAM)];
  const all = JSON.parse(run('sh', [...limited, way, backend, String(LIMIT)])) as Outcome[];
  console.log(`${way}, ${backend}: refused with up to ${all.length - 3} free`);
  const needs = all.findIndex(({ refused }) => !refused);
  assert.ok(needs >= least, JSON.stringify(all));
  for (const [free, { refused, again, events }] of all.entries()) {
    const what = `${way}, ${backend}, ${free} free: ${JSON.stringify(all[free])}`;
    assert.is((events ?? again ?? 0) & EPOLLIN, EPOLLIN, what);
    if (free >= needs) assert.is(refused, undefined, what);
    else {
      const { syscall, ...rest } = refused!;
      assert.equal(rest, { code: 'EMFILE', errno: -24, hint: true, taken: 0 }, what);
      assert.ok(WAYS[way]!.calls.includes(syscall), what);
    }
  }
}

for (const [way, { least }] of Object.entries(WAYS)) {
  test(`${way}: had, or refused`, () => {
    check(way, 'socketpair', least);
  });
  withFuse()(`${way} of a FUSE file: had, or refused`, () => {
    check(way, 'fuse', 1);
  });
}

test.run();
