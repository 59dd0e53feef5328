// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 600
// runs: node, one backend

// `vpoll doctor` where there are hardly any descriptors: it answers all the same, and marks what it could not measure.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { VPollError } from '../../src/errors.js';
import { cleaned, whyNotMeasured } from '../../src/doctor/unmeasured.js';
import { root } from '../support/run.js';

test('doctor: with few descriptors left it says what create() takes, and marks what was not measured', () => {
  const env = { ...process.env, NO_COLOR: '1', VPOLL_BACKEND: '', VPOLL_NEEDS: '', VPOLL_ORDER: '', VPOLL_FUSE: '' };
  let marked = 0;
  for (const limit of [24, 26, 28, 30, 32]) {
    const args = ['-c', `ulimit -n ${limit}; exec node "$0" doctor`, join(root, 'build/cli.js')];
    const { status, stdout, stderr } = spawnSync('sh', args, { encoding: 'utf8', timeout: 120_000, env });
    assert.is(stderr, '', String(limit));
    const said = stdout.replaceAll(/\n +/g, ' ');
    assert.match(said, /^create\(\) takes: .+\nit shows: .+\nto get better: /);
    assert.is(status, stdout.startsWith('create() takes: nothing') ? 1 : 0);
    assert.match(stdout, /^ctl ns /m);
    assert.not.match(said, /errno|user_namespaces|poller_delete|is missing below/);
    const isMarked = / not measured: EMFILE \(ulimit -n\)$/m.test(said);
    assert.is(isMarked, stdout.includes('?'), stdout);
    marked += Number(isMarked);
  }
  assert.ok(marked > 0);
});

test('the first error is told, whatever the clean-up says; alone, that of the clean-up is', async () => {
  const fail = (text: string) => (): never => {
    throw new Error(text);
  };
  const outcome = (use: () => string, clean: () => void): Promise<string> =>
    cleaned(use, clean).catch((error: unknown) => (error as Error).message);
  assert.is(await outcome(fail('first'), fail('second')), 'first');
  assert.is(await outcome(() => 'made', fail('second')), 'second');
  assert.is(
    await outcome(
      () => 'made',
      () => undefined,
    ),
    'made',
  );
  assert.is(whyNotMeasured(new VPollError('ENFILE', 'open')), 'ENFILE (fs.file-max)');
  assert.throws(() => whyNotMeasured(new Error('a mistake')), 'a mistake');
});

test.run();
