// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node

// What a user of the package is led to is there: by a link of a page, by an error, a remedy, a hover text or a manual.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { HOME } from '../../tools/address.js';
import { targetsOf } from '../../tools/links.js';
import { toPackage, toRepository } from '../../tools/package-pages.js';
import { versionOf } from '../../tools/release/version.js';
import { deadLinks } from '../support/dead-links.js';
import { pack } from '../support/pack.js';
import { root } from '../support/run.js';

const folder = mkdtempSync(join(tmpdir(), 'vpoll-pages-'));
const { files } = pack(folder);
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const pages = files.filter((name) => name.endsWith('.md'));

test.after(() => {
  rmSync(folder, { recursive: true });
});

/** Whether a path from the package's top is that of a file or folder in it. */
function isPacked(path: string): boolean {
  return files.some((name) => name === path || name.startsWith(`${path.replace(/\/$/, '')}/`));
}

test('each link of each page leads to a file of the package or to an address, and a picture to an address', () => {
  assert.ok(pages.length > 20 && ['README.md', 'SECURITY.md', 'docs/api.md', 'examples/README.md'].every(isPacked));
  const found = pages.map((page) => deadLinks(page, toPackage(root, page, read(page), files), isPacked));
  assert.equal(
    found.flatMap(({ dead }) => dead),
    [],
  );
  const count = found.reduce((sum, each) => sum + each.count, 0);
  assert.ok(count > 100, `${count} links`);
});

test('after it was packed the repository has its pages as they were', () => {
  let changed = 0;
  for (const page of pages) {
    const packed = toPackage(root, page, read(page), files);
    if (packed !== read(page)) changed++;
    assert.is(toPackage(root, page, packed, files), packed, page);
    assert.ok(toRepository(page, packed) === read(page), page);
  }
  assert.ok(changed > 5, `${changed} pages`);
});

test('a link that leads out goes to the tag of this version; one that leads nowhere is refused', () => {
  const at = (kind: string): string => `${HOME}/${kind}/v${versionOf(root)}`;
  const made = (text: string): string => toPackage(root, 'docs/api.md', text, ['docs/api.md', 'host/c/vpoll.h']);
  assert.is(made('[a](../host/c) [b](#c) [d](api.md#e)'), '[a](../host/c) [b](#c) [d](api.md#e)');
  assert.is(made('[a](../linux_module#b)'), `[a](${at('blob')}/linux_module#b)`);
  assert.is(made('[![p](picture.svg)](../examples)'), `[![p](${at('raw')}/docs/picture.svg)](${at('blob')}/examples)`);
  assert.is(made('[p]: ../linux_patch\n'), `[p]: ${at('blob')}/linux_patch\n`);
  assert.throws(() => made('[a](nowhere.md)'), 'docs/api.md: nowhere.md leads nowhere');
  assert.equal(targetsOf('[a](b) ![c](d)\n[e]: f\n'), ['b', 'd', 'f']);
});

/** What names a file of the repository, as a path from its top. */
const NAMED = /(?<![\w/.-])(?:vpoll\/)?((?:docs|examples|host|src|test|tools|python|linux_\w+)\/[\w./-]*\w)/g;

function namedIn(text: string): string[] {
  return [...text.matchAll(NAMED)].map(([, path]) => path!);
}

/** The texts of a program that it may print: a longer one is a program, of a thread or a helper. */
const TEXT_MAX = 2000;
function textsOf(name: string): string[] {
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node))
      if (node.text.length < TEXT_MAX) texts.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(name, read(name), ts.ScriptTarget.Latest));
  return texts;
}

test('a file that an error, a remedy, a hover text or a manual names is in the package', () => {
  const programs = files.filter((name) => /^build\/[\w-]+\.js$/.test(name));
  const types = files.filter((name) => name.endsWith('.d.ts'));
  const manuals = files.filter((name) => /\.[1-8]$/.test(name));
  assert.ok(programs.length >= 6 && types.length >= 3 && manuals.length >= 7);
  const named = [
    ...programs.flatMap((name) => textsOf(name).flatMap((text) => namedIn(text).map((path) => [name, path] as const))),
    // A comment of a manual is not shown.
    ...[...types, ...manuals].flatMap((name) =>
      namedIn(read(name).replace(/^\.\\".*$/gm, '')).map((path) => [name, path] as const),
    ),
  ];
  assert.ok(named.length > 5, `${named.length} names`);
  assert.equal(
    named.filter(([, path]) => !isPacked(path)),
    [],
  );
});

test.run();
