// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: not newest, every helper by node, vm emulators/fuse

// Who may have a helper, and what others see of its vpolls. What this machine would forbid or lack is arranged by util-linux, which takes root.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLERR, EPOLLIN, EPOLLPRI, EPOLLRDHUP } from '../../src/index.js';
import { pollNow, settle } from '../real/support/libc.js';
import { USER, withFuseForAll } from '../support/fuse.js';
import { Peer, type PeerError } from '../real/support/with-peer.js';
import { withPrograms } from './support/cli.js';
import { create, withFuse } from './support/helper.js';
import { gone, mounts } from './support/process.js';

const root = { name: 'root', has: process.geteuid!() === 0 };
/** One that another user may run: what PATH names may lie in root's home. */
const PYTHON = '/usr/bin/python3';
const NOBODY = [...USER, '--bounding-set', '-all', '--no-new-privs'];

/** Runs the rest of the command line in new namespaces, prepared by a script. */
function prepared(flags: string, script: string): string[] {
  return ['unshare', flags, 'sh', '-c', `${script} && exec "$@"`, 'sh'];
}

/** Makes, moves and closes a vpoll there: masks as poll(2) shows them, and the helper's pid. */
async function tryOut(before: readonly string[]): Promise<{ masks: number[]; pid: number }> {
  const found = await Peer.with({ before }, (peer) =>
    peer.run(({ vpoll, libc, helperPid }) => {
      const vp = vpoll.VPoll.create({ backend: 'fuse' });
      const masks = [0x2, 0x10, 0x2008].map((mask) => {
        vp.set(mask);
        return libc.pollNow(vp.fd);
      });
      vp.close();
      return { masks, pid: helperPid() };
    }),
  );
  await gone(found.pid);
  assert.equal(mounts(), []);
  return found;
}

const ALL = [0x2, 0x10, 0x2008];

withFuse('setpriv', root)('an unprivileged user with an empty bounding set has a helper', async () => {
  assert.equal((await tryOut([...withFuseForAll(), ...NOBODY])).masks, ALL);
});

withFuse('setpriv', root)('root without CAP_SYS_ADMIN has one in a user namespace', async () => {
  assert.equal((await tryOut(['setpriv', '--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin'])).masks, ALL);
});

withFuse(root)('so has root of a user namespace, and who is in a second one below that', async () => {
  assert.equal((await tryOut(['unshare', '-Ur'])).masks, ALL);
  assert.equal((await tryOut(['unshare', '-Ur', 'unshare', '-Ur'])).masks, ALL);
});

/** The error of a create where no helper can be started; nothing is left of the attempt. */
async function refused(before: readonly string[]): Promise<PeerError> {
  return Peer.with({ before }, async (peer) => {
    // What its thread waits by, it keeps.
    await peer.refused(({ vpoll }) => vpoll.VPoll.prepare('fuse'));
    const counted = await peer.run(({ libc }) => libc.steadyCount());
    const error = await peer.refused(({ vpoll }) => vpoll.VPoll.create({ backend: 'fuse' }));
    const again = await peer.refused(({ vpoll }) => vpoll.VPoll.prepare('fuse'));
    assert.is(again.code, error.code);
    // Deno may close what it has read from somewhat later.
    assert.is(await peer.run(({ libc }) => libc.steadyCount()), counted);
    return error;
  });
}

withFuse(root)('where namespaces are forbidden: an error that says what each way said', async () => {
  const none = 'echo 0 >/proc/sys/user/max_mnt_namespaces && echo 0 >/proc/sys/user/max_user_namespaces';
  const error = await refused(prepared('-Ur', none));
  assert.is(error.code, 'EOPNOTSUPP');
  assert.match(error.message, /mount as root: .*unshare.*a user namespace: .*unshare.* \(allow user namespaces: sysctl .*\)$/);
});

withFuse(root)('no /dev/fuse: an error that says how to get it', async () => {
  const nodes = ['null', 'zero', 'urandom', 'random'];
  const bind = nodes.map((name) => `touch /mnt/${name} && mount --bind /dev/${name} /mnt/${name}`).join(' && ');
  const error = await refused(prepared('-m', `mount -t tmpfs none /mnt && ${bind} && mount --rbind /mnt /dev`));
  assert.is(error.code, 'EOPNOTSUPP');
  assert.match(error.message, 'there is no /dev/fuse (sudo npx vpoll serve /dev/vpoll, ');
  assert.match(error.message, 'modprobe fuse');
});

withFuse('setpriv', root)('a /dev/fuse that may not be opened: likewise', async () => {
  const locked = 'mount -t tmpfs none /mnt && mknod -m 600 /mnt/fuse c 10 229 && mount --bind /mnt/fuse /dev/fuse';
  const error = await refused([...prepared('-m', locked), ...NOBODY]);
  assert.is(error.code, 'EOPNOTSUPP');
  assert.match(error.message, '/dev/fuse may not be opened (sudo npx vpoll serve /dev/vpoll, ');
  assert.match(error.message, 'chmod 666 /dev/fuse');
});

/** Runs `use` with the path of a program that keeps what it runs from user namespaces. */
function withoutUserNamespaces<T>(use: (path: string) => Promise<T>): Promise<T> {
  const source = readFileSync(new URL('programs/no-userns.c', import.meta.url), 'utf8');
  return withPrograms({ 'no-userns': source }, (path) => use(path('no-userns')));
}

withFuse(
  'setpriv',
  'cc',
  'fusermount3',
  root,
)('where user namespaces are refused, a user has a helper by fusermount3, and no file is left', () =>
  withoutUserNamespaces(async (program) => {
    const before = readdirSync('/tmp').filter((name) => /^vpoll-\w{6}$/.test(name));
    assert.equal((await tryOut([...withFuseForAll(), program, ...USER])).masks, ALL);
    const after = readdirSync('/tmp').filter((name) => /^vpoll-\w{6}$/.test(name));
    assert.equal(after.filter((name) => !before.includes(name)), []); // prettier-ignore
  }),
);

withFuse(
  'setpriv',
  'cc',
  'fusermount3',
  root,
)('where fusermount3 may not become root either, the error says what each way said', () =>
  withoutUserNamespaces(async (program) => {
    const error = await refused([...withFuseForAll(), program, ...USER, '--no-new-privs']);
    assert.is(error.code, 'EOPNOTSUPP');
    assert.match(error.message, /a user namespace: .*unshare.*fusermount3: .*not permitted/);
  }),
);

/** A python process of another user, with a vpoll as 3: what it polls, and the outcome of a write(2) of ADD RDHUP. */
const ASK = `
import os, select, struct
p = select.poll()
p.register(3, ${VPOLL_EVENTS})
events = p.poll(0)
try: wrote = os.write(3, struct.pack('=II', ${EPOLLRDHUP}, 1))
except OSError as e: wrote = -e.errno
print(events[0][1] if events else 0, wrote)
`;
import { VPOLL_EVENTS } from '../../src/constants.js';

test.before(settle);

withFuse(
  'setpriv',
  'python3',
  root,
)("on root's mount another user polls and controls what it inherits", () => {
  using vp = create(EPOLLPRI);
  const command = [...USER, PYTHON, '-c', ASK];
  const { stdout, stderr } = spawnSync(command[0]!, command.slice(1), {
    stdio: ['ignore', 'pipe', 'pipe', vp.fd],
    encoding: 'utf8',
  });
  assert.is(stdout, `${EPOLLPRI} 8\n`, stderr);
  assert.is(pollNow(vp.fd), EPOLLPRI | EPOLLRDHUP);
});

withFuse(
  'setpriv',
  'python3',
  root,
)('on the mount of a user namespace another user sees ERR and gets EOVERFLOW', async () => {
  await Peer.with({ before: ['setpriv', '--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin'] }, async (peer) => {
    const said = await peer.run(
      ({ vpoll }, { ask, events, python }) => {
        const vp = vpoll.VPoll.create({ backend: 'fuse', events });
        const command = ['--reuid', '65534', '--regid', '65534', '--clear-groups', python, '-c', ask];
        const { execFileSync } = process.getBuiltinModule('node:child_process');
        const text = execFileSync('setpriv', command, { stdio: ['ignore', 'pipe', 'inherit', vp.fd], encoding: 'utf8' });
        return [text, vp.events];
      },
      { ask: ASK, events: EPOLLIN, python: PYTHON },
    );
    assert.equal(said, [`${EPOLLERR} -75\n`, EPOLLIN]);
  });
});

test.run();
