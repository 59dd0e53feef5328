// SPDX-License-Identifier: LGPL-2.1-or-later

// What a command of `vpoll` knows nothing of is refused by name, and what it knows passes.

import type { ArgsDef } from 'citty';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findUnknown } from '../../src/cli/strict.js';

const ARGS: ArgsDef = {
  path: { type: 'positional' },
  'max-per-uid': { type: 'string' },
  backend: { type: 'enum', options: ['tcp'] },
  json: { type: 'boolean' },
};

test('options that there are, with their values, and as many arguments as there may be', () => {
  for (const line of [
    '',
    'file',
    '--json file',
    '--no-json',
    '--max-per-uid 3 file',
    '--max-per-uid=-3',
    '--backend tcp',
    '--help',
    '-h',
  ]) {
    assert.is(findUnknown(line.split(' ').filter(Boolean), ARGS), undefined, line);
  }
});

test('the rest is named', () => {
  for (const [line, named] of [
    ['--jsn file', '--jsn'],
    ['file --max-per-user 3', '--max-per-user'],
    ['--no-backend', '--no-backend'],
    ['-j', '-j'],
    ['file other', "'other'"],
    ['--max-per-uid 3 4 5', "'5'"],
  ] as const) {
    assert.match(findUnknown(line.split(' '), ARGS)!, named);
  }
  assert.match(findUnknown(['extra'], {})!, "'extra'");
});

test.run();
