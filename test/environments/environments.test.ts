// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: node, not newest

// A program in JavaScript and one in C in each of the places of list.ts. The test says what they take, whether that shows all 2048 masks, and what
// they take where a service's file is there. docs/environments.md says the same.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { VPOLL_EVENTS } from '../../src/constants.js';
import { compile } from '../c/support/library.js';
import { serve, stop, withFolder } from '../c/support/served.js';
import { isHere } from '../support/here.js';
import { needs } from '../support/needs.js';
import { root } from '../support/run.js';
import { forgetUnder, under } from '../support/under.js';
import { ENVIRONMENTS, table, type Arrangement } from './list.js';

/**
 * Runs "$@" in a mount namespace whose /dev has what programs use, the /dev/fuse that is asked for ($1: a mode or none), and as /dev/vpoll the file $2 if it is
 * none. $3: whether / is to be read-only.
 */
const PLACE = `
fuse=$1 served=$2 readonly=$3 && shift 3 &&
mount --make-rprivate / && mount -t tmpfs -o mode=755 none /mnt && ln -s /proc/self/fd /mnt/fd || exit 125
for name in null zero full random urandom tty; do touch /mnt/$name && mount --bind /dev/$name /mnt/$name || exit 125; done
[ "$fuse" = none ] || mknod -m "$fuse" /mnt/fuse c 10 229 || exit 125
[ -z "$served" ] || { touch /mnt/vpoll && mount --bind "$served" /mnt/vpoll; } || exit 125
mount --rbind /mnt /dev || exit 125
[ -z "$readonly" ] || { mount -o remount,bind,ro / && ! touch /vpoll-read-only 2>/dev/null; } || exit 125
exec "$@"`;

/** What runs the rest of a command line in that place. */
function inside({ fuse, under: words, isReadOnly }: Arrangement, served: string): string[] {
  const place = [fuse === undefined ? 'none' : fuse.toString(8), served, isReadOnly ? 'yes' : ''];
  return ['unshare', '-m', 'sh', '-c', PLACE, 'sh', ...place, ...(words.length > 0 ? under(...words) : [])];
}

const PROGRAM = `
import { VPoll } from ${JSON.stringify(join(root, 'build/index.js'))};
const vp = VPoll.create({ policy: 'closest' });
let [masks, wrong] = [0, 0];
for (let mask = 0; mask <= ${VPOLL_EVENTS}; mask++) {
  if (mask & ~${VPOLL_EVENTS}) continue;
  masks++;
  vp.set(mask);
  if (vp.events !== mask) wrong++;
}
console.log(vp.backend, wrong, 'of', masks);
vp.close();`;

/** The programs: of this runtime, and in C. */
const PROGRAMS: Readonly<Record<string, () => string[]>> = {
  javascript: () => [process.execPath, '--input-type=module', '-e', PROGRAM],
  c: () => [compile('taken.c')],
};

/** What a program says that it took, and of how many masks it was shown another. */
function taken(program: string, arrangement: Arrangement, served = ''): { backend: string; wrong: number; masks: number } {
  const [first, ...args] = [...inside(arrangement, served), ...PROGRAMS[program]!()];
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VPOLL_')));
  const { status, signal, stdout, stderr } = spawnSync(first!, args, { encoding: 'utf8', cwd: '/', env: clean, timeout: 60_000 });
  const [, backend, wrong, masks] = /^(\w+) (\d+) of (\d+)\n$/.exec(stdout) ?? [];
  if (status !== 0 || backend === undefined) throw new Error(`${program}: ${signal ?? `status ${status}`}\n${stdout}${stderr}`);
  return { backend, wrong: Number(wrong), masks: Number(masks) };
}

const here = needs(test, 'cmake', 'gcc', 'unshare', 'fusermount3', {
  name: 'root, /dev/fuse, loopback, and a kernel without vpolls',
  has: process.geteuid!() === 0 && existsSync('/dev/fuse') && isHere('tcp') && !isHere('eventfd') && !isHere('device'),
});

test.after(forgetUnder);

for (const { name, arrangement, takes } of ENVIRONMENTS) {
  if (!arrangement) continue;
  for (const program of Object.keys(PROGRAMS)) {
    here(`${name}: a program in ${program} takes ${takes}`, () => {
      const { backend, wrong, masks } = taken(program, arrangement);
      assert.equal([backend, masks], [takes, 2048]);
      assert.is(wrong === 0, takes === 'fuse', `${wrong} masks are shown as others`);
    });
  }
}

here("with a service's file each takes that, and all masks are shown as they were set", () =>
  withFolder(async (folder, helper) => {
    const path = join(folder, 'served');
    const service = await serve(helper, path);
    try {
      for (const { name, arrangement } of ENVIRONMENTS) {
        if (!arrangement) continue;
        for (const program of Object.keys(PROGRAMS)) {
          assert.equal(taken(program, arrangement, path), { backend: 'device', wrong: 0, masks: 2048 }, `${name}: ${program}`);
        }
      }
    } finally {
      await stop(service, path);
    }
  }),
);

test('docs/environments.md has this table', () => {
  const cells = (row: string): string => row.split(/\s*\|\s*/).join('|');
  const page = readFileSync(join(root, 'docs/environments.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'));
  assert.equal(page.slice(2).map(cells), table().map(cells));
  assert.is(ENVIRONMENTS.length, 10);
});

test.run();
