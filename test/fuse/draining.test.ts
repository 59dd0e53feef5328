// SPDX-License-Identifier: LGPL-2.1-or-later
// alone
// runs: one helper

// `systemctl stop` of a service in JavaScript: SIGTERM to all of its control group, the helper among them, while the program goes on for a time.

import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { command } from '../support/runtime.js';
import { stop } from '../support/unit.js';
import { HAS_NATIVE } from './support/copy.js';
import { withFuse } from './support/helper.js';

const program = fileURLToPath(new URL('programs/drain.ts', import.meta.url));

/** The helpers, by what VPOLL_FUSE says; what each is called as a process (Node's calls itself as the other does), and how many have such a name: the program is a runtime too. */
const HELPERS = [
  ['native', /^vpoll-fuse$/, 1, [HAS_NATIVE]],
  ['runtime', /^(?:node|MainThread|bun|deno|vpoll-fuse)/, 2, []],
] as const;

for (const [word, name, count, needs] of HELPERS) {
  withFuse(...needs)(`SIGTERM to the ${word} helper and to the program: it drains, and its Poller sees no ERR`, async () => {
    const { status, output, errors, told } = await stop([...command(program), '50'], { VPOLL_FUSE: word }, name);
    assert.is(status, 0, `${output}${errors}`);
    assert.is(output, 'fuse\ndrained\n');
    assert.ok(told.filter((each) => name.test(each)).length >= count, told.join(' '));
  });
}

test.run();
