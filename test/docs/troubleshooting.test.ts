// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest

// docs/troubleshooting.md names every error code that the sources name, and none that they don't: what a caller gets as a row, what stays inside in the list at its end.

import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ERRNO } from '../../host/errno.js';
import { errnoName, VPollError, type ErrorCode } from '../../src/errors.js';
import { root } from '../support/run.js';

/** Rooms whose code runs in a program of a user's. */
const ROOMS = ['src', 'host', 'assembly', 'python/vpoll'];
/** Lists of all errnos there are, and what is made of sources that are looked at themselves. */
const LISTS = /^(host\/errno\.ts|host\/c\/abi-check\.h|host\/c\/core\/|assembly\/abi\.ts)/;

const KNOWN = new Set([...Object.keys(ERRNO), ...Object.keys(constants.errno), 'ENOTSUP']);

function sourcesIn(folder: string): string[] {
  const paths = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`);
  return paths.filter((path) => /\.(ts|c|h|py)$/.test(path) && !LISTS.test(path));
}

/** The errnos that a source names outside of its comments. python may know one that Node doesn't. */
function codesIn(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8');
  const code = path.endsWith('.py') ? text.replace(/#.*$/gm, '') : text.replace(/\/\*[^]*?\*\//g, '').replace(/\/\/.*$/gm, '');
  const words = [...code.matchAll(/(errno\.)?\b(E[A-Z]{2,}[A-Z0-9]*)\b/g)];
  return words.flatMap(([, isPython, word]) => (isPython !== undefined || KNOWN.has(word!) ? [word!] : []));
}

/** A source that names each code. */
function findCodes(): Map<string, string> {
  const found = new Map<string, string>();
  for (const path of ROOMS.flatMap(sourcesIn)) for (const code of codesIn(path)) found.set(code, path);
  return found;
}

const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8');
const rows = [...page.matchAll(/^\| (E[A-Z0-9]+) +\|/gm)].map(([, code]) => code!);
const inside = [...(/<!-- inside -->([^]*?)\.\n/.exec(page)?.[1] ?? '').matchAll(/E[A-Z0-9]+/g)].map(([code]) => code);

test('the page names each error code of the sources, once', () => {
  const codes = findCodes();
  assert.ok(codes.size > 40, `${codes.size} codes`);
  const named = new Set([...rows, ...inside]);
  assert.is(named.size, rows.length + inside.length);
  assert.equal(
    [...codes].filter(([code]) => !named.has(code)).map(([code, path]) => `${code} of ${path}`),
    [],
  );
  assert.equal(
    [...named].filter((code) => !codes.has(code)),
    [],
  );
});

test('what the library throws by name is a row, by the alphabet', () => {
  const thrown = ROOMS.flatMap(sourcesIn).flatMap((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    return [...text.matchAll(/(?:new VPollError\('|unusable\('|refusal\(errno\.)(E[A-Z]+)/g)].map(([, code]) => code!);
  });
  assert.ok(thrown.length > 25, `${thrown.length} throws`);
  assert.equal(
    thrown.filter((code) => !rows.includes(code)),
    [],
  );
  assert.equal(rows, [...rows].sort());
});

test('an error of each code has its number, its name back from that, and words', () => {
  // python's alone: what its loader says.
  for (const code of rows.filter((each) => each !== 'ELIBACC')) {
    const { errno, message } = new VPollError(code as ErrorCode, 'call');
    assert.is(errnoName(-errno), code);
    assert.not.match(message, 'unknown error');
  }
});

test.run();
