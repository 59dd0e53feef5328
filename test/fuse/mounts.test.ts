// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: not newest, one helper

// A helper keeps no file system in use. Neither has it a copy of the machine's mounts, nor a working directory or a file on one of them.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dropHelper, helperPid } from '../../src/fuse/helper.js';
import { EPOLLPRI } from '../../src/index.js';
import { USER, withFuseForAll } from '../support/fuse.js';
import { Peer } from '../real/support/with-peer.js';
import { withFuse } from './support/helper.js';
import { withEachHelper, withProgram } from './support/client.js';
import { gone, until } from './support/process.js';

const loop = { name: 'root and a loop device', has: process.geteuid!() === 0 && existsSync('/dev/loop-control') };

/** Whether a process has a copy of the machine's mounts: the program's own namespace is none, nor is one with a single mount. */
function hasCopies(helper: number, program: number): boolean {
  const namespace = (pid: number): string => readlinkSync(`/proc/${pid}/ns/mnt`);
  const count = readFileSync(`/proc/${helper}/mountinfo`, 'utf8').trim().split('\n').length;
  return namespace(helper) !== namespace(program) && count > 1;
}

/** Runs `use` while a file system on a loop device is mounted; then takes it away, as seen by process `pid`, and waits until the device is free. */
async function withLoop(
  use: (mounted: { umount: (pid: number) => Promise<void>; mount: (pid: number) => void }) => Promise<void>,
) {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-mounts-'));
  const [image, point] = [join(folder, 'image'), join(folder, 'point')];
  const attached = (): string => execFileSync('losetup', ['-j', image], { encoding: 'utf8' });
  const inside = (pid: number, ...command: string[]): void =>
    void execFileSync('nsenter', ['-m', '-t', `${pid}`, ...command], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    mkdirSync(point);
    execFileSync('truncate', ['-s', '4M', image]);
    execFileSync('mkfs.ext2', ['-q', image]);
    await use({
      mount(pid) {
        inside(pid, 'mount', '-o', 'loop', image, point);
        assert.is.not(attached(), '');
      },
      async umount(pid) {
        inside(pid, 'umount', point);
        await until('the loop device is free', () => attached() === '');
      },
    });
  } finally {
    spawnSync('umount', ['-l', point]);
    rmSync(folder, { recursive: true });
  }
}

withEachHelper(['cc', 'losetup', 'mkfs.ext2', loop], 'a file system that was mounted before can be taken away', (start) =>
  withLoop(({ mount, umount }) =>
    withProgram('waiter', async (program) => {
      mount(process.pid);
      const client = await start(program);
      assert.is(await client.hear(), 'ready');
      const helper = client.helper();
      assert.not(hasCopies(helper, process.pid));
      await umount(process.pid);
      client.say('');
      assert.is(await client.hear(), '1');
      assert.is(await client.end(), '');
      await gone(helper);
    }),
  ),
);

withFuse(
  'setpriv',
  'losetup',
  'mkfs.ext2',
  loop,
)('so can it with a helper in a user namespace', () =>
  withLoop(({ mount, umount }) =>
    Peer.with({ before: [...withFuseForAll(), ...USER] }, async (peer) => {
      mount(peer.pid);
      const helper = await peer.run(({ vpoll, helperPid, kept }) => {
        kept.set('vp', vpoll.VPoll.create({ backend: 'fuse' }));
        return helperPid();
      });
      assert.is.not(readlinkSync(`/proc/${helper}/ns/user`), readlinkSync('/proc/self/ns/user'));
      assert.not(hasCopies(helper, peer.pid));
      await umount(peer.pid);
      const shown = await peer.run(({ vpoll, libc, kept }) => {
        kept.get('vp')!.add(vpoll.EPOLLPRI);
        return libc.pollNow(kept.get('vp')!.fd);
      });
      assert.is(shown, EPOLLPRI);
    }),
  ),
);

test.after(() => {
  const pid = helperPid();
  dropHelper();
  return gone(pid);
});

test.run();
