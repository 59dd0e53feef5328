// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, vm library

// The examples run by the command that their index has for them, and print what stands below it. Those in other languages: stacks.test.ts.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { root } from '../support/run.js';
import { blocksOf, commandsOf } from './support/blocks.js';
import { INDEX, runCommand } from './support/index-command.js';

const withPython = needs(test, 'python3');

function runExample(name: string, ...args: string[]): string[] {
  const stdout = execFileSync(process.execPath, [`examples/${name}`, ...args], { cwd: root, encoding: 'utf8', timeout: 30_000 });
  return stdout.trim().split('\n');
}

test('every example is in the index, with a command and its output', () => {
  const text = readFileSync(join(root, INDEX), 'utf8');
  const examples = readdirSync(join(root, 'examples')).filter((name) => name !== 'README.md');
  assert.equal(
    examples.filter((name) => !text.includes(`](${name})`)),
    [],
  );
  const blocks = [...text.matchAll(/^```sh\n/gm)];
  assert.is(commandsOf(INDEX).length, blocks.length);
  assert.ok(blocks.length >= examples.length);
});

test('each program says in its head by which command it is run', () => {
  const text = readFileSync(join(root, INDEX), 'utf8');
  for (const name of readdirSync(join(root, 'examples')).filter((each) => each.endsWith('.mjs'))) {
    const head = /Run: (node \S+)/.exec(readFileSync(join(root, 'examples', name), 'utf8'))?.[1];
    assert.ok(head !== undefined && text.includes(head), `${name}: ${head}`);
  }
});

test("pages and examples name events by words; a number is what C's functions take, and what comes back", () => {
  const guides = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  const onPages = ['README.md', ...guides.map((name) => `docs/${name}`)].flatMap((page) =>
    blocksOf(page).flatMap(({ kind, code }): [string, string][] => (kind === 'js' ? [[page, code]] : [])),
  );
  const examples = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:mjs|ts)$/.test(name))
    .map((name): [string, string] => [`examples/${name}`, readFileSync(join(root, 'examples', name), 'utf8')]);
  assert.ok(onPages.length > 10 && examples.length > 8);
  // C's functions are told by their names; a mask that came back is asked by `&`.
  const asked = /(?<!& |vpoll_ctl\([^)]*|vpoll_create\([^)]*|select\.)\bEPOLL[A-Z]+\b(?![^;{}]*\} from )/g;
  assert.equal(
    [...onPages, ...examples].flatMap(([name, code]) => [...code.matchAll(asked)].map(([constant]) => `${name}: ${constant}`)),
    [],
  );
});

/** The last line of two processes says which carrier it is: what a socket's HUP brings along is the index's own remark. */
function normalise(command: string, text: string): string {
  if (!command.includes('two-processes')) return text;
  return text.replace(/^GOT event (?:2011|2015)$/m, 'GOT event 10');
}

for (const { code, output } of commandsOf(INDEX)) {
  const command = code.trim();
  // message-socket.test.ts and stacks.test.ts have the others.
  if (!/^(?:node examples|npx vpoll sim)/.test(command)) continue;
  withPython(`${command}: the lines of the index`, () => {
    assert.is(normalise(command, runCommand(command, tmpdir())), output);
  });
}

test('lost-wakeup.mjs: the bug is found, made small, and seen again by the command that is printed; the right reactor passes', () => {
  const lines = runExample('lost-wakeup.mjs');
  const command = lines.find((line) => line.startsWith('replay: '))!.slice('replay: '.length);
  assert.match(
    lines.at(-2)!,
    /^found in run \d+ \(seed \d+\): stuck, nobody will wake reactor: reactor waits for a wait of a Poller since [\d.]+ ms$/,
  );
  const replayed = execFileSync('/bin/sh', ['-c', command], { cwd: root, encoding: 'utf8', timeout: 30_000 });
  assert.match(replayed, /^found in run 1: stuck/m);
  const hash = /hash is (\w+)/.exec(lines.at(-1)!)![1]!;
  assert.match(replayed, hash);
  assert.equal(runExample('lost-wakeup.mjs', 'fixed'), ['1000 runs, all well']);
});

test("simulated-demos.mjs: the seed's lines", () => {
  const kernel = ['timeout...', ...['1', '1', '3', '2', '4', '10'].flatMap((events) => ['timeout...', `GOT event ${events}`])];
  assert.equal(runExample('simulated-demos.mjs', 'eventfd'), kernel);
  assert.equal(runExample('simulated-demos.mjs', 'device'), kernel);
});

test.run();
