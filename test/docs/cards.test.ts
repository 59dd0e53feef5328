// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest

// Each guide's first sentence is its card on the site: it says to a reader who has never seen vpoll what the page is for.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { guidesOf } from '../../tools/site-pages.js';
import { root } from '../support/run.js';

const guides = await guidesOf(root);

for (const { source, says } of guides) {
  test(`${source} begins with a sentence that can stand alone`, () => {
    assert.match(says, /^[^ ].{40,200}\.$/, `'${says}'`);
    assert.not.match(says, /^(This|Here|It|They) /, says);
  });
}

test('no two cards say the same', () => {
  assert.ok(guides.length > 15, `${guides.length} guides`);
  assert.is(new Set(guides.map(({ says }) => says)).size, guides.length);
});

test.run();
