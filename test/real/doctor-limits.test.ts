// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 600
// runs: node, one backend

// `vpoll doctor` where there are hardly any descriptors: it answers all the same, and marks what it could not measure.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { VPollError } from '../../src/errors.js';
import { cleaned, whyNotMeasured } from '../../src/doctor/unmeasured.js';
import { KNOWN } from '../../src/cli/variables.js';
import type { Report } from '../../src/doctor/types.js';
import { needs } from '../support/needs.js';
import { root, run } from '../support/run.js';

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

test('doctor: a misspelt variable is named, in words and by --json', () => {
  const env = { ...process.env, NO_COLOR: '1', VPOLL_BAKEND: 'tcp' };
  const doctor = (...args: string[]): string =>
    spawnSync('node', [join(root, 'build/cli.js'), 'doctor', ...args], { encoding: 'utf8', timeout: 120_000, env }).stdout;
  assert.match(doctor(), /^not known: .*\bVPOLL_BAKEND\b/m);
  assert.ok((JSON.parse(doctor('--json')) as Report).unknown.includes('VPOLL_BAKEND'));
});

needs(test, 'git', { name: 'a git work tree', has: existsSync(join(root, '.git')) })(
  'every variable that is read is known',
  () => {
    const text = run('git', [
      'grep',
      '-hE',
      "environment\\('VPOLL_|getenv\\(.*VPOLL_|environ\\.get\\(.VPOLL_|VARIABLE = 'VPOLL_",
      '--',
      'src',
      'host',
      'python/vpoll',
    ]);
    const read = [...new Set([...text.matchAll(/['"](VPOLL_[A-Z_]+)['"]/g)].map(([, name]) => name!))];
    assert.equal(read.sort(), [...KNOWN].sort());
  },
);

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
