// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest
// timeout: 600

// A bit is one line of a table and one public constant. In a copy of this repository POLLREMOVE is added by the list in CONTRIBUTING.md, and by nothing else.
// poll(2) has a number for it, and nobody shows it. Then it can be set where a backend shows every bit, and has its name everywhere.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { run } from '../support/run.js';
import { ADDED, Scratch, stepsOf } from './support/scratch.js';

/** asm-generic/poll.h. */
const REMOVE = 0x1000;
const STEPS = stepsOf('To add a bit', 'REMOVE');
const copy = new Scratch();

const CONSTANT = '/** Unused. */\nexport const EPOLLREMOVE = abi.EPOLLREMOVE;\n';

/** How each file of the list gets what is the bit's, by its path. */
const BY_HAND = {
  'tools/abi/linux.ts': () =>
    copy.read('tools/abi/linux.ts').replace(/(EVENT_BITS = \{[^}]*)/, `$1  REMOVE: 0x${REMOVE.toString(16)},\n`),
  'src/constants.ts': () =>
    copy.read('src/constants.ts').replace('/** Option of a waiter: wake at most', (next) => `${CONSTANT}${next}`),
};

test('a copy is made, and the bit added by the list', async () => {
  await copy.make(STEPS, BY_HAND);
});

test.after(() => {
  copy.remove();
});

test('it takes a line of the table and a public constant', () => {
  assert.equal(STEPS.files, ['tools/abi/linux.ts', 'src/constants.ts']);
  assert.equal(copy.newLines('tools/abi/linux.ts'), ['  REMOVE: 0x1000,']);
  assert.equal(copy.newLines('src/constants.ts'), ['/** Unused. */', 'export const EPOLLREMOVE = abi.EPOLLREMOVE;']);
});

test('its number is in AssemblyScript, in TypeScript, in C and in the pages', () => {
  assert.match(copy.read('assembly/abi.ts'), 'export const REMOVE: u32 = 0x1000;');
  assert.match(copy.read('assembly/abi.ts'), 'export const SETTABLE: u32 = 0x37df;');
  assert.match(copy.read('host/abi.ts'), 'export const SETTABLE = 0x37df;');
  assert.match(copy.read('host/c/abi.h'), 'enum { SETTABLE = 0x37df };');
  assert.match(copy.read('host/c/abi-check.h'), '_Static_assert(EPOLLREMOVE == 0x1000, "EPOLLREMOVE");');
  for (const name of ['core', 'fuse']) assert.match(copy.read(`host/c/core/${name}.c`), '14303u');
  assert.match(copy.read('docs/carriers.md'), /^\| REMOVE +\| REMOVE +\| 0 \(strict refuses\)/m);
  assert.match(copy.read('host/c/man/vpoll.7'), /^REMOVE +REMOVE$/m);
});

needs(test, 'gcc')('C takes it by its name, where the header has it', () => {
  const program = copy.path('needs');
  const define = `-DEPOLLREMOVE=${REMOVE}`;
  run('gcc', [define, '-I', 'host/c', '-o', program, join(ADDED, 'needs.c'), 'host/c/settings.c'], copy.folder);
  const { stdout } = spawnSync(program, { env: { VPOLL_NEEDS: 'IN|REMOVE' }, encoding: 'utf8' });
  assert.is(stdout, '0x1001\n');
});

test('a vpoll shows it where its backend shows every bit, and is refused elsewhere', () => {
  const said = JSON.parse(copy.tool(join(ADDED, 'bit.ts'))) as object;
  assert.equal(said, {
    name: 'IN|REMOVE',
    polled: 'REMOVE',
    after: '0',
    refused: 'EOPNOTSUPP',
    shown: { eventfd: true, device: true, fuse: true, tcp: false, socketpair: false },
  });
});

test('a scenario takes it by its name', () => {
  const scenario = copy.path('bit.vpoll');
  writeFileSync(scenario, 'a = vpoll_create device IN|REMOVE\nn = poll a POLLREMOVE 0ms\nprint {events}\nvpoll_close a\n');
  assert.is(copy.tool('src/cli/index.ts', 'sim', scenario), '1000\n');
});

test.run();
