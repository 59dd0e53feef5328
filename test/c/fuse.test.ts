// SPDX-License-Identifier: LGPL-2.1-or-later

// The helper of the fuse backend in C: what it is, when it ends, and who may use it.

import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { traced } from '../support/execs.js';
import { USER, withFuseForAll } from '../support/fuse.js';
import { needs } from '../support/needs.js';
import { compile, execute, library } from './support/library.js';

const withFuse = needs(test, 'cmake', 'gcc', { name: '/dev/fuse', has: existsSync('/dev/fuse') });
const withStrace = needs(test, 'cmake', 'gcc', 'strace', { name: '/dev/fuse', has: existsSync('/dev/fuse') });
const env = { VPOLL_BACKEND: 'fuse' };

/** Processes that run the helper. */
function helpers(): string[] {
  const program = join(library(), 'vpoll-fuse');
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/exe`) === program;
    } catch {
      return false;
    }
  });
}

/** Waits until none is there. The runner's time limit ends a wait that is in vain. */
async function allEnd(): Promise<void> {
  while (helpers().length > 0) await sleep(10);
}

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
