// SPDX-License-Identifier: LGPL-2.1-or-later
// alone
// runs: node, not newest

// How much memory the helper takes for what is open: by what the kernel counts as its own pages (proc_pid_smaps_rollup(5)).

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { allEnd, helpers } from './support/helpers.js';
import { compile, library } from './support/library.js';

const withFuse = needs(test, 'cmake', 'gcc', { name: '/dev/fuse', has: existsSync('/dev/fuse') });
/** As many as fill its first memory, so that it has moved. */
const MANY = 1000;

/** Bytes of its own that the helper has while a program holds so many vpolls. */
async function own(count: number): Promise<number> {
  await allEnd();
  const program = compile('hold.c');
  const env = { ...process.env, LD_LIBRARY_PATH: library(), VPOLL_BACKEND: 'fuse' };
  const args = ['-c', 'ulimit -n 4096; exec "$@"', 'sh', program, String(count)];
  const child = spawn('sh', args, { stdio: ['pipe', 'pipe', 'inherit'], env });
  try {
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    assert.is(said.toString(), 'holds\n');
    const [pid] = helpers();
    const [, kib] = /^Anonymous: +(\d+) kB$/m.exec(readFileSync(`/proc/${pid!}/smaps_rollup`, 'utf8'))!;
    return Number(kib) * 1024;
  } finally {
    child.stdin.end();
    await once(child, 'exit');
  }
}

withFuse('the helper takes at most 128 bytes for each vpoll, also when its memory has moved', async () => {
  const each = ((await own(MANY)) - (await own(1))) / MANY;
  assert.ok(each > 0 && each <= 128, `${each} bytes`);
});

test.run();
