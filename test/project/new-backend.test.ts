// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest
// timeout: 600

// A backend is one file and one line: in a copy of this repository a backend is added by the list in CONTRIBUTING.md, and by nothing else. Then
// its name is everywhere, and it works over this kernel and over the simulated one.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { root, run } from '../support/run.js';
import { ADDED, Scratch, stepsOf } from './support/scratch.js';

const NAME = 'pipe';
const STEPS = stepsOf('To add a backend', NAME);
const copy = new Scratch();
const read = (path: string): string => copy.read(path);

/** The backend as it stands in assembly/backend/. */
function recordFile(): string {
  const text = readFileSync(join(root, ADDED, `${NAME}.ts`), 'utf8');
  return text.replaceAll("'../../../assembly/backend/", "'./").replaceAll("'../../../assembly/", "'../");
}

/** How each file of the list gets what is the backend's, by its path. */
const BY_HAND = {
  [`assembly/backend/${NAME}.ts`]: recordFile,
  'assembly/backend/index.ts': () =>
    read('assembly/backend/index.ts')
      .replace("import { Tcp } from './tcp';\n", (line) => `import { Pipe } from './${NAME}';\n${line}`)
      .replace(/(TABLE: StaticArray<u32> = \[[^\]]*)/, '$1  idof<Pipe>(),\n'),
};

test('a copy is made, and the backend added by the list', async () => {
  await copy.make(STEPS, BY_HAND);
});

test.after(() => {
  copy.remove();
});

test('it takes one file and one line, with its import', () => {
  assert.equal(STEPS.files, ['assembly/backend/pipe.ts', 'assembly/backend/index.ts']);
  assert.equal(copy.newLines('assembly/backend/index.ts'), ["import { Pipe } from './pipe';", '  idof<Pipe>(),']);
});

test('its name is in the orders, in TypeScript, in C and in the pages', () => {
  assert.match(read('assembly/backend/order.ts'), 'BY_COST: u32 = 0x364521');
  assert.match(read('src/backend-table.ts'), "'socketpair', 'pipe'] as const");
  assert.match(read('src/backend-table.ts'), "pipe: 'only shows IN and OUT freely (and nothing else)'");
  assert.match(read('host/c/backends.h'), 'SOCKETPAIR, PIPE, BACKEND_COUNT');
  assert.match(read('host/c/vpoll.h'), '"socketpair" or "pipe"');
  assert.match(read('docs/api.md'), "`'socketpair'`, `'pipe'`: this one or none");
  assert.match(read('docs/api.md'), 'socketpair, tcp, pipe and fuse that can:');
  assert.match(read('docs/scenarios.md'), '`socketpair`, `pipe` |');
  assert.match(read('docs/carriers.md'), /\| ADD .*\| socketpair +\| pipe +\|\n/);
  assert.match(read('host/c/man/vpoll.7'), '.SS pipe\n');
  assert.match(read('host/c/man/vpoll.3'), 'socketpair and pipe that is there is taken');
});

const withCompiler = needs(test, 'gcc');

withCompiler('C takes it by its name', () => {
  const program = copy.path('names');
  run('gcc', ['-I', 'host/c', '-o', program, join(ADDED, 'names.c'), 'host/c/settings.c'], copy.folder);
  const { stdout } = spawnSync(program, { env: { VPOLL_BACKEND: NAME }, encoding: 'utf8' });
  assert.is(stdout, '6 pipe\n');
});

const SHOWN = [
  'pipe: IN|RDNORM, polled IN',
  'ADD OUT: IN|OUT|RDNORM|WRNORM|WRBAND, polled IN|OUT',
  'DEL IN: OUT|WRNORM|WRBAND, polled OUT',
  'SET IN: IN|RDNORM, polled IN',
  'SET 0: 0, polled 0',
  'ADD PRI: EOPNOTSUPP',
  'closed: -1',
];

test('a vpoll on it works over this kernel and over the simulated one, and doctor has its row', () => {
  const said = JSON.parse(copy.tool(join(ADDED, 'program.ts'))) as {
    names: string[];
    real: string[];
    simulated: string[];
    row: { available: boolean; reason: string; bits: Record<string, object> };
  };
  assert.is(said.names.at(-1), NAME);
  assert.equal(said.real, SHOWN);
  assert.equal(said.simulated, SHOWN);
  assert.is(said.row.available, true);
  assert.is(said.row.reason, 'only shows IN and OUT freely (and nothing else)');
  const all = { exact: true, reversible: true, wakes: true, edge: true };
  const none = { exact: false, reversible: false, wakes: false, edge: false };
  assert.equal([said.row.bits.IN, said.row.bits.OUT, said.row.bits.PRI], [all, all, none]);
});

test('a scenario takes it by its name', () => {
  const scenario = copy.path('pipe.vpoll');
  writeFileSync(scenario, 'a = vpoll_create pipe IN\nn = poll a IN|OUT 0ms\nprint {events}\nvpoll_close a\n');
  assert.is(copy.tool('src/cli/index.ts', 'sim', scenario), '1\n');
});

test.run();
