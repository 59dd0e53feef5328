// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest

// What a comment names is there: each source or document of this repository, by a path from its top, or from the folder of the comment or one above.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { root, run } from '../support/run.js';

const here = needs(test, 'git', { name: 'a git work tree', has: existsSync(join(root, '.git')) });

const ROOMS = ['assembly', 'host', 'src', 'tools', 'test'];
/** A source or a document. C is left out: a comment that cites Linux names its files. */
const NAMED = /(?<![\w/.<-])(?:\.{1,2}\/)*\w[\w.-]*(?:\/[\w.-]+)*\.(?:ts|md)\b/g;
/** What is built or is an example's, and any file at all. */
const ELSEWHERE = /^build\/|\.d\.ts$|^(?:\.\/)?x\.ts$/;

/** The comment of a line, as far as a line alone can tell; '' where it has none. */
function commentOf(line: string): string {
  return /^\s*(?:\/\/|\/?\*)(.*)$/.exec(line)?.[1] ?? / \/\/ (.*)$/.exec(line)?.[1] ?? '';
}

/** `folder` and those above it, up to the top of the repository. */
function andAbove(folder: string): string[] {
  return folder === '.' ? [folder] : [folder, ...andAbove(dirname(folder))];
}

here('every source and document that a comment names is there', () => {
  const files = run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', ...ROOMS])
    .split('\0')
    .filter((name) => name.endsWith('.ts') && existsSync(join(root, name)));
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

test.run();
