// SPDX-License-Identifier: LGPL-2.1-or-later
// alone
// runs: node, not newest

// The helper of the fuse backend in C: what it is, when it ends, and who may use it.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { traced } from '../support/execs.js';
import { USER, withFuseForAll } from '../support/fuse.js';
import { needs } from '../support/needs.js';
import { allEnd } from './support/helpers.js';
import { compile, execute, library } from './support/library.js';

const withFuse = needs(test, 'cmake', 'gcc', { name: '/dev/fuse', has: existsSync('/dev/fuse') });
const withStrace = needs(test, 'cmake', 'gcc', 'strace', { name: '/dev/fuse', has: existsSync('/dev/fuse') });
const env = { VPOLL_BACKEND: 'fuse' };

withFuse('it has nothing of its program, is replaced when it dies or is lost, and ends with the last descriptor', async () => {
  await allEnd();
  const { status, output, errors } = execute(compile('helper.c'), { args: [join(library(), 'vpoll-fuse')], env });
  assert.is(status, 0, `${output}${errors}`);
  await allEnd();
});

const asRoot = needs(test, 'cmake', 'gcc', 'setpriv', {
  name: 'root and /dev/fuse',
  has: process.getuid?.() === 0 && existsSync('/dev/fuse'),
});

asRoot('without a privilege: in a user namespace', async () => {
  const nobody = [...USER, '--bounding-set', '-all', '--no-new-privs'];
  const [program, ...args] = [...withFuseForAll(), ...nobody, compile('additions.c'), 'fuse'];
  const { status, output, errors } = execute(program, { args, env, cwd: '/' });
  assert.is(status, 0, `${output}${errors}`);
  await allEnd();
});

const withRootsStrace = needs(test, 'cmake', 'gcc', 'strace', {
  name: 'root and /dev/fuse',
  has: process.getuid?.() === 0 && existsSync('/dev/fuse'),
});

withRootsStrace(
  "root's mount is in no tree, and no namespace is copied; where that is refused, it is in one of the helper's own",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vpoll-fsmount-'));
    const log = join(folder, 'log');
    const program = compile('additions.c');
    const calls = 'unshare,fsopen,fsconfig,fsmount,chroot,pivot_root';
    const run = (inject: string): string => {
      const args = [
        '-f',
        '-qq',
        '-o',
        log,
        '-e',
        `trace=${calls}`,
        ...(inject ? ['-e', `inject=${inject}`] : []),
        program,
        'fuse',
      ];
      const { status, output, errors } = execute('strace', { args, env });
      assert.is(status, 0, `${inject}: ${output}${errors}`);
      return readFileSync(log, 'utf8');
    };
    try {
      const free = run('');
      assert.not.match(free, 'unshare(');
      assert.match(free, /chroot\("\."\) += 0/);
      // That it stays where it was does no harm.
      assert.not.match(run('fsmount:error=EPERM:when=2'), 'unshare(');
      for (const call of ['fsopen', 'fsconfig', 'fsmount']) {
        for (const error of ['ENOSYS', 'EPERM']) {
          const text = run(`${call}:error=${error}`);
          assert.match(text, /unshare\(CLONE_NEWNS\) += 0/);
          assert.match(text, /pivot_root\(".", "."\) += 0/);
        }
      }
      await allEnd();
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

withStrace('what the library refuses anyway is EINVAL, and no process is started for it', () => {
  const driver = compile('refused.c');
  for (const more of [
    env,
    { ...env, VPOLL_FUSE: 'off' },
    { VPOLL_NEEDS: 'ALL' },
    { VPOLL_BACKEND: 'auto', VPOLL_NEEDS: 'HUP|ERR' },
  ]) {
    const { status, stdout, stderr, seen } = traced([driver], { env: more });
    assert.is(status, 0, `${JSON.stringify(more)}: ${stdout}${stderr}`);
    assert.is(seen.flatMap(({ execs }) => execs).length, 1);
  }
});

withFuse('by hand it says what it is for', () => {
  const { status, errors } = execute('sh', { args: ['-c', 'exec "$0" </dev/null', join(library(), 'vpoll-fuse')] });
  assert.is(status, 2);
  assert.match(errors, /^vpoll-fuse serves the fuse backend of libvpoll/);
});

test.run();
