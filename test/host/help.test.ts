// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300

// Every help text fits into 80 columns, in a pipe and on a terminal of any width, with no escape code in it; messages are broken on a terminal alone, where a
// line also says what is being done.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { root } from '../support/run.js';
import { runtime } from '../support/runtime.js';

const COMMAND = [process.execPath, ...(runtime === 'deno' ? ['run', '--allow-all'] : []), join(root, 'build/cli.js')];
const NAMES = ['completion', 'demo', 'doctor', 'run', 'serve', 'sim'];
const HELPS = [['--help'], ...NAMES.map((name) => [name, '--help']), ...NAMES.map((name) => ['help', name])];

const folder = mkdtempSync(join(tmpdir(), 'vpoll-help-'));
writeFileSync(join(folder, 'good'), 'print hello\n');

test.after(() => {
  rmSync(folder, { recursive: true });
});

/** What a command prints into a pipe. */
function inPipe(words: readonly string[], env: NodeJS.ProcessEnv = process.env): string {
  const [program, ...args] = [...COMMAND, ...words];
  const { stdout, stderr } = spawnSync(program!, args, { cwd: folder, encoding: 'utf8', timeout: 120_000, env });
  return stdout + stderr;
}

/** What it prints on a terminal of so many columns, both outputs. `to` stands behind the command in a shell's line. */
function onTerminal(words: readonly string[], columns: number, to = '', env: NodeJS.ProcessEnv = {}): string {
  const typed = [...COMMAND, ...words].map((word) => `'${word}'`).join(' ');
  const args = ['-qec', `stty cols ${columns}; ${typed} ${to}`, '/dev/null'];
  const options = {
    cwd: folder,
    encoding: 'utf8',
    timeout: 120_000,
    input: '',
    env: { ...process.env, TERM: 'xterm', ...env },
  } as const;
  const { stdout, error } = spawnSync('script', args, options);
  if (error) throw error;
  return stdout.replaceAll('\r\n', '\n');
}

/** Lines that are longer. */
function wider(text: string, columns: number): string[] {
  return text.split('\n').filter((line) => line.length > columns);
}

const withScript = needs(test, 'script', 'stty');

test('help in a pipe: 80 columns and no escape code, whatever the environment says of colours', () => {
  for (const words of HELPS) {
    const text = inPipe(words, { ...process.env, FORCE_COLOR: '3', NO_COLOR: '', COLUMNS: '200' });
    assert.match(text, 'Examples:', words.join(' '));
    assert.equal(wider(text, 80), [], words.join(' '));
    assert.not.match(text, /\x1b/);
  }
});

withScript('help on a terminal: no wider than that, never more than 80 columns, and no escape code', () => {
  for (const [columns, width] of [
    [80, 80],
    [200, 80],
    [70, 70],
  ] as const) {
    for (const words of HELPS) {
      const text = onTerminal(words, columns, '', { NO_COLOR: '1' });
      assert.match(text, 'Examples:', words.join(' '));
      assert.equal(wider(text, width), [], `${words.join(' ')} at ${columns}`);
      assert.not.match(text, /\x1b/);
    }
  }
});

withScript('a message is one line in a pipe, and broken between words on a terminal', () => {
  const words = ['demo', '--backend', 'nonsense'];
  const line = inPipe(words);
  assert.is(line.split('\n').length, 2);
  assert.ok(line.length > 80, line);
  for (const columns of [80, 40]) {
    const text = onTerminal(words, columns);
    assert.equal(wider(text, columns), []);
    assert.is(text.replaceAll('\n  ', ' '), line);
  }
});

withScript(
  'what takes its time says on a terminal what it does, and takes that away; not in a pipe, nor where TERM is dumb',
  () => {
    for (const [words, said] of [
      [['sim', 'good'], 'running good ...'],
      [['doctor', '--json'], 'trying socketpair ...'],
    ] as const) {
      const text = onTerminal(words, 80, '> /dev/null');
      assert.match(text, said);
      assert.ok(text.endsWith('\r\x1b[K'), JSON.stringify(text));
      assert.is(onTerminal(words, 80, '> /dev/null', { TERM: 'dumb' }), '');
      assert.is(onTerminal(words, 80, '> /dev/null 2>err; cat err'), '');
    }
  },
);

test.run();
