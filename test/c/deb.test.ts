// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 600
// runs: node, not newest

// The Debian packages: built, looked at by lintian, and installed over Debian's own in a copy of this machine's system, which stays as it is.

import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { buildDebs } from '../../tools/deb.js';
import { versionOf } from '../../tools/release/version.js';
import { FIRST } from '../support/here.js';
import { needs } from '../support/needs.js';
import { root } from '../support/run.js';
import { compile, DEBIANS, execute } from './support/library.js';

const VERSION = versionOf(root);
const folder = mkdtempSync(join(tmpdir(), 'vpoll-deb-'));
let debs: Promise<Map<string, string>> | undefined;
const build = (): Promise<Map<string, string>> => (debs ??= buildDebs());

test.after(() => {
  rmSync(folder, { recursive: true });
});

const TOOLS = ['cmake', 'gcc', 'dpkg-buildpackage', 'dh_dkms', 'dh_python3'];
const withTools = needs(test, ...TOOLS, 'lintian');

withTools('five packages, in which lintian finds no error', async () => {
  assert.equal([...(await build()).keys()].sort(), ['libvpoll-dev', 'libvpoll0', 'python3-vpoll', 'vpoll-dkms', 'vpoll-fuse']);
  const changes = readdirSync(join(root, 'build/deb')).find((name) => name.endsWith('.changes'))!;
  // It leaves files of its own where it works.
  const TMPDIR = mkdtempSync(join(tmpdir(), 'lintian-'));
  const { status, output, errors } = execute('lintian', {
    args: ['--allow-root', join(root, 'build/deb', changes)],
    env: { TMPDIR },
  });
  rmSync(TMPDIR, { recursive: true });
  assert.is(status, 0, `${output}${errors}`);
  assert.not.match(output, /^E:/m);
});

/** Runs the rest of the line in a copy of / that is forgotten afterwards. $1: a folder, for the copy. */
const IN_COPY = `
cd "$1" && mkdir system && mount -t tmpfs vpoll-test system && cd system && mkdir upper work root &&
mount -t overlay -o lowerdir=/,upperdir=upper,workdir=work overlay root &&
mount --rbind /proc root/proc && mount --rbind /dev root/dev && mkdir root/tmp/vpoll && cp -r "$1"/given/* root/tmp/vpoll || exit 99
exec chroot root sh -ec "$2"
`;

/** What is done there, with a mark before each part. */
const STEPS = `
exec 2>&1
cd /tmp/vpoll
state() { echo "== $1"; dpkg-query -W -f '\${binary:Package} \${Version} \${db:Status-Status}\n' '*vpoll*' 2>/dev/null | grep ' installed$' | sed 's/:[a-z0-9]*//' || true; }
state before
dpkg -i libvpoll0_*.deb libvpoll-dev_*.deb vpoll-dkms_*.deb vpoll-fuse_*.deb python3-vpoll_*.deb >log 2>&1 || { cat log; exit 1; }
state installed
dkms status vpoll
echo '== runs'
printf 'create 1 1\\nshow 4\\nctl 4 3 0\\nshow 4\\nclose 4\\n' | VPOLL_TRACE=/tmp/vpoll/trace ./driver.c.debian
wc -l <trace
gcc -o additions additions.c -lvpoll
for backend in tcp socketpair $FUSE; do VPOLL_BACKEND=$backend ./additions $backend && echo $backend; done
gcc -static -o additions additions.c -lvpoll && VPOLL_BACKEND=tcp ./additions tcp
mkdir programs && cp additions.c must.h programs
{ cmake -S finds -B found && cmake --build found; } >log || { cat log; exit 1; }
for program in shared static; do VPOLL_BACKEND=tcp found/$program tcp; done
cd / && /usr/bin/python3 -W error -c "$PROGRAM" && cd -  >log
man -w 3 vpoll_create
man -w 8 vpoll-fuse
systemd-analyze verify --man=no vpoll-fuse.service
ls /etc/systemd/system/*.wants/vpoll-fuse.service
/usr/sbin/vpoll-fuse serve || echo "status $?"
dpkg -P python3-vpoll vpoll-fuse vpoll-dkms libvpoll-dev libvpoll0 >log 2>&1 || { cat log; exit 1; }
state removed
dkms status vpoll
ls /usr/include/vpoll.h /usr/src/vpoll-${VERSION} /usr/lib/python3/dist-packages/vpoll* /usr/lib/*/libvpoll* /usr/lib/*/vpoll /usr/lib/udev/rules.d/99-vpoll.rules /usr/sbin/vpoll-fuse /lib/systemd/system/vpoll-fuse* /etc/systemd/system/*.wants/vpoll-fuse* 2>/dev/null || true
`;

/** Python's package, which finds the library by the loader, and is known by its version. */
const PROGRAM = `
from importlib.metadata import version
from vpoll import Events, VPoll
with VPoll.create(Events.IN) as vp:
    print(vp.backend, version('vpoll'))
`;

const asRoot = needs(test, ...TOOLS, 'unshare', 'dkms', 'man', {
  name: "root, overlayfs and Debian's libvpoll-dev",
  has: process.getuid?.() === 0 && DEBIANS !== undefined && existsSync('/sys/module/overlay'),
});

asRoot("they install over Debian's own, work, and are removed without a trace", async () => {
  const given = join(folder, 'given');
  const files = [
    ...(await build()).values(),
    compile('driver.c', { forDebian: true }),
    join(root, 'test/c/programs/additions.c'),
    join(root, 'test/c/programs/must.h'),
    join(root, 'test/c/finds'),
  ];
  execute('mkdir', { args: [given] });
  execute('cp', { args: ['-r', ...files, given] });
  const args = ['--mount', '--propagation', 'private', 'sh', '-c', IN_COPY, 'sh', folder, STEPS];
  const fuse = existsSync('/dev/fuse') ? 'fuse' : '';
  const { status, output, errors } = execute('unshare', { args, env: { FUSE: fuse, LC_ALL: 'C', PROGRAM }, timeoutMs: 500_000 });
  assert.is(status, 0, `${output}${errors}`);
  const part = (name: string): string => output.split(`== ${name}\n`)[1]!.split('== ')[0]!.trim();
  assert.match(part('before'), /^libvpoll-dev 0\.1-3 installed\nlibvpoll0 0\.1-3 installed$/);
  const installed = ['libvpoll-dev', 'libvpoll0', 'python3-vpoll', 'vpoll-dkms', 'vpoll-fuse'].map(
    (name) => `${name} ${VERSION}-1 installed`,
  );
  assert.equal(part('installed').split('\n'), [...installed, `vpoll/${VERSION}: added`]);
  const runs = [
    '4',
    FIRST === 'tcp' || FIRST === 'socketpair' ? '0x41' : '0x1',
    '0',
    '0',
    '0',
    '3',
    'tcp',
    'socketpair',
    ...(fuse ? [fuse] : []),
    `${FIRST} ${VERSION}`,
    '/usr/share/man/man3/vpoll_create.3.gz',
    '/usr/share/man/man8/vpoll-fuse.8.gz',
    '/etc/systemd/system/basic.target.wants/vpoll-fuse.service',
    'vpoll-fuse: no path',
    'usage: vpoll-fuse serve [--max-per-uid NUMBER] PATH',
    'status 2',
  ];
  assert.equal(part('runs').split('\n'), runs);
  assert.is(part('removed'), '');
});

test.run();
