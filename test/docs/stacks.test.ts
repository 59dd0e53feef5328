// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: node, not newest

// A stack gives its sockets a descriptor from C, Python, Rust and Go: each program by the command of the index of examples.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { library } from '../c/support/library.js';
import { EPOLLIN, EPOLLPRI, VPoll } from '../../src/index.js';
import { needs, type Need } from '../support/needs.js';
import { root } from '../support/run.js';
import { commandsOf } from './support/blocks.js';
import { INDEX, runCommand } from './support/index-command.js';

/** The languages by the first word of their commands. */
const LANGUAGES: Readonly<Record<string, Need[]>> = {
  cc: ['cc', 'cmake'],
  python3: ['/usr/bin/python3', 'cmake'],
  rustc: ['rustc', 'cmake'],
  go: ['go', { name: '/dev/fuse', has: existsSync('/dev/fuse') }],
};

/** A socketpair shows no PRI: there these programs say so. */
function hasPri(): boolean {
  const vp = VPoll.create();
  const can = vp.supports(EPOLLIN | EPOLLPRI);
  vp.close();
  return can;
}

const PRI = { name: 'a backend that shows PRI', has: hasPri() };
const COMMANDS = commandsOf(INDEX).filter(({ code }) => code.includes('examples/pollable-socket/'));

for (const [language, needed] of Object.entries(LANGUAGES)) {
  needs(
    test,
    ...needed,
    PRI,
  )(`${language}: the lines of the index`, () => {
    const found = COMMANDS.filter(({ code }) => code.startsWith(`${language} `));
    assert.is(found.length, 1);
    const [{ code, output }] = found as [(typeof found)[0]];
    const folder = mkdtempSync(join(tmpdir(), 'vpoll-stack-'));
    const lib = library();
    // As if both were installed.
    const installed = { LIBRARY_PATH: lib, LD_LIBRARY_PATH: lib, CPATH: join(root, 'host/c') };
    const python = { PYTHONPATH: join(root, 'python'), PYTHONDONTWRITEBYTECODE: '1', VPOLL_LIBRARY: join(lib, 'libvpoll.so.0') };
    const caches = { GOCACHE: join(folder, 'cache'), GOPATH: join(folder, 'path'), GO111MODULE: 'off' };
    try {
      assert.is(runCommand(code.trim(), folder, { ...installed, ...python, ...caches, VPOLL_BACKEND: '' }), output);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

test('there is a command for each of them', () => {
  assert.is(COMMANDS.length, Object.keys(LANGUAGES).length);
});

test.run();
