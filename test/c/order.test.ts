// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest

// What vpoll_create() takes in C, and what the environment says of that: the same order as in JavaScript (test/fuse/default.test.ts), by words of its own.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { traced, type Traced } from '../support/execs.js';
import { CHEAPEST, FIRST, HERE, isHere } from '../support/here.js';
import { needs } from '../support/needs.js';
import { drive, DRIVER, EINVAL, numbers } from './support/driver.js';
import { compile } from './support/library.js';

const folder = mkdtempSync(join(tmpdir(), 'vpoll-order-'));

test.after(() => {
  rmSync(folder, { recursive: true });
});

/** The backend of a vpoll that is made where the environment says this. */
function taken(env: Readonly<Record<string, string>>): string {
  const file = join(folder, 'trace');
  rmSync(file, { force: true });
  drive(['create 0 1'], { env: { ...env, VPOLL_TRACE: file } });
  return /= \d+, (\w+),/.exec(readFileSync(file, 'utf8'))?.[1] ?? 'none';
}

const here = needs(test, ...DRIVER);

here('the truest by default, the cheapest that can for VPOLL_NEEDS, and what libvpoll 0.1 has by VPOLL_ORDER', () => {
  const seeds = HERE.find((name) => name !== 'fuse' && name !== 'tcp');
  for (const [env, backend] of [
    [{}, FIRST],
    [{ VPOLL_ORDER: '' }, FIRST],
    [{ VPOLL_ORDER: 'truest' }, FIRST],
    [{ VPOLL_STRICT: '1' }, FIRST],
    [{ VPOLL_STRICT: 'passing' }, FIRST],
    [{ VPOLL_NEEDS: 'IN|OUT' }, CHEAPEST[0]],
    [{ VPOLL_NEEDS: 'PRI' }, CHEAPEST.find((name) => name !== 'socketpair')],
    [{ VPOLL_ORDER: 'seed' }, seeds],
    [{ VPOLL_ORDER: 'seed', VPOLL_STRICT: '1' }, seeds],
    [{ VPOLL_FUSE: 'off' }, HERE.find((name) => name !== 'fuse')],
    [{ VPOLL_BACKEND: 'socketpair', VPOLL_ORDER: 'truest' }, 'socketpair'],
  ] as const) {
    assert.is(taken(env), backend, JSON.stringify(env));
  }
});

here('an order that nobody knows is EINVAL, and the trace names the variable', () => {
  const file = join(folder, 'wrong');
  assert.equal(numbers(drive(['create 0 1'], { env: { VPOLL_ORDER: 'cheapest', VPOLL_TRACE: file } })), [-EINVAL]);
  assert.match(readFileSync(file, 'utf8'), 'VPOLL_ORDER');
});

/** Where no namespace may be made, so that there is no way to a mount. */
const CLOSED = 'echo 0 >/proc/sys/user/max_mnt_namespaces && echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"';

function closed(...program: string[]): Traced {
  return traced(['unshare', '-Ur', 'sh', '-c', CLOSED, 'sh', ...program], { env: { VPOLL_BACKEND: '', VPOLL_FUSE: '' } });
}

needs(test, 'cmake', 'gcc', 'strace', 'unshare', {
  name: '/dev/fuse, and a kernel without vpolls',
  has: existsSync('/dev/fuse') && !isHere('eventfd') && !isHere('device'),
})('where no helper can be started, the next one serves, and a thousand creates ask for one as often as one create does', () => {
  const [one, many] = ['1', '1000'].map((count) => closed(compile('many.c'), count));
  assert.equal([one!.status, one!.stdout, many!.status, many!.stdout], [0, 'tcp\n', 0, 'tcp\n'], `${one!.stderr}${many!.stderr}`);
  const starts = ({ seen }: Traced): number =>
    seen.flatMap(({ execs }) => execs).filter((line) => line.includes('vpoll-fuse')).length;
  assert.ok(starts(one!) > 0, 'it was tried');
  assert.is(starts(many!), starts(one!));
});

test.run();
