// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: node

// What `vpoll completion` prints completes words in the shell itself: bash and zsh on a terminal, where words are typed and Tab is pressed; fish by its own complete(1).

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { root } from '../support/run.js';

const folder = mkdtempSync(join(tmpdir(), 'vpoll-completion-'));
writeFileSync(join(folder, 'race.scenario'), '');
writeFileSync(join(folder, 'server.wasm'), '');

test.after(() => {
  rmSync(folder, { recursive: true });
});

function script(shell: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'build/cli.js'), 'completion', shell], {
    encoding: 'utf8',
  });
  assert.equal([status, stderr], [0, '']);
  const file = join(folder, `completion.${shell}`);
  writeFileSync(file, stdout);
  return file;
}

/** What is typed before Tab, and the words of the line afterwards. */
const TYPED: readonly (readonly [typed: string, words: string])[] = [
  ['do', 'doctor'],
  ['comp', 'completion'],
  ['--vers', '--version'],
  ['help ser', 'help serve'],
  ['completion zs', 'completion zsh'],
  ['demo --fa', 'demo --fast'],
  ['demo --backend sock', 'demo --backend socketpair'],
  ['run --cou', 'run --count'],
  ['run -- mkfif', 'run -- mkfifo'],
  ['run -- cat race', 'run -- cat race.scenario'],
  ['sim rac', 'sim race.scenario'],
  ['sim --gue', 'sim --guest'],
  ['sim --guest ser', 'sim --guest server.wasm'],
  ['serve --max', 'serve --max-per-uid'],
];
/** Where there is nothing that could be meant, the words stay. */
const ALONE = ['doctor --no', 'demo x', 'sim --seed rac', 'nonsense rac'];

const PROMPT = 'READY:';
const PATIENCE_MS = 60_000;

/** A shell on a terminal: what is typed behind each prompt is given one after the other. All that was printed. */
function typeInto(program: string, args: readonly string[], start: readonly string[], lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env.PATH, HOME: folder, TERM: 'dumb', LANG: 'C.UTF-8' };
    const line = [program, ...args].map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['-qec', line, '/dev/null'], { cwd: folder, env });
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${program} does not go on:\n${all}`));
    }, PATIENCE_MS);
    let all = '';
    let from = 0;
    const todo = [...lines, 'exit\n'];
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      all += chunk;
      const at = all.indexOf(`\n${PROMPT}`, from);
      if (at < 0) return;
      from = at + 1;
      child.stdin.write(todo.shift() ?? '');
    });
    child.on('error', reject).on('close', () => {
      clearTimeout(timer);
      resolve(all);
    });
    // The prompt is said in two parts, so that the echo of what sets it isn't taken for it.
    child.stdin.write(start.map((each) => `${each}\n`).join(''));
  });
}

/** What the shell made of the words: it prints them by a function of that name. */
async function complete(program: string, args: readonly string[], start: readonly string[]): Promise<string[]> {
  const lines = [...TYPED.map(([typed]) => typed), ...ALONE].map((typed) => `vpoll ${typed}\t\n`);
  const printed = await typeInto(program, args, start, lines);
  return [...printed.matchAll(/GOT<(.*?) *>TOG/g)].map(([, words]) => words!);
}

const WANTED = [...TYPED.map(([, words]) => words), ...ALONE];

needs(
  test,
  'bash',
  'script',
)('bash', async () => {
  const start = [
    `vpoll() { printf 'GO''T<%s>TOG\\n' "$*"; }`,
    `source '${script('bash')}'`,
    "bind 'set bell-style none'",
    `PS1=READ''Y:`,
  ];
  assert.equal(await complete('bash', ['--norc', '--noprofile', '-i'], start), WANTED);
});

needs(
  test,
  'zsh',
  'script',
)('zsh', async () => {
  const start = [
    'autoload -U compinit; compinit -u -D',
    'unsetopt beep list_beep',
    `vpoll() { print -r -- "GO""T<$*>TOG" }`,
    `source '${script('zsh')}'`,
    `PS1=READ''Y:`,
  ];
  assert.equal(await complete('zsh', ['-f', '-i', '-o', 'no_prompt_sp', '-o', 'no_prompt_cr'], start), WANTED);
});

needs(test, 'fish')('fish', () => {
  const file = script('fish');
  const ask = (typed: string): string[] => {
    const args = ['--no-config', '-c', `source '${file}'; complete -C ${JSON.stringify(`vpoll ${typed}`)}`];
    const env = { PATH: process.env.PATH, HOME: folder, TERM: 'dumb', LANG: 'C.UTF-8' };
    const { status, stdout, stderr } = spawnSync('fish', args, { cwd: folder, encoding: 'utf8', env, timeout: PATIENCE_MS });
    assert.equal([status, stderr], [0, '']);
    return stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t')[0]!]));
  };
  for (const [typed, words] of TYPED)
    assert.ok(ask(typed).includes(words.split(' ').at(-1)!), `${typed}: ${ask(typed).join(', ')}`);
  for (const typed of ALONE) assert.equal(ask(typed), [], typed);
  assert.equal(ask('sim --ha'), ['--hash']);
});

test.run();
