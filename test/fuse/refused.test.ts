// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one helper

// What the core or the library refuses whatever is there: it is EINVAL at once, and no helper is started to find that out.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { traced } from '../support/execs.js';
import { runtime } from '../support/runtime.js';
import { withFuse } from './support/helper.js';

const index = new URL('../../build/index.js', import.meta.url).href;

/** Prints the code of each refusal, and what a call gave that was not refused. */
const PROGRAM = `
import { EPOLLET, EPOLLIN, EPOLLONESHOT, VPoll, vpoll_create, vpoll_errno } from ${JSON.stringify(index)};
const fuse = { backend: 'fuse' };
const all = { backend: 'auto', needs: 0x7df };
const byNumber = (...args) => {
  if (vpoll_create(...args) === -1) throw { code: vpoll_errno() };
};
const calls = [
  () => byNumber(EPOLLET, 0, fuse),
  () => byNumber(EPOLLIN | 0x20, 0, fuse),
  () => byNumber(-1, 0, fuse),
  () => byNumber(0, 2, fuse),
  () => byNumber(0, -1, fuse),
  () => byNumber(0.5, 0, fuse),
  () => byNumber(0, 0, { ...fuse, needs: EPOLLET }),
  () => byNumber(0, 0, { ...fuse, policy: 'loose' }),
  () => byNumber(0, 0, { ...fuse, nothing: 1 }),
  () => byNumber(EPOLLET, 0, all),
  () => byNumber(0, 4, all),
  () => VPoll.create({ ...fuse, events: EPOLLONESHOT }),
  () => VPoll.create({ ...fuse, needs: EPOLLET }),
  () => VPoll.create({ ...fuse, cloexec: 1 }),
  () => VPoll.create({ ...fuse, nothing: 1 }),
  () => VPoll.create({ ...all, events: 0x1000 }),
  () => VPoll.prepare('Fuse'),
];
const codes = [];
for (const call of calls) {
  try {
    await call();
    codes.push('none');
  } catch ({ code }) {
    codes.push(code);
  }
}
console.log(codes.join(' '));
`;
const EXPECTED = [...Array.from({ length: 11 }, () => '22'), ...Array.from({ length: 6 }, () => 'EINVAL')];

withFuse('strace')('what can be no vpoll is EINVAL at once, by each entry, and starts no process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-refused-'));
  try {
    const program = join(folder, 'main.mjs');
    writeFileSync(program, PROGRAM);
    const command = [process.execPath, ...(runtime === 'deno' ? ['run', '--allow-all'] : []), program];
    for (const env of [{}, { VPOLL_BACKEND: 'fuse' }, { VPOLL_FUSE: 'off' }]) {
      const { stdout, stderr, seen } = traced(command, { env });
      assert.equal(stdout.trim().split(' '), EXPECTED, stderr);
      assert.is(seen.flatMap(({ execs }) => execs).length, 1, 'it alone');
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
