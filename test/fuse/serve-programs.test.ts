// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: not newest, one helper, vm emulators/fuse

// Which program serves for `vpoll serve`, and what it has of its surroundings.

import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { USER, withFuseForAll } from '../support/fuse.js';
import { start } from './support/cli.js';
import { FILE, HAS_NATIVE } from './support/copy.js';
import { withFuse } from './support/helper.js';
import { until } from './support/process.js';
import { childrenOf, served } from './support/serving.js';

const root = { name: 'root', has: process.geteuid!() === 0 };

withFuse(root)('what serves has nothing of the environment that vpoll serve has', async () => {
  let found: string[] = [];
  const look = (_path: string, pid: number): void => {
    found = childrenOf(pid).map((child) => readFileSync(`/proc/${child}/environ`, 'utf8'));
  };
  for (const [how, expected] of [
    ['native', /^$/],
    ['runtime', /(?:^|\0)VPOLL_FUSE=off\0/],
  ] as const) {
    if (how === 'native' && !HAS_NATIVE.has) continue;
    const { status } = await served(look, [], undefined, { VPOLL_FUSE: how, VPOLL_LEFT_OUT: 'yes' });
    assert.is(status, 0);
    assert.is(found.length, 1);
    assert.match(found[0]!, expected);
    assert.not.match(found[0]!, /VPOLL_LEFT_OUT/);
  }
});

/** The programs of the processes that `vpoll serve` has for children, by what VPOLL_FUSE says. */
async function programsBy(VPOLL_FUSE: string): Promise<string[]> {
  let programs: string[] = [];
  const look = (_path: string, pid: number): void => {
    programs = childrenOf(pid).map((child) => basename(readlinkSync(`/proc/${child}/exe`)));
  };
  await served(look, [], undefined, { VPOLL_FUSE });
  return programs;
}

withFuse(root, HAS_NATIVE)('the native program serves, unless VPOLL_FUSE says otherwise', async () => {
  for (const word of ['on', 'native', 'memfd']) assert.equal(await programsBy(word), [FILE], word);
  assert.not((await programsBy('runtime')).includes(FILE));
  for (const [word, said] of [
    ['off', 'EOPNOTSUPP: operation not supported, vpoll_serve: VPOLL_FUSE=off forbids it (unset it)'],
    ['often', 'VPOLL_FUSE in the environment must be'],
  ] as const) {
    const { status, stderr } = await start(['serve', '/tmp/never'], [], { VPOLL_FUSE: word }).outcome;
    assert.is(status, 1);
    assert.match(stderr, said);
  }
});

withFuse(
  'setpriv',
  'fusermount3',
  root,
  HAS_NATIVE,
)('who is not root has the native program too, which has fusermount3 mount, and the server no call but a few', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-serve-'));
  chmodSync(folder, 0o777);
  const path = join(folder, 'vpoll');
  for (const [word, isNative] of [
    ['native', true],
    ['on', true],
    ['runtime', false],
  ] as const) {
    const running = start(['serve', path], [...withFuseForAll(), ...USER], { VPOLL_FUSE: word });
    await until('it serves', () => running.process.exitCode !== null || running.said().includes('\n'));
    const keepers = childrenOf(running.process.pid!);
    const programs = keepers.map((child) => basename(readlinkSync(`/proc/${child}/exe`)));
    assert.is(programs.includes(FILE), isNative, `${word}: ${programs.join(' ')}`);
    assert.match(
      readFileSync(`/proc/${running.process.pid}/mounts`, 'utf8'),
      `vpoll ${path} fuse rw,nosuid,nodev,noexec,relatime,user_id=65534`,
    );
    const servers = isNative ? childrenOf(Number(keepers[0])) : [];
    const filters = servers.map((pid) => /^Seccomp:\t(\d)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    assert.equal(filters, isNative ? ['2'] : []);
    process.kill(running.process.pid!, 'SIGTERM');
    const { status, stderr } = await running.outcome;
    assert.is(status, 0, `${word}: ${running.process.signalCode} ${stderr}`);
    assert.equal(readdirSync(folder), []);
  }
  rmSync(folder, { recursive: true });
});

withFuse(
  'setpriv',
  root,
  HAS_NATIVE,
)('who is not root, where there is no fusermount3, is told what it takes, and no file is left', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-serve-'));
  chmodSync(folder, 0o777);
  const path = join(folder, 'vpoll');
  const hidden = [
    'sh',
    '-c',
    'for file in /usr/bin/fusermount3 /bin/fusermount3; do if [ -e "$file" ]; then mount --bind /dev/null "$file"; fi; done; exec "$@"',
    'sh',
  ];
  const inside = withFuseForAll().length > 0 ? withFuseForAll() : ['unshare', '-m'];
  const { status, stderr } = await start(['serve', path], [...inside, ...hidden, ...USER], { VPOLL_FUSE: 'native' }).outcome;
  assert.is(status, 1);
  assert.match(
    stderr,
    /EOPNOTSUPP: .*: a mount that others can see needs root \(sudo vpoll serve\) or fusermount3 \(install fuse3\)/,
  );
  assert.equal(readdirSync(folder), []);
  rmSync(folder, { recursive: true });
});

test.run();
