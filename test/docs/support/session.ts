// SPDX-License-Identifier: LGPL-2.1-or-later

// A page that is a session: files that are written and changed, and commands with what they print, from its top to its bottom.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { programOf } from '../../../tools/runtimes.js';
import { runtime } from '../../support/runtime.js';
import { blocksOf } from './blocks.js';

/** A command of the page, and what it came to. */
export interface Command {
  readonly command: string;
  /** What stands below it, where anything does. */
  readonly shown: string | undefined;
  readonly printed: string;
  readonly status: number | null;
}

/** Changes a file as a diff says: each hunk, after a line of three dashes, must be there once. */
function change(folder: string, diff: string): void {
  const [head, ...hunks] = diff.split(/^---(?: .*)?\n/m);
  assert.is(head, '');
  const file = join(folder, /^--- (.+)$/m.exec(diff)![1]!);
  for (const hunk of hunks) {
    const lines = hunk.split('\n').slice(0, -1);
    const side = (without: string): string =>
      lines.flatMap((line) => (line.startsWith(without) ? [] : [`${line.slice(1)}\n`])).join('');
    const [before, ...behind] = readFileSync(file, 'utf8').split(side('+'));
    assert.is(behind.length, 1, `this is there ${behind.length} times: ${side('+')}`);
    writeFileSync(file, `${before}${side('-')}${behind[0]}`);
  }
}

/** `VARIABLE=VALUE... node ARGUMENT...`, under this runtime; what only Node has, its test runner, under Node. */
function play(folder: string, command: string): Pick<Command, 'printed' | 'status'> {
  const words = command.trim().split(' ');
  const at = words.indexOf('node');
  const args = words.slice(at + 1);
  const name = args[0] === '--test' ? 'node' : runtime;
  const before = name === 'deno' ? ['run', '--allow-all'] : [];
  const given = Object.fromEntries(words.slice(0, at).map((word) => word.split(/=(.*)/s).slice(0, 2))) as NodeJS.ProcessEnv;
  const env = { ...process.env, ...given };
  // Else node:test takes it for a test of its own.
  delete env.NODE_TEST_CONTEXT;
  const options = { cwd: folder, encoding: 'utf8', timeout: 60_000, env } as const;
  const { stdout, stderr, status } = spawnSync(programOf(name), [...before, ...args], options);
  // The command that is printed has the paths of this machine.
  const printed = `${stdout}${stderr}`.replace(/^(replay: \S+) .*\/(\w+\.mjs)/gm, '$1 node $2');
  return { printed, status };
}

/** Plays the page in this folder, command by command. */
export function* playSession(page: string, folder: string): Generator<Command> {
  const blocks = blocksOf(page);
  for (const [index, { kind, code }] of blocks.entries()) {
    const next = blocks[index + 1];
    if (kind === 'js') writeFileSync(join(folder, /^\/\/ ([\w.-]+\.mjs)/.exec(code)![1]!), code);
    else if (kind === 'diff') change(folder, code);
    else if (kind === 'sh') {
      yield { command: code.trim(), shown: next?.kind === 'text' ? next.code : undefined, ...play(folder, code) };
    }
  }
}
