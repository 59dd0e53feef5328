// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest

// /dev/vpoll gives a user as many, whether the module or the system service is behind it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MAX_PER_UID } from '../../src/fuse/policy.js';
import { root } from '../support/run.js';

/** The numbers that stand where `pattern` finds them in a file. */
function numbers(file: string, pattern: RegExp): string[] {
  return [...readFileSync(join(root, file), 'utf8').matchAll(pattern)].map(([, number]) => number!);
}

test('the module, the service and what is written of them name the same number', () => {
  const [limit] = numbers('linux_module/users.c', /^static unsigned int max_user_instances = (\d+);$/gm);
  assert.ok(Number(limit) > 0);
  assert.equal(numbers('linux_module/users.c', /\(default (\d+)\)/g), [limit]);
  assert.equal(numbers('linux_module/README.md', /a user has (\d+) at once/g), [limit]);
  assert.equal(numbers('host/c/helper/vpoll-fuse.service', /--max-per-uid (\d+)/g), [limit]);
  assert.equal(numbers('host/c/man/vpoll-fuse.8', /the service: (\d+)/g), [limit]);
  assert.equal(numbers('host/c/man/vpoll.3', /gives a user (\d+) at once/g), [limit]);
  assert.equal(numbers('docs/service.md', /(\d+) vpolls a user/g), [limit]);
  assert.equal(numbers('docs/sizing.md', /^\| the (?:service|module) .*?\| (\d+) for each user/gm), [limit, limit]);
  assert.equal(numbers('docs/sizing.md', /^\| `vpoll serve` +\| (\d+) for each user/gm), [String(MAX_PER_UID)]);
  assert.equal(numbers('test/vm/guest/limit.c', /DEFAULT = (\d+)/g), [limit]);
});

test.run();
