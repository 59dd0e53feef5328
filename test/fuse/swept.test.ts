// SPDX-License-Identifier: LGPL-2.1-or-later

// A program whose descriptors of vpoll are all closed behind its back, over each carrier of a stock kernel. A library that closes what it doesn't know does that.
// Calls give EBADF, whatever has the numbers then; the next vpoll works. And a child that closes every descriptor harms nobody.

import { spawnSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { listDescriptors } from '../../host/linux/proc.js';
import { dropHelper, helperPid } from '../../src/fuse/helper.js';
import { EPOLLIN, Poller, VPoll } from '../../src/index.js';
import { openLibc } from '../../src/runtime.js';
import { refusal } from '../real/support/errors.js';
import { closeFd, pipe, pollNow, settle } from '../real/support/libc.js';
import { needs, type Register } from '../support/needs.js';
import { withFuse } from './support/helper.js';
import { gone } from './support/process.js';

test.before(settle);

const libc = openLibc();

/** Which file each descriptor is of. A runtime has some open for a moment, so a number alone says nothing. */
function filesByFd(): Map<number, string> {
  const files = new Map<number, string>();
  for (const fd of listDescriptors(libc)) {
    try {
      files.set(fd, readlinkSync(`/proc/self/fd/${fd}`));
    } catch {
      // Closed meanwhile.
    }
  }
  return files;
}

/** Makes vpolls, and gives every descriptor that was opened for them. */
function makeAll(backend: 'socketpair' | 'tcp' | 'fuse', count: number): { vpolls: VPoll[]; fds: number[] } {
  const before = filesByFd();
  const vpolls = Array.from({ length: count }, () => VPoll.create({ backend, events: EPOLLIN }));
  const opened = [...filesByFd()].filter(([fd, file]) => before.get(fd) !== file);
  return { vpolls, fds: opened.map(([fd]) => fd) };
}

/** Every use of what is no vpoll any more. */
function isNone(vp: VPoll): void {
  for (const use of [
    () => {
      vp.add(EPOLLIN);
    },
    () => {
      vp.set(0);
    },
    () => vp.events,
    () => vp.supports(EPOLLIN),
  ])
    refusal(use, 'EBADF');
}

for (const backend of ['socketpair', 'tcp', 'fuse'] as const) {
  const register: Register = backend === 'fuse' ? withFuse() : needs(test);

  register(`${backend}: every descriptor of vpoll is closed: EBADF, and the next one works`, () => {
    dropHelper();
    const { vpolls, fds } = makeAll(backend, 3);
    assert.ok(fds.length > vpolls.length, 'what is hidden too');
    for (const fd of fds) closeFd(fd);
    vpolls.forEach(isNone);
    const again = makeAll(backend, 3);
    for (const vp of again.vpolls) {
      vp.set(EPOLLIN);
      assert.ok(pollNow(vp.fd) & EPOLLIN);
    }
    vpolls.forEach(isNone);
    for (const vp of again.vpolls) vp.close();
  });

  register(`${backend}: and other files have the numbers: each stays as it is`, () => {
    dropHelper();
    const { vpolls, fds } = makeAll(backend, 3);
    for (const fd of fds) closeFd(fd);
    const strangers = Array.from({ length: fds.length }, pipe).flat();
    const are = (): string[] => strangers.map((fd) => `${readlinkSync(`/proc/self/fd/${fd}`)} ${pollNow(fd)}`);
    const before = are();
    assert.ok(fds.every((fd) => strangers.includes(fd)));
    vpolls.forEach(isNone);
    const again = makeAll(backend, 3);
    for (const vp of again.vpolls) {
      vp.set(EPOLLIN);
      assert.ok(pollNow(vp.fd) & EPOLLIN);
    }
    assert.equal(are(), before);
    for (const vp of again.vpolls) vp.close();
    dropHelper();
    assert.equal(are(), before);
    strangers.forEach(closeFd);
  });

  register(
    `${backend}: a child that has a vpoll and closes every descriptor before it executes: nothing has changed`,
    async () => {
      const { vpolls } = makeAll(backend, 2);
      const poller = Poller.create();
      poller.add(vpolls[0]!, EPOLLIN, { edge: true });
      await poller.wait();
      const { stdio, env } = vpolls[0]!.share();
      // dash knows no descriptor above 9, and each that is not there may be closed.
      const { status, stderr } = spawnSync('sh', ['-c', 'exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; exec true'], {
        stdio: ['ignore', 'ignore', 'pipe', ...stdio],
        env: { ...process.env, ...env },
        encoding: 'utf8',
      });
      assert.is(status, 0, stderr);
      for (const vp of vpolls) {
        vp.delete(EPOLLIN);
        assert.not(pollNow(vp.fd) & EPOLLIN);
        vp.add(EPOLLIN);
        assert.ok(pollNow(vp.fd) & EPOLLIN);
      }
      const [seen] = await poller.wait({ timeoutMs: 5000 });
      assert.ok(seen && (seen.events & ~0x40) === EPOLLIN, JSON.stringify(seen));
      for (const each of [poller, ...vpolls]) each.close();
    },
  );
}

test.after(() => {
  const pid = helperPid();
  dropHelper();
  return gone(pid);
});

test.run();
