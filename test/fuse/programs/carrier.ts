// SPDX-License-Identifier: LGPL-2.1-or-later

// Does one after the other what its arguments say, and prints the outcome of each. `create`, `needs`, `fuse` and `strict` make a vpoll with OPTIONS of that name. `chroot`
// enters an empty folder. After `newpid` the next child begins a pid namespace, after `otherpid` it enters one that is there. `fork` makes such a child, which says its own
// number.

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Calls } from '../../../host/linux/calls.js';
import { openLibc } from '../../../src/runtime.js';
import { EPOLLERR, EPOLLHUP, VPoll, VPollError, type VPollOptions } from '../../../src/index.js';

const OPTIONS: Readonly<Record<string, VPollOptions>> = {
  create: { events: EPOLLHUP, policy: 'closest' },
  needs: { events: EPOLLHUP, needs: EPOLLHUP | EPOLLERR },
  fuse: { events: EPOLLHUP, backend: 'fuse' },
  strict: { events: EPOLLHUP },
};

function leave(): void {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-root-'));
  process.chdir(folder);
  rmdirSync(folder);
  const ffi = openLibc();
  const path = new TextEncoder().encode('.\0');
  if (ffi.func('chroot', 'ptr')(ffi.word(ffi.address(path.buffer))) < 0) throw new Error(`chroot: errno ${ffi.errno()}`);
}

const CLONE_NEWPID = 0x20000000;

function unshare(): void {
  const ffi = openLibc();
  if (ffi.func('unshare', 'i32')(CLONE_NEWPID) < 0) throw new Error(`unshare: errno ${ffi.errno()}`);
}

/** What has a pid namespace, in which its own child is the first. */
let other: ChildProcess | undefined;
let first = '';

/** The next child of this thread is in that. */
async function enter(): Promise<void> {
  other = spawn('unshare', ['--pid', '--fork', '--kill-child', 'sleep', '600'], { stdio: 'ignore' });
  const children = `/proc/${other.pid}/task/${other.pid}/children`;
  while (first === '') {
    await new Promise((resolve) => setTimeout(resolve, 10));
    first = readFileSync(children, 'utf8').trim();
  }
  const ffi = openLibc();
  const path = new TextEncoder().encode(`/proc/${first}/ns/pid\0`);
  const fd = ffi.func('open', 'ptr', 'i32')(ffi.word(ffi.address(path.buffer)), 0);
  if (fd < 0 || ffi.func('setns', 'i32', 'i32')(fd, CLONE_NEWPID) < 0) throw new Error(`setns: errno ${ffi.errno()}`);
}

/** A child of this thread. */
function fork(): void {
  const calls = new Calls(openLibc());
  const [ours, theirs] = calls.socketpair() as [number, number];
  calls.run({ path: '/bin/sh', args: ['-c', 'echo child $$'], env: {}, fds: [theirs, theirs, theirs] });
  calls.close(theirs);
  console.log(String(calls.read(ours)).trim());
  calls.close(ours);
}

for (const word of process.argv.slice(2)) {
  try {
    if (word === 'prepare') {
      await VPoll.prepare('fuse');
      console.log('prepared');
    } else if (word === 'chroot') {
      leave();
    } else if (word === 'newpid') {
      unshare();
    } else if (word === 'otherpid') {
      await enter();
    } else if (word === 'fork') {
      fork();
    } else {
      const vp = VPoll.create(OPTIONS[word]);
      console.log(`${vp.backend} ${vp.events.toString(16)}`);
    }
  } catch (error) {
    if (!(error instanceof VPollError)) throw error;
    console.log(error.message);
  }
}
// By itself: unshare may not yet have said that it is to end with it.
if (first !== '') process.kill(Number(first), 'SIGKILL');
other?.kill('SIGKILL');
// A helper ends with its last vpoll, and those with this.
process.exit(0);
