// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one helper

// A vpoll of a helper is a regular file to the kernel. What works on such a file and not on a device is refused, or harms nobody. What a child does with an
// inherited one delays no other process.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLIN, EPOLLPRI } from '../../src/index.js';
import { dropHelper, helperPid } from '../../src/fuse/helper.js';
import { pollNow } from '../real/support/libc.js';
import { withEachHelper, withProgram } from './support/client.js';
import { create } from './support/helper.js';
import { gone } from './support/process.js';

/** What is granted, and why that is no matter; all else must be refused. */
const GRANTED: Record<string, string> = {
  flock: 'a lock that others may ask for or not: vpoll asks for none. All opens of a device node have it in common, too',
  F_SETLK: 'likewise',
  lockf: 'likewise',
  'splice from': 'nothing moves',
  'preadv2 HIPRI': 'as read(2)',
  'mmap private': 'an empty page of its own',
  ftruncate: 'its length stays 0, as that of a device',
  fadvise: 'there is nothing in a cache',
  fsync: 'likewise',
  fdatasync: 'likewise',
  sync_file_range: 'likewise',
  syncfs: 'likewise',
  readahead: 'likewise',
  fstat: 'it tells the truth',
  size: 'which is 0',
  fstatvfs: 'likewise',
  futimens: 'nothing is kept',
  FIBMAP: 'it has no block',
  FIONREAD: 'it holds no byte',
  F_SET_RW_HINT: 'nothing is written',
  F_SETOWN: 'of any file',
  O_ASYNC: 'no signal is ever sent',
  O_APPEND: 'each write is a request',
  O_DIRECT: 'likewise',
  'flags back': 'of any file',
  inotify: 'it may know that its own vpoll is used: all opens of a device node tell as much',
  fanotify: 'likewise, for root',
};

withEachHelper(['cc'], 'what a regular file can do is refused or harms nobody, and holds up no other vpoll', (start) =>
  withProgram('regular', async (program) => {
    const client = await start(program);
    const outcomes = new Map<string, string>();
    for (let line = await client.hear(); line !== 'done'; line = await client.hear()) {
      const [name, outcome] = line!.split(': ') as [string, string];
      outcomes.set(name, outcome);
    }
    // While it still has what it was granted.
    using vp = create(EPOLLIN);
    vp.set(EPOLLPRI);
    assert.is(pollNow(vp.fd), EPOLLPRI);
    client.say('');
    assert.is(await client.end(), '');

    const granted = [...outcomes].filter(([, outcome]) => !outcome.startsWith('E'));
    assert.equal(
      granted.filter(([name]) => !(name in GRANTED)),
      [],
    );
    assert.is(outcomes.get('size'), '0');
    // It would hold up all who open another, for 45 s.
    assert.is(outcomes.get('F_SETLEASE F_WRLCK'), 'EAGAIN');
    assert.is(outcomes.get('F_SETLEASE F_RDLCK'), 'EAGAIN');
    assert.is(outcomes.get('fchmod'), 'EPERM');
    assert.is(outcomes.get('fchown'), 'EPERM');
    assert.is(outcomes.get('execveat'), 'EACCES');
    assert.is(outcomes.get('mmap shared'), 'ENODEV');
  }),
);

test.after(() => {
  const pid = helperPid();
  dropHelper();
  return gone(pid);
});

test.run();
