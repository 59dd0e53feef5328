// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: not newest, vm emulators/fuse

// How `vpoll serve` ends: by a signal to it, to its helper or to all, and nothing is left.

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLIN, EPOLLPRI, VPoll } from '../../src/index.js';
import { USER, withFuseForAll } from '../support/fuse.js';
import { pollNow } from '../real/support/libc.js';
import { openFile, start } from './support/cli.js';
import { withFuse } from './support/helper.js';
import { isAlive, until } from './support/process.js';

const root = { name: 'root', has: process.geteuid!() === 0 };

/** Adds PRI to a new vpoll of the file: what it then shows. */
const ADD_PRI = `
import fcntl, os, select, sys
fd = os.open(sys.argv[1], os.O_RDWR)
fcntl.ioctl(fd, 0x5e01, ${EPOLLPRI})
p = select.poll()
p.register(fd, ${VPOLL_EVENTS})
print(p.poll(0)[0][1])
`;
import { VPOLL_EVENTS } from '../../src/constants.js';

for (const [who, inside, before] of [
  ['root', () => [], []],
  ['another user', withFuseForAll, USER],
] as const) {
  withFuse(
    'setpriv',
    'fusermount3',
    '/usr/bin/python3',
    root,
  )(`${who} serves, and a SIGKILL leaves neither a mount nor a file nor a process`, async () => {
    for (const killed of ['vpoll serve', 'its helper', 'nobody']) {
      const folder = mkdtempSync(join(tmpdir(), 'vpoll-serve-'));
      chmodSync(folder, 0o777);
      const path = join(folder, 'vpoll');
      const running = start(['serve', path], [...inside(), ...before]);
      await until('it serves', () => running.process.exitCode !== null || running.said().includes('\n'));
      const args = ['-m', '-t', `${running.process.pid}`, ...before, '/usr/bin/python3', '-c', ADD_PRI, path];
      assert.is(execFileSync('nsenter', args, { encoding: 'utf8' }), `${EPOLLPRI}\n`);
      const helper = serverOf(running.process.pid!);
      const [pid, signal] =
        killed === 'its helper' ? [helper, 'SIGKILL'] : [running.process.pid!, killed === 'nobody' ? 'SIGINT' : 'SIGKILL'];
      process.kill(pid, signal);
      const outcome = await running.outcome;
      if (killed === 'its helper') assert.match(outcome.stderr, 'EIO');
      else assert.is(outcome.status ?? outcome.signal, killed === 'nobody' ? 0 : 'SIGKILL');
      await until('all is gone', () => readdirSync(folder).length === 0 && !isAlive(helper));
      assert.not.match(readFileSync('/proc/self/mounts', 'utf8'), folder);
      rmSync(folder, { recursive: true });
    }
  });
}

withFuse(root)('what a service manager sends to all processes takes the mount away, and what is open stays a vpoll', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-serve-'));
  const path = join(folder, 'vpoll');
  const running = start(['serve', path]);
  await until('it serves', () => running.process.exitCode !== null || running.said().includes('\n'));
  const vp = VPoll.attach(openFile(path));
  const children = descendantsOf(running.process.pid!);
  const helper = serverOf(running.process.pid!);
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGTERM'])
    for (const child of children) process.kill(child, signal);
  vp.add(EPOLLPRI);
  assert.is(pollNow(vp.fd), EPOLLPRI);
  assert.ok(existsSync(path));
  process.kill(running.process.pid!, 'SIGTERM');
  const { status } = await running.outcome;
  assert.is(status, 0);
  assert.equal(readdirSync(folder), []);
  assert.not.match(readFileSync('/proc/self/mounts', 'utf8'), folder);
  vp.add(EPOLLIN);
  assert.is(pollNow(vp.fd), EPOLLPRI | EPOLLIN);
  vp.close();
  await until('the helper ends', () => !isAlive(helper));
  rmSync(folder, { recursive: true });
});

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`)
    .flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' '))
    .filter(Boolean)
    .map(Number);
}

function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

/** The process among those that `pid` and they have started that serves /dev/fuse: it has that as its first descriptor, or its fourth. */
function serverOf(pid: number): number {
  // Seen from outside its mount namespace it may lack the folder.
  const has = (child: number, fd: number): boolean => {
    try {
      return readlinkSync(`/proc/${child}/fd/${fd}`).endsWith('/fuse');
    } catch {
      return false;
    }
  };
  for (const child of descendantsOf(pid)) if (has(child, 0) || has(child, 3)) return child;
  throw new Error(`process ${pid} has started no server`);
}

test.run();
