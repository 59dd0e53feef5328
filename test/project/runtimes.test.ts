// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest

// A runtime is one file: nobody but src/runtime.ts knows which there are. Comments may say why a thing is as it is, code and its strings name none.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import ts from 'typescript';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../support/run.js';

const CHOOSER = 'src/runtime.ts';

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The runtimes, as the chooser has them. */
const RUNTIMES = [...read(CHOOSER).matchAll(/^ {2}(?:\w+\.isHere \? )?(\w+)(?: :|;)$/gm)].map(([, name]) => name!);

/** By which a runtime is known, beside its name: its globals, `process.versions`, and the package of one. */
const WORDS = new RegExp(`\\b(?:${[...RUNTIMES, 'koffi'].join('|')})\\b`, 'i');
const MARKS = new Set(['Deno', 'Bun', 'versions']);

/**
 * What is named in code or in a string of it, as `line: what`. `node:fs` and similar names are modules that all runtimes have.
 */
function namings(text: string): string[] {
  const source = ts.createSourceFile('x.ts', text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const say = (node: ts.Node, what: string): void => {
    found.push(`${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${what}`);
  };
  const visit = (node: ts.Node): void => {
    const isText = ts.isLiteralExpression(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node);
    if (ts.isIdentifier(node) && MARKS.has(node.text)) say(node, node.text);
    else if (isText && WORDS.test(node.text.replace(/\bnode:[a-z_/]+/g, ''))) say(node, node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Of the runtimes themselves: a file of theirs begins with their name and a dash. */
const OWN = new RegExp(`^host/(?:${RUNTIMES.join('|')})(?:-[\\w-]+)?\\.ts$`);

function sources(): string[] {
  return ['src', 'host'].flatMap((house) =>
    readdirSync(join(root, house), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${house}/${name}`),
  );
}

test('what names a runtime is found: its global, its mark, a string', () => {
  assert.ok(RUNTIMES.length >= 3, RUNTIMES.join());
  assert.equal(namings("if ('x') Deno.exit(0); // Bun\n/** Deno */\nconst a = process.versions;"), ['1: Deno', '3: versions']);
  assert.equal(namings("spawn('node');\nf(`of ${a} Deno`, /^BUN\\b/);"), ['1: node', '2:  Deno', '2: /^BUN\\b/']);
  assert.equal(namings("import { a } from 'node:fs';\nprocess.getBuiltinModule('node:worker_threads');"), []);
  assert.equal(namings("import { a } from '../host/node.js';\nprocess.getBuiltinModule('bun:ffi');").length, 2);
});

test('a runtime is named by itself and by what chooses, and by nobody else', () => {
  const found = sources()
    .filter((path) => path !== CHOOSER && !OWN.test(path))
    .flatMap((path) => namings(read(path)).map((what) => `${path}:${what}`));
  assert.equal(found, []);
});

test('each is one file in host/, and what else is its own begins with its name', () => {
  const files = sources().filter((path) => OWN.test(path));
  for (const name of RUNTIMES) assert.ok(files.includes(`host/${name}.ts`), name);
  const imported = [...read(CHOOSER).matchAll(/from '\.\.\/host\/([\w-]+)\.js'/g)].map(([, name]) => name!);
  assert.equal(
    imported.filter((name) => OWN.test(`host/${basename(name)}.ts`)),
    [...RUNTIMES].sort(),
  );
});

test.run();
