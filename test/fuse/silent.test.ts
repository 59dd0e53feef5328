// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: one helper

// A native helper that hangs and says nothing. A program that hasn't asked for one waits a short time, one that has asked a long
// time. Nothing is left of the helper.

import { spawnSync } from 'node:child_process';
import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UNASKED_PATIENCE_MS } from '../../src/fuse/policy.js';
import { HANGING } from '../support/helpers.js';
import { runtime } from '../support/runtime.js';
import { forgetUnder, under } from '../support/under.js';
import { FILE, HAS_NATIVE, replaceHelper, withCopy, type Copy } from './support/copy.js';
import { withFuse } from './support/helper.js';

const root = { name: 'root', has: process.geteuid!() === 0 };

test.after(forgetUnder);

/**
 * Prints the outcome of two creates with these options, how long that took in ms, and how many children this process has then.
 */
const PROGRAM = `
import { readdirSync, readFileSync } from 'node:fs';
import { VPoll } from './index.js';
const began = performance.now();
const came = [];
for (let i = 0; i < 2; i++) {
  try {
    came.push(VPoll.create({ events: 16, policy: 'closest', ...JSON.parse(process.argv[2]) }).backend);
  } catch ({ message }) {
    came.push(message);
  }
}
const ms = performance.now() - began;
const parentOf = (pid) => {
  try {
    return Number(/\\) . (\\d+)/.exec(readFileSync('/proc/' + pid + '/stat', 'utf8'))[1]);
  } catch {
    return 0;
  }
};
const children = readdirSync('/proc').filter((pid) => Number(pid) > 0 && parentOf(pid) === process.pid).length;
console.log(JSON.stringify({ came, ms, children }));
process.exit(0);
`;

interface Came {
  readonly came: readonly string[];
  readonly ms: number;
  readonly children: number;
  /** How many processes are left that run the helper. */
  readonly left: number;
}

function tryOut({ path }: Copy, options: object, before: readonly string[] = []): Came {
  writeFileSync(path('silent.mjs'), PROGRAM);
  const command = [process.execPath, ...(runtime === 'deno' ? ['run', '--allow-all'] : []), path('silent.mjs')];
  const [first, ...args] = [...before, ...command, JSON.stringify(options)];
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VPOLL_')));
  const { stdout, stderr } = spawnSync(first, args, { encoding: 'utf8', env, cwd: '/', timeout: 90_000, killSignal: 'SIGKILL' });
  const left = readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/exe`) === path(FILE);
    } catch {
      return false;
    }
  });
  for (const pid of left) process.kill(Number(pid), 'SIGKILL');
  if (stdout === '') throw new Error(stderr || 'it was killed');
  return { ...(JSON.parse(stdout) as Came), left: left.length };
}

for (const [which, change] of Object.entries(HANGING)) {
  withFuse('gcc', HAS_NATIVE)(
    `the ${which} process hangs, nobody has asked: the next backend serves after a short time, once for all; nothing is left`,
    () => {
      withCopy((copy) => {
        replaceHelper(copy, change);
        const { came, ms, children, left } = tryOut(copy, {});
        assert.equal({ came, children, left }, { came: ['tcp', 'tcp'], children: 0, left: 0 });
        assert.ok(ms >= UNASKED_PATIENCE_MS && ms < 2 * UNASKED_PATIENCE_MS + 2000, `${ms} ms`);
      });
    },
  );

  withFuse(
    'gcc',
    HAS_NATIVE,
    root,
  )(`the ${which} process hangs: who has asked waits longer, and hears it; it is reaped by who adopts it`, () => {
    withCopy((copy) => {
      replaceHelper(copy, change);
      // Shorter than in earnest, and the other far longer, so that they can't be taken for one another.
      copy.edit(/^const PATIENCE_MS = 20_?000;$/m, 'const PATIENCE_MS = 500;');
      copy.edit(/^const UNASKED_PATIENCE_MS = 2_?000;$/m, 'const UNASKED_PATIENCE_MS = 60000;');
      const { came, ms, children, left } = tryOut(copy, { backend: 'fuse' }, under('subreaper'));
      for (const each of came) assert.match(each, /^EOPNOTSUPP: .*no answer within 0\.5 s/);
      assert.equal({ children, left }, { children: 0, left: 0 });
      assert.ok(ms >= 1000 && ms < 20_000, `${ms} ms`);
    });
  });
}

test.run();
