// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest

// What a comment names is there: each source or document of this repository. It is named by a path from the top, or from the folder of the comment
// or one above. And a comment is in sentences that are read once (docs/style.md).

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { root, run } from '../support/run.js';
import { commentsOf } from './support/comments.js';
import { faultsOf } from './support/english.js';

const here = needs(test, 'git', { name: 'a git work tree', has: existsSync(join(root, '.git')) });

const ROOMS = ['assembly', 'host', 'src', 'tools', 'test'];
/** A source or a document. C is left out: a comment that cites Linux names its files. */
const NAMED = /(?<![\w/.<-])(?:\.{1,2}\/)*\w[\w.-]*(?:\/[\w.-]+)*\.(?:ts|md)\b/g;
/** What is built or is an example's, and any file at all. */
const ELSEWHERE = /^build\/|\.d\.ts$|^(?:\.\/)?x\.ts$/;

/** What wasm2c makes. */
const GENERATED = /^host\/c\/core\//;

/** What is in git or about to be, below `folders` or anywhere. */
function filesOf(...folders: string[]): string[] {
  return run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...folders])
    .split('\0')
    .filter((name) => name && existsSync(join(root, name)));
}

/** The comment of a line, as far as a line alone can tell; '' where it has none. */
function commentOf(line: string): string {
  return /^\s*(?:\/\/|\/?\*)(.*)$/.exec(line)?.[1] ?? / \/\/ (.*)$/.exec(line)?.[1] ?? '';
}

/** `folder` and those above it, up to the top of the repository. */
function andAbove(folder: string): string[] {
  return folder === '.' ? [folder] : [folder, ...andAbove(dirname(folder))];
}

here('every source and document that a comment names is there', () => {
  const files = filesOf(...ROOMS).filter((name) => name.endsWith('.ts'));
  let count = 0;
  const missing = files.flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, index) => {
        const names = (commentOf(line).match(NAMED) ?? []).filter((name) => !ELSEWHERE.test(name));
        count += names.length;
        const lost = names.filter(
          (name) => !andAbove(dirname(file)).some((folder) => existsSync(join(root, normalize(join(folder, name))))),
        );
        return lost.map((name) => `${file}:${index + 1}: ${name}`);
      }),
  );
  assert.equal(missing, []);
  assert.ok(count > 100, `${count} names`);
});

test('a comment is found wherever it stands, and nothing that looks like one', () => {
  const script = [
    "const a = '/* text */'; // behind code",
    '// first',
    '//second',
    '//',
    '// third `a.b()`',
    'const b = /[/]\\/*x/, c = `// ${/* within */ a} // text`;',
    '/** - item',
    ' *   of two lines',
    ' * - item',
    ' * ```ts',
    ' * code();',
    ' * ```',
    ' * after',
    ' *',
    ' *     column one  column two',
    ' */',
  ];
  assert.equal(
    commentsOf('x.ts', script.join('\n')).map(({ line, text }) => `${line} ${text}`),
    [
      '1 behind code',
      '2 first second',
      '5 third Code',
      '6 within',
      '7 - item of two lines',
      '9 - item',
      '13 after',
      '15 column one',
      '15 column two',
    ],
  );
  const c = ['char a[] = "/* text */", b = \'"\', c; // one', '/* two', ' * three */', 'int d; /* four */'];
  assert.equal(
    commentsOf('x.c', c.join('\n')).map(({ line, text }) => `${line} ${text}`),
    ['1 one', '2 two three', '4 four'],
  );
});

here('no sentence of a comment is longer than 25 words', () => {
  const files = filesOf().filter((name) => /\.(?:[cm]?[jt]s|[ch])$/.test(name) && !GENERATED.test(name));
  assert.ok(files.length > 700, `${files.length} sources`);
  let count = 0;
  const faults = files.flatMap((name) =>
    commentsOf(name, readFileSync(join(root, name), 'utf8')).flatMap(({ line, text }) => {
      count++;
      return faultsOf(text).map((fault) => `${name}:${line}: ${fault}`);
    }),
  );
  assert.equal(faults, []);
  assert.ok(count > 4000, `${count} paragraphs`);
});

test.run();
