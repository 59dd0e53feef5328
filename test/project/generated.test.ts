// SPDX-License-Identifier: LGPL-2.1-or-later

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { generate } from '../../tools/c.js';
import { generate as describeCarriers } from '../../tools/carriers.js';
import { root } from '../support/run.js';

test('the C of host/c/core is made of this core (npm run build:c)', async () => {
  for (const [path, text] of Object.entries(await generate())) {
    assert.ok(readFileSync(join(root, path), 'utf8') === text, path);
  }
});

test('what docs/carriers.md and vpoll(7) say of the carriers is what the core says (npm run carriers)', async () => {
  const pages = Object.entries(await describeCarriers());
  assert.is(pages.length, 2);
  for (const [path, text] of pages) assert.ok(readFileSync(join(root, path), 'utf8') === text, path);
});

test.run();
