// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 400
// runs: node, not newest

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type FileResult, runFile } from '../../tools/run-file.js';
import { partOfDay } from '../../tools/daily.js';
import { RUNTIMES } from '../../tools/runtimes.js';
import { isAgain, runtimesFor, runtimesInTurns, testFiles, whereIn } from '../../tools/where.js';
import { needs } from '../support/needs.js';
import { root } from '../support/run.js';

const folder = mkdtempSync(join(tmpdir(), 'vpoll-runner-'));
const needsUrl = new URL('../support/needs.ts', import.meta.url).href;
const header = `import { test } from '${import.meta.resolve('uvu')}';\nimport { needs } from '${needsUrl}';\n`;
const good = "test('good', () => {});\n";

test.after(() => {
  rmSync(folder, { recursive: true });
});

/** What the runner makes of a test file with this text, with `env` on top of an environment that is not CI. */
async function outcome(text: string, env: NodeJS.ProcessEnv = {}): Promise<FileResult> {
  const file = join(folder, 'case.mts');
  writeFileSync(file, header + text);
  const before = process.env;
  process.env = { ...before, CI: '', VPOLL_NO_SKIP: '', ...env };
  try {
    return await runFile(file);
  } finally {
    process.env = before;
  }
}

function counts({ passed, failed, skipped }: FileResult): number[] {
  return [passed, failed, skipped];
}

test('counts what passed and what failed', async () => {
  const result = await outcome(`${good}test('bad', () => { throw new Error('because'); });\ntest.run();`);
  assert.equal(counts(result), [1, 1, 0]);
  assert.equal(result.faults, []);
  assert.match(result.output, 'because');
});

test('a file that crashes fails', async () => {
  assert.equal(counts(await outcome("throw new Error('crash');")), [0, 1, 0]);
});

test('a file that prints nothing fails', async () => {
  const result = await outcome(good);
  assert.equal(counts(result), [0, 1, 0]);
  assert.equal(result.faults, ['printed no summary']);
});

test('a file without tests fails', async () => {
  const result = await outcome('test.run();');
  assert.equal(counts(result), [0, 1, 0]);
  assert.equal(result.faults, ['ran no test']);
});

test('a file whose event loop runs dry fails', async () => {
  assert.equal(counts(await outcome("test('stuck', () => new Promise(() => {}));\ntest.run();"))[1], 1);
});

test('a status other than 0 after good tests fails', async () => {
  const result = await outcome(`${good}test.run();\nsetTimeout(() => process.exit(3), 300);`);
  assert.equal(counts(result), [1, 1, 0]);
  assert.equal(result.faults, ['exited with status 3']);
});

test('a file that takes too long is ended, with what it started', async () => {
  const text = `// timeout: 6\nimport { spawn } from 'node:child_process';\nspawn('sleep', ['60'], { stdio: 'inherit' });\n${good}test.run();`;
  const result = await outcome(text);
  assert.equal(result.faults, ['took more than 6 s']);
  assert.ok(result.elapsed_s < 40);
});

/** Starts `sleep 60` by `command`, which ends itself. */
function leaving(...command: string[]): string {
  return `import { spawnSync } from 'node:child_process';\nspawnSync(${JSON.stringify(command[0])}, ${JSON.stringify(command.slice(1))});\n${good}test.run();`;
}

test('a process that outlives its test is a failure, and is ended', async () => {
  const text = `import { spawn } from 'node:child_process';\nspawn('sleep', ['60'], { stdio: 'inherit' }).unref();\n${good}test.run();`;
  const { faults } = await outcome(text);
  assert.is(faults.length, 1);
  const pid = /^left processes running: (\d+) sleep 60$/.exec(faults[0]!)?.[1];
  assert.ok(pid, faults[0]);
  assert.not(existsSync(`/proc/${pid}`));
});

test('so is one in a session of its own, with no parent and an empty environment', async () => {
  const text = leaving('sh', '-c', 'setsid -f env -i sleep 60 <&- >/dev/null 2>&1');
  const { faults } = await outcome(text);
  assert.is(faults.length, 1);
  assert.match(faults[0]!, /^left processes running: \d+ sleep 60$/);
});

test('a process that ends soon after its test is none', async () => {
  assert.equal((await outcome(leaving('sh', '-c', 'setsid -f sleep 1 <&- >/dev/null 2>&1'))).faults, []);
});

test('a file that stays behind is a failure, and is removed', async () => {
  const text = `import { writeFileSync } from 'node:fs';\nimport { tmpdir } from 'node:os';\nwriteFileSync(tmpdir() + '/crumb', '');\nconsole.log('in ' + tmpdir() + '.');\n${good}test.run();`;
  const { faults, output } = await outcome(text);
  assert.equal(faults, ['left files: crumb']);
  assert.not(existsSync(/^in (.*)\.$/m.exec(output)![1]!));
});

needs(test, { name: 'root', has: process.geteuid!() === 0 })(
  'a mount that stays behind is a failure, and is taken away',
  async () => {
    const { faults } = await outcome(leaving('sh', '-c', 'touch "$TMPDIR/x" && mount --bind /dev/null "$TMPDIR/x"'));
    assert.is(faults.length, 2);
    assert.match(faults[0]!, /^left mounts: .*\/x$/);
    assert.is(faults[1], 'left files: x');
    assert.not.match(readFileSync('/proc/self/mounts', 'utf8'), faults[0]!.replace('left mounts: ', ''));
  },
);

test('a skip without a reason is a failure', async () => {
  const result = await outcome(`${good}test.skip('later', () => {});\ntest.run();`);
  assert.equal(result.faults, ['skipped 1 tests and gave 0 reasons']);
});

const lacksTool = `${good}needs(test, 'no-such-tool')('bad luck', () => {});\ntest.run();`;
const lacksKernel = `${good}needs(test, { name: 'EFD_VPOLL', has: false })('bad luck', () => {});\ntest.run();`;

test('a missing tool is a skip that says why', async () => {
  const result = await outcome(lacksTool);
  assert.equal(counts(result), [1, 0, 1]);
  assert.equal(result.skips, ['SKIP bad luck: needs no-such-tool']);
});

test('a missing tool is a failure in CI', async () => {
  assert.equal(counts(await outcome(lacksTool, { CI: 'true' })), [1, 1, 0]);
});

test('what can not be installed is a skip in CI, and a failure where none is allowed', async () => {
  assert.equal(counts(await outcome(lacksKernel, { CI: 'true' })), [1, 0, 1]);
  assert.equal(counts(await outcome(lacksKernel, { VPOLL_NO_SKIP: '1' })), [1, 1, 0]);
});

test('a file that says nothing runs everywhere', () => {
  const again = { tcp: 'every runtime', socketpair: 'every runtime' };
  const everywhere = {
    isForNode: false,
    isForNewest: true,
    isForGuest: false,
    withRuntimeHelper: 'nowhere',
    vm: [],
  };
  assert.equal(whereIn('test/real/x.test.ts', good), { ...everywhere, over: again });
  // Only test/real reads VPOLL_BACKEND, and only test/fuse reads VPOLL_FUSE.
  assert.equal(whereIn('test/core/x.test.ts', good).over, { tcp: 'nowhere', socketpair: 'nowhere' });
  assert.is(whereIn('test/fuse/x.test.ts', good).withRuntimeHelper, 'every runtime');
});

test('a file says in a line of words where it runs, and each counts after those before it', () => {
  const where = whereIn(
    'test/real/x.test.ts',
    '// timeout: 9\n// runs: node, not newest, one backend, a socketpair by node, vm c/masks, vm sim\n',
  );
  assert.ok(where.isForNode && !where.isForNewest && !where.isForGuest);
  assert.equal(where.over, { tcp: 'nowhere', socketpair: 'node' });
  assert.equal(where.vm, ['c/masks', 'sim']);
  assert.ok(
    isAgain('node', 'node') && !isAgain('node', 'bun') && isAgain('every runtime', 'deno') && !isAgain('nowhere', 'node'),
  );
  assert.equal(whereIn('test/docs/x.test.ts', '// runs: every backend').over, {
    tcp: 'every runtime',
    socketpair: 'every runtime',
  });
  assert.is(whereIn('test/fuse/x.test.ts', '// runs: a guest, every helper by node').withRuntimeHelper, 'node');
});

test('a word for where that there is not is refused, and so is a second line', () => {
  for (const word of ['nodes', 'every backends', 'one backend by node', 'vm', ''])
    assert.throws(() => whereIn('test/a.test.ts', `// runs: node, ${word}\n`), `test/a.test.ts runs: '${word}' is no word`);
  assert.throws(() => whereIn('test/a.test.ts', '// runs: node\n// runs: bun\n'), 'says twice');
});

/** What the runner says that it ran: a runtime and a file, `node test/FILE`. */
function ran(env: NodeJS.ProcessEnv, ...args: string[]): string[] {
  const options = { cwd: root, encoding: 'utf8', env: { ...process.env, ...env } } as const;
  const { stdout } = spawnSync(process.execPath, ['--import', 'tsx', 'tools/test.ts', ...args], options);
  return [...stdout.matchAll(/^(?:ok  |FAIL) (\S+ \S+):/gm)].map(([, what]) => what!).sort();
}

test('the runner does what the files say', () => {
  const [once, each] = ['test/vm/config.test.ts', 'test/host/errnos.test.ts'];
  assert.equal(ran({ VPOLL_RUNTIME: undefined }, once, each), [`bun ${each}`, `deno ${each}`, `node ${each}`, `node ${once}`]);
  assert.equal(ran({}, '--runtime', 'node', '--newest', once, each), [`node ${each}`]);
  const inGuest = testFiles().filter(({ where }) => where.isForGuest);
  assert.ok(inGuest.length > 0);
  assert.equal(ran({ VPOLL_GUEST: undefined }, '--runtime', 'node', once, ...inGuest.map(({ file }) => file)), [`node ${once}`]);
});

test('of the whole suite each file runs under Node each day, and under the others in turns', () => {
  const [anywhere, forNode] = [whereIn('test/real/x.test.ts', ''), whereIn('test/real/x.test.ts', '// runs: node')];
  for (const index of [0, 1, 2]) {
    const days = [20_000, 20_001].map((day) => runtimesInTurns(anywhere, index, day));
    assert.equal(
      days.map(([first]) => first),
      ['node', 'node'],
    );
    assert.equal(days.flatMap((names) => names.slice(1)).sort(), ['bun', 'deno'], 'each has had its turn after two days');
    assert.equal(runtimesInTurns(forNode, index, 20_000), ['node']);
  }
  assert.is.not(runtimesInTurns(anywhere, 0, 20_000)[1], runtimesInTurns(anywhere, 1, 20_000)[1], 'each has a half each day');
  assert.equal(runtimesFor(anywhere, RUNTIMES), [...RUNTIMES], 'all, where a file is named');
  assert.equal(runtimesFor(forNode, ['bun']), []);
});

test('a part for each day: after as many days as there are parts, each item had its turn once', () => {
  const items = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  for (const parts of [1, 2, 3, 7, 9]) {
    const days = Array.from({ length: parts }, (_, i) => partOfDay(items, parts, 20_000 + i).part);
    assert.equal(days.flat().sort(), items);
  }
  assert.match(partOfDay(items, 3, 20_000).line, 'part 3 of 3, as on each such day: 2 of 7 (VPOLL_DAY=20000 has the same)');
  const file = 'test/host/errnos.test.ts';
  const days = ['0', '1'].map((VPOLL_DAY) => ran({ VPOLL_DAY }, '--runtime', 'node', '--daily', '2', file));
  assert.equal(days, [[`node ${file}`], []]);
});

test.run();
