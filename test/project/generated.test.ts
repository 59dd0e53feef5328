// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { generate as generateNumbers } from '../../tools/abi.js';
import { generate as describeBackends } from '../../tools/backends.js';
import { generate } from '../../tools/c.js';
import { generate as describeCarriers } from '../../tools/carriers.js';
import { generate as writeManual } from '../../tools/man.js';
import { root } from '../support/run.js';

test('the C of host/c/core is made of this core, this FUSE server and this policy (npm run build:c)', async () => {
  const made = Object.entries(await generate());
  assert.is(made.length, 5);
  for (const [path, text] of made) {
    assert.ok(readFileSync(join(root, path), 'utf8') === text, path);
  }
});

test('the numbers that AssemblyScript, TypeScript, C and Python share are those of tools/abi (npm run build:abi)', () => {
  const files = Object.entries(generateNumbers());
  assert.is(files.length, 12);
  for (const [path, text] of files) assert.ok(readFileSync(join(root, path), 'utf8') === text, path);
});

test('all that names the backends is made of their table (npm run backends)', async () => {
  const files = Object.entries(await describeBackends());
  assert.is(files.length, 8);
  for (const [path, text] of files) assert.ok(readFileSync(join(root, path), 'utf8') === text, path);
});

test('what docs/carriers.md and vpoll(7) say of the carriers is what the core says (npm run carriers)', async () => {
  const pages = Object.entries(await describeCarriers());
  assert.is(pages.length, 2);
  for (const [path, text] of pages) assert.ok(readFileSync(join(root, path), 'utf8') === text, path);
});

test('vpoll(1) says what the command line takes (npm run man)', () => {
  for (const [path, text] of Object.entries(writeManual())) assert.ok(readFileSync(join(root, path), 'utf8') === text, path);
});

test.run();
