// SPDX-License-Identifier: LGPL-2.1-or-later

// Where a test file runs, as its line `// runs: WORDS` says; one that says nothing runs everywhere. CONTRIBUTING has a table of the words.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RUNTIMES, type RuntimeName } from './runtimes.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The sockets, over which test/real runs once more where the machine has a truer backend. */
export type Socket = 'tcp' | 'socketpair';

/** Under which runtimes a file runs once more: over another backend, or with another helper. */
type Again = 'every runtime' | 'node' | 'nowhere';

export interface Where {
  /** Under Node alone, neither under Bun nor under Deno. */
  isForNode: boolean;
  /** Also under the newest Node (tools/newest-node.ts). */
  isForNewest: boolean;
  /** Only in a guest of test/vm. */
  isForGuest: boolean;
  over: Record<Socket, Again>;
  /** With the helper that a runtime runs, beside the native one. */
  withRuntimeHelper: Again;
  /** The suites of test/vm that run it beside what they run by its folder. */
  vm: string[];
}

export interface TestFile {
  /** From the root of the checkout on: test/core/next.test.ts. */
  readonly file: string;
  readonly where: Where;
}

/** Where a file runs that says nothing. Over several backends is for those of test/real, with two helpers for those of test/fuse. */
function everywhere(file: string): Where {
  const real: Again = file.startsWith('test/real/') ? 'every runtime' : 'nowhere';
  const fuse: Again = file.startsWith('test/fuse/') ? 'every runtime' : 'nowhere';
  return {
    ...{ isForNode: false, isForNewest: true, isForGuest: false },
    ...{ over: { tcp: real, socketpair: real }, withRuntimeHelper: fuse, vm: [] },
  };
}

/** Of `every backend`, `a socketpair` and `every helper`, each with `by node` or without. */
function takeAgain(where: Where, what: string, again: Again): boolean {
  if (what === 'every backend') where.over = { tcp: again, socketpair: again };
  else if (what === 'a socketpair') where.over.socketpair = again;
  else if (what === 'every helper') where.withRuntimeHelper = again;
  else return false;
  return true;
}

/** Takes one word, or two or three that belong together. Whether there is such a word. */
function take(where: Where, word: string): boolean {
  const vm = /^vm ([\w/-]+)$/.exec(word)?.[1];
  if (vm !== undefined) where.vm.push(vm);
  else if (word === 'node') where.isForNode = true;
  else if (word === 'not newest') where.isForNewest = false;
  else if (word === 'a guest') where.isForGuest = true;
  else if (word === 'one backend') where.over = { tcp: 'nowhere', socketpair: 'nowhere' };
  else if (word === 'one helper') where.withRuntimeHelper = 'nowhere';
  else if (word.endsWith(' by node')) return takeAgain(where, word.slice(0, -' by node'.length), 'node');
  else return takeAgain(where, word, 'every runtime');
  return true;
}

/** Where a file runs whose text this is. Throws where its line has a word that there isn't, or where it has two of them. */
export function whereIn(file: string, text: string): Where {
  const where = everywhere(file);
  const lines = [...text.matchAll(/^\/\/ runs: *(.*)$/gm)];
  if (lines.length === 0) return where;
  if (lines.length > 1) throw new Error(`${file} says twice where it runs`);
  for (const word of lines[0]![1]!.split(',').map((each) => each.trim())) {
    if (!take(where, word)) throw new Error(`${file} runs: '${word}' is no word for where (CONTRIBUTING has them)`);
  }
  return where;
}

/** Every test file, in the order of their names. */
export function testFiles(): TestFile[] {
  const names = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith('.test.ts')).map((name) => join('test', name));
  return files.sort().map((file) => ({ file, where: whereIn(file, readFileSync(join(root, file), 'utf8')) }));
}

/** Under which of these runtimes a file runs that isn't for Node alone. */
export function runtimesFor(where: Where, runtimes: readonly RuntimeName[]): readonly RuntimeName[] {
  return where.isForNode ? runtimes.filter((name) => name === 'node') : runtimes;
}

/** Under which a day's run of the whole suite has the file with this index: Node, and one of the others, which take turns. */
export function runtimesInTurns(where: Where, index: number, day: number): readonly RuntimeName[] {
  const others = RUNTIMES.filter((name) => name !== 'node');
  return runtimesFor(where, ['node', others[(index + day) % others.length]!]);
}

/** Whether a file that runs there once more does so under this runtime. */
export function isAgain(again: Again, runtime: RuntimeName): boolean {
  return again === 'every runtime' || (again === 'node' && runtime === 'node');
}
