// SPDX-License-Identifier: LGPL-2.1-or-later

// What wakes a thread goes on waking it, whatever the garbage collector does.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createWakefds } from '../../host/linux/wakefd.js';
import { openLibc } from '../../src/runtime.js';
import { closeFd, countFds, pollNow, readFd, settle } from '../real/support/libc.js';
import { collect } from '../support/garbage.js';

test.before(settle);

const POLLIN = 1;

/** What eventfd(2) gives to read: eight bytes, on a machine whose first is the lowest. */
function readCount(fd: number): number {
  const bytes = readFd(fd, 8);
  assert.is(bytes.slice(1), '\0'.repeat(7));
  return bytes.charCodeAt(0);
}

/** Takes the room of what was collected, with noughts. */
function litter(): BigUint64Array[] {
  return Array.from({ length: 1000 }, () => new BigUint64Array(1));
}

test('each wake is one, after any number of collections', () => {
  const wakefds = createWakefds(openLibc());
  const fd = wakefds.create();
  for (let i = 0; i < 50; i++) {
    collect();
    const kept = litter();
    wakefds.wake(fd);
    assert.is(pollNow(fd, POLLIN), POLLIN, `wake ${i}`);
    assert.is(readCount(fd), 1);
    assert.is(pollNow(fd, POLLIN), 0);
    assert.is(kept.length, 1000);
  }
  closeFd(fd);
});

test('one writer serves many, and leaves no descriptor', () => {
  const before = countFds();
  const wakefds = createWakefds(openLibc());
  const fds = [wakefds.create(), wakefds.create()];
  for (let i = 0; i < 3; i++) wakefds.wake(fds[1]!);
  assert.equal(fds.map((fd) => pollNow(fd, POLLIN)), [0, POLLIN]); // prettier-ignore
  assert.is(readCount(fds[1]!), 3);
  for (const fd of fds) closeFd(fd);
  assert.is(countFds(), before);
});

test.run();
