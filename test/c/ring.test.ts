// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest, vm c/waiters

// What a poll of io_uring completes with, as docs/carriers.md says. It runs over the backend that VPOLL_BACKEND names, else over each that any kernel has. test/vm names those
// of a patched kernel.

import { existsSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type BackendName, BACKENDS } from '../../src/backends.js';
import { EPOLLERR, EPOLLHUP, EPOLLRDHUP } from '../../src/constants.js';
import { getCore } from '../../src/core.js';
import { completion } from '../../tools/ring.js';
import { hasRing } from '../support/io-uring.js';
import { needs } from '../support/needs.js';
import { compile, execute } from './support/library.js';

const named = process.env.VPOLL_BACKEND as BackendName | undefined;
const backends: readonly BackendName[] = named ? [named] : ['fuse', 'tcp', 'socketpair'];

/** What a poll completes with that asks for `asked` of what an ADD of `events` shows already. */
function there(backend: BackendName, events: number, asked: number): number {
  const core = getCore();
  const number = BACKENDS.indexOf(backend);
  return core.nearest(number, 0, core.aliased(number, events), 0) & (asked | EPOLLERR | EPOLLHUP | EPOLLRDHUP);
}

for (const backend of backends) {
  const withRing = needs(
    test,
    ...['cmake', 'gcc', '/usr/include/liburing.h'],
    { name: 'a kernel that lets us use io_uring', has: hasRing() },
    { name: `what ${backend} takes`, has: backend !== 'fuse' || existsSync('/dev/fuse') },
  );
  withRing(`${backend}: a poll of io_uring completes with what is said of it`, () => {
    const ran = execute(compile('ring.c', { args: ['-luring'] }), { env: { VPOLL_BACKEND: backend } });
    assert.equal([ran.status, ran.errors], [0, '']);
    const lines = ran.output.trimEnd().split('\n');
    assert.is(lines.length, 22);
    const expected = lines.map((line) => {
      const [bit = 0, asked = 0] = line.split(' ').map((word) => Number.parseInt(word, 16));
      const masks = [bit, asked, completion(backend, bit, asked), there(backend, bit, asked)];
      return masks.map((mask) => mask.toString(16)).join(' ');
    });
    assert.equal(lines, expected);
  });
}

test.run();
