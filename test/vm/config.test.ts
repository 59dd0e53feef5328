// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { missingFrom } from './config.js';

const config = 'CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=20\nCONFIG_D=m\n';

test('a configuration that has what was asked for', () => {
  assert.equal(missingFrom(config, ['CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=20\n']), []);
});

test('a value that is another', () => {
  assert.equal(missingFrom(config, ['CONFIG_A=m', 'CONFIG_C=2']), ['CONFIG_A=m', 'CONFIG_C=2']);
});

test('a name that this kernel does not know', () => {
  assert.equal(missingFrom(config, ['CONFIG_E=y']), ['CONFIG_E=y']);
});

test('what is to be unset may be unknown, but not set', () => {
  assert.equal(missingFrom(config, ['# CONFIG_E is not set\n# CONFIG_D is not set\n# CONFIG_A is not set']), [
    '# CONFIG_D is not set',
    '# CONFIG_A is not set',
  ]);
});

test('the last fragment that speaks of a name wins', () => {
  assert.equal(missingFrom(config, ['# CONFIG_A is not set', 'CONFIG_A=y']), []);
  assert.equal(missingFrom(config, ['CONFIG_A=y', '# CONFIG_A is not set']), ['# CONFIG_A is not set']);
});

test('comments are no options', () => {
  assert.equal(missingFrom(config, ['# Without CONFIG_E=y it hangs.\n']), []);
});

test.run();
