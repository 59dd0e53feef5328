// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 600

// The words of a command line: what is wrong with them is told in one line of standard error, and nothing is begun. The status is 2, or 125 in `vpoll run`,
// whose other statuses are its program's. Help and the version go to standard output.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BACKENDS } from '../../src/backends.js';
import { root } from '../support/run.js';
import { runtime } from '../support/runtime.js';

const COMMAND = [...(runtime === 'deno' ? ['run', '--allow-all'] : []), join(root, 'build/cli.js')];
const NAMES = ['completion', 'demo', 'doctor', 'run', 'serve', 'sim'];

let folder: string;

test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'vpoll-usage-'));
  writeFileSync(join(folder, 'good'), 'print hello\n');
  writeFileSync(join(folder, '-good'), 'print hello\n');
});

test.after(() => {
  rmSync(folder, { recursive: true });
});

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function vpoll(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Outcome {
  return spawnSync(process.execPath, [...COMMAND, ...args], { cwd: folder, encoding: 'utf8', timeout: 60_000, input: '', env });
}

/** Words of `vpoll`, and what is said of them. The status is that of their command. */
const WRONG: [words: string[], said: RegExp][] = [
  [[], /which command\? \(completion, demo, doctor, play, run, serve, sim\)/],
  [['nonsense'], /unknown command 'nonsense'/],
  [['toString'], /unknown command 'toString'/],
  [['dmeo'], /Did you mean demo\?/],
  [['-x'], /unknown option '-x'/],
  [['--json', 'doctor'], /unknown option '--json'/],
  [['help', 'nonsense'], /which command\?/],

  [['demo', 'x'], /too many arguments/],
  [['demo', '--sped'], /unknown option '--sped'/],
  [['demo', '-j'], /unknown option '-j'/],
  [['demo', '--no-json'], /unknown option '--no-json'/],
  [['demo', '--json=yes'], /unknown option '--json=yes'/],
  [['demo', '--version'], /unknown option '--version'/],
  [['demo', '--backend'], /'--backend <name>' argument missing/],
  [['demo', '--backend', 'nonsense'], new RegExp(`'nonsense' is invalid.* ${BACKENDS.join(', ')}`)],
  [['demo', '--backend='], /'' is invalid/],
  [['completion'], /missing required argument 'SHELL'/],
  [['completion', 'tcsh'], /'tcsh' is invalid.*bash, zsh, fish/],
  [['doctor', 'x'], /too many arguments/],
  [['doctor', '--', 'x'], /too many arguments/],
  [['doctor', '--fast'], /unknown option '--fast'/],

  [['run'], /missing required argument 'PROGRAM'/],
  [['run', '--'], /missing required argument 'PROGRAM'/],
  [['run', '--count'], /missing required argument 'PROGRAM'/],
  [['run', 'true'], /must be a -- before true, type: vpoll run -- true;/],
  [['run', 'true', '--', 'true'], /type: vpoll run -- true -- true;/],
  [['run', 'sh', '-c', 'echo "$1"', "it's"], /before sh, type: vpoll run -- sh -c 'echo "\$1"' 'it'\\''s';/],
  [['run', '--count', 'ls', '--count'], /before ls, type: vpoll run --count -- ls --count;/],
  [['run', '--unknown', '--', 'true'], /unknown option '--unknown'/],
  [['run', '--version', '--', 'true'], /unknown option '--version'/],

  [['serve'], /missing required argument 'FILE'/],
  [['serve', 'a', 'b'], /too many arguments/],
  [['serve', 'a', '--', 'b'], /too many arguments/],
  [['serve', 'a', '--max-per-user', '3'], /unknown option '--max-per-user' \(Did you mean --max-per-uid\?\)/],
  [['serve', 'a', '--max-per-uid'], /argument missing/],
  [['serve', 'a', '--max-per-uid', 'many'], /'many' is invalid\. It must be a positive number/],
  [['serve', 'a', '--max-per-uid', '0'], /'0' is invalid/],
  [['serve', 'a', '--max-per-uid=-3'], /'-3' is invalid/],
  [['serve', 'a', '--max-per-uid', '2147483648'], /'2147483648' is invalid/],

  [['sim'], /missing required argument 'FILE'/],
  [['sim', 'good', 'good'], /one argument too many: 'good'/],
  [['sim', '--guest', 'p', 'good', 'x'], /before x, type: vpoll sim --guest p good -- x;/],
  [['sim', '--guest', 'p', 'good', 'x', '--', 'y'], /before x, type: vpoll sim --guest p good -- x y;/],
  [['sim', 'good', '--', 'x'], /for a --guest, and there is none/],
  [['sim', '--sede', '1', 'good'], /unknown option '--sede' \(Did you mean --seed\?\)/],
  [['sim', '-s', 'good'], /unknown option '-s'/],
  [['sim', '--seed', 'x', 'good'], /'x' is invalid\. It must be a number of at most 64 bits/],
  [['sim', '--seed', '1', '--seed', 'x', 'good'], /'x' is invalid/],
  [['sim', '--hash', '--trace', 'good'], /'--trace' cannot be used with option '--hash'/],
];

for (const [words, said] of WRONG) {
  test(`vpoll ${words.join(' ')}: wrong`, () => {
    const ran = vpoll(words);
    const command = NAMES.find((name) => name === words[0]);
    assert.equal([ran.status, ran.stdout], [command === 'run' ? 125 : 2, ''], ran.stderr);
    assert.match(ran.stderr, said);
    const name = command === undefined ? 'vpoll' : `vpoll ${command}`;
    assert.ok(ran.stderr.startsWith(`${name}: `), ran.stderr);
    assert.ok(ran.stderr.endsWith(`; ${name} --help says more\n`), ran.stderr);
    assert.is(ran.stderr.split('\n').length, 2, ran.stderr);
  });
}

/** Words that are right, and what is printed. */
const RIGHT: [words: string[], printed: string][] = [
  [['sim', 'good'], 'hello\n'],
  [['sim', '--', '-good'], 'hello\n'],
  [['sim', 'good', '--'], 'hello\n'],
  // Of an option that is there twice the last counts.
  [['sim', '--seed', '1', '--seed=18446744073709551615', 'good'], 'hello\n'],
];

test('what is right is done: -- ends the options, and the last of two options counts', () => {
  for (const [words, printed] of RIGHT) {
    const { status, stdout, stderr } = vpoll(words);
    assert.equal([status, stdout, stderr], [0, printed, ''], words.join(' '));
  }
});

test('--version and -v print the version alone', () => {
  for (const word of ['--version', '-v']) {
    const { status, stdout, stderr } = vpoll([word]);
    assert.equal([status, stderr], [0, '']);
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  }
});

/** How each is used, as the first line of its help says. */
const USAGES: Readonly<Record<string, string>> = {
  '': '[options] COMMAND',
  completion: 'completion [options] SHELL',
  demo: 'demo [options]',
  doctor: 'doctor [options]',
  run: 'run [options] -- PROGRAM [ARGUMENT...]',
  serve: 'serve [options] FILE',
  sim: 'sim [options] FILE [-- ARGUMENT...]',
};

test('help says how a command is used, has none of the options by which one starts itself, and no escape code whatever the environment asks', () => {
  const env = { ...process.env, NO_COLOR: '', FORCE_COLOR: '3', CLICOLOR_FORCE: '1' };
  for (const [name, usage] of Object.entries(USAGES)) {
    const own = name ? [name] : [];
    const { status, stdout, stderr } = vpoll([...own, '--help'], env);
    assert.equal([status, stderr], [0, ''], name);
    assert.is(stdout.split('\n')[0], `Usage: vpoll ${usage}`);
    assert.not.match(stdout, /\x1b|--starter|--generate/);
    assert.is(vpoll(['help', ...own], env).stdout, stdout, name);
  }
  const all = vpoll(['-h']).stdout;
  for (const name of NAMES) assert.match(all, new RegExp(`^  ${name} +[A-Z]`, 'm'));
});

test.run();
