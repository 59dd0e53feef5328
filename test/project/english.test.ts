// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest

// Pages and manuals are in sentences that are read once.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { root, run } from '../support/run.js';
import { faultsOf, paragraphsOf, WORDS_MAX } from './support/english.js';

const here = needs(test, 'git', { name: 'a git work tree', has: existsSync(join(root, '.git')) });

/** What was written on a day and stays as it was, and the page that shows what is not to be written. */
const LEFT_OUT = /^(docs\/decisions\/|docs\/style\.md$|LICENSES\/)/;

/** What is in git or about to be, by a pattern of git's. */
function filesOf(pattern: string): string[] {
  return run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', pattern])
    .split('\0')
    .filter((name) => name && existsSync(join(root, name)));
}

test('a sentence has an end, and a word is one that epoll(7) would use', () => {
  const of = (count: number): string => `${'word '.repeat(count)}here.`;
  assert.equal(faultsOf(of(WORDS_MAX - 1)), []);
  assert.is(faultsOf(of(WORDS_MAX)).length, 1);
  assert.equal(faultsOf(`${of(20)} ${of(20)}`), []);
  assert.is(faultsOf('Whoever waits is woken.').length, 1);
  assert.equal(paragraphsOf('# Head\n\nA `call(1, 2)` of\nours.\n\n```js\ncode();\n```\n\n| a | b |\n| - | - |\n| c | d |\n'), [
    'Head',
    'A Code of ours.',
    'a',
    'b',
    'c',
    'd',
  ]);
});

here('pages: no sentence is longer than 25 words', () => {
  const pages = filesOf('*.md').filter((name) => !LEFT_OUT.test(name));
  assert.ok(pages.length > 15, `${pages.length} pages`);
  assert.equal(
    pages.flatMap((name) =>
      paragraphsOf(readFileSync(join(root, name), 'utf8')).flatMap((one) => faultsOf(one).map((fault) => `${name}: ${fault}`)),
    ),
    [],
  );
});

needs(test, 'git', 'man', { name: 'a git work tree', has: existsSync(join(root, '.git')) })(
  'manuals: no sentence is longer than 25 words',
  () => {
    const manuals = filesOf('*.[1-8]');
    assert.ok(manuals.length > 5, `${manuals.length} manuals`);
    const texts = manuals.map((name): [string, string] => [
      name,
      run('env', [
        'MANWIDTH=1000',
        'LC_ALL=C',
        'man',
        '--no-hyphenation',
        '--no-justification',
        '-P',
        'cat',
        '-l',
        join(root, name),
      ]),
    ]);
    assert.equal(
      texts.flatMap(([name, text]) =>
        text.split('\n').flatMap((line) => faultsOf(line.trim()).map((fault) => `${name}: ${fault}`)),
      ),
      [],
    );
  },
);

test.run();
