// SPDX-License-Identifier: LGPL-2.1-or-later

// What it takes to see a failure again: its choices as text, the name of its simulation, and what is said where it is gone.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { explore, simulate, type Kernel, type Tasks } from '../../src/sim/index.js';
import { decode, encode } from '../../src/sim/replay.js';
import { runtime } from '../support/runtime.js';
import { counters } from './support/counters.js';
import { expectError, exploreQuietly, quietly } from './support/simulated.js';

/** Runs a program that imports build/sim.js: what it says on standard error; `again`: what the command that it reports says. */
function saysWith(replay: string | undefined, text: string, again = false): string {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-replay-'));
  try {
    const sim = new URL('../../build/sim.js', import.meta.url).href;
    writeFileSync(join(folder, 'main.mjs'), `import { explore, simulate } from ${JSON.stringify(sim)};\n${text}`);
    const args = [...(runtime === 'deno' ? ['run', '--allow-all'] : []), join(folder, 'main.mjs')];
    const env = { ...process.env, ...(replay === undefined ? {} : { VPOLL_SIM_REPLAY: replay }) };
    const first = spawnSync(process.execPath, args, { encoding: 'utf8', env });
    assert.is(first.status, 0, first.stderr);
    if (!again) return first.stderr;
    const [, command] = /^replay: (.*)$/m.exec(first.stderr)!;
    const second = spawnSync('sh', ['-c', command!], { encoding: 'utf8', env: process.env });
    assert.is(second.status, 0, second.stderr);
    return second.stderr;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const TWO = `
  await simulate({ name: 'one', tasks: { only: async ({ sleep }) => sleep(1) } });
  await explore({ name: 'two', runs: 2, tasks: () => ({ only: async ({ sleep }) => sleep(1) }) });`;

test('a replay of a simulation that there is not is told at the end; of one that there is, nothing', () => {
  for (const wrong of ['onee:2ps..', 'three', ':2ps..'])
    assert.is(saysWith(wrong, TWO), `VPOLL_SIM_REPLAY=${wrong}: no simulation of that name has run here, only 'one', 'two'\n`);
  for (const right of ['one:2pse..', 'two:2psb', '', undefined]) assert.is(saysWith(right, TWO), '');
});

/** Two races that look the same, in one program. What each comes to is said. */
const RACES = `
  const race = () => {
    let count = 0;
    const add = async ({ sleep }) => { const before = count; await sleep(0); count = before + 1; };
    return { a: add, b: add, last: async ({ sleep }) => { await sleep(9); if (count !== 2) throw new Error('lost'); } };
  };
  const say = (text) => console.error(text);
  for (const name of NAMES) {
    const { runs, failure, replay } = await explore({ name, tasks: race, report: () => {} });
    say([runs, failure?.message, replay].join(' '));
  }`;

test('the environment replays the one simulation that it names, whatever the name is, and no other', () => {
  const names = ["it's: a race (1)", "it's", 'two\nlines', 'ünïcode → ✓'];
  const program = RACES.replace('NAMES', JSON.stringify(names));
  const plain = saysWith(undefined, program).trimEnd().split('\n');
  assert.is(plain.length, names.length);
  const replay = plain[0]!.split(' ').at(-1)!;
  for (const [i, name] of names.entries()) {
    const lines = saysWith(`${name}:${replay}`, program).trimEnd().split('\n');
    for (const [j, line] of lines.entries()) assert.is(line, i === j ? `1 lost ${replay}` : plain[j], name);
  }
});

test('the command of a report makes the failure again in a shell', () => {
  const names = ['it\'s $HOME: `a` "race" \\\\ 1'];
  const program = RACES.replace('NAMES', () => JSON.stringify(names)).replace('report: () => {}', 'report: say');
  assert.match(saysWith(undefined, program, true), /\n1 lost 2f/);
});

test('calls without a name are told apart by a count, and one of them alone is replayed', () => {
  const program = RACES.replace('NAMES', '[undefined, undefined, undefined]').replace(
    '() => {} }',
    '(text) => say(/REPLAY=(.*):/.exec(text)[1]) }',
  );
  const plain = saysWith(undefined, program).trimEnd().split('\n');
  assert.equal([plain[0], plain[2], plain[4]], ['simulation', 'simulation-2', 'simulation-3']);
  const replay = plain[1]!.split(' ').at(-1)!;
  const again = saysWith(`simulation-2:${replay}`, program).trimEnd().split('\n');
  assert.equal([again[1], again[3], again[5]], [plain[1], `1 lost ${replay}`, plain[5]]);
});

test('a name is one simulation: another call with it is refused, its replay is not', async () => {
  const found = await exploreQuietly({ tasks: counters, name: 'taken' });
  await expectError(
    explore({ tasks: counters, name: 'taken' }),
    'EINVAL',
    /another simulation of this process has the name 'taken'/,
  );
  await expectError(simulate({ tasks: counters(), name: 'taken' }), 'EINVAL', /'taken'/);
  const again = await exploreQuietly({ tasks: counters, name: 'taken', replay: found.replay });
  assert.is(again.failure?.message, found.failure!.message);
  assert.is(again.result!.hash, found.result!.hash);
  // A call that was refused for something else has taken no name.
  await expectError(explore({ tasks: counters, name: 'free', runs: 0 }), 'EINVAL', /runs/);
  await expectError(explore({ tasks: counters, name: 'free', replay: 'x' }), 'EINVAL', /no replay/);
  assert.ok((await exploreQuietly({ tasks: counters, name: 'free' })).failure);
});

test('a call without a name has the title of the test that runs, where its runner tells it', async () => {
  const title = 'counter > counts "twice"';
  const global = globalThis as { [key: symbol]: unknown };
  const key = Symbol.for('expect-global');
  const nameOf = async (): Promise<string> =>
    (await exploreQuietly({ tasks: counters })).said.split(': at ')[0]!.replace(/^seed \d+, /, '');
  global[key] = { getState: () => ({ currentTestName: title }) };
  try {
    assert.equal([await nameOf(), await nameOf()], [title, `${title}-2`]);
    await expectError(explore({ tasks: counters, name: `${title}-2` }), 'EINVAL', /another simulation/);
  } finally {
    Reflect.deleteProperty(global, key);
  }
  assert.match(await nameOf(), /^simulation/);
});

/** Fails until it is mended. */
const broken = (isMended: boolean) => (): Tasks => ({
  only: async ({ sleep }: Kernel) => {
    await sleep(1);
    if (!isMended) throw new Error('broken');
  },
});

test('a replay whose failure is gone is a failure of its own; one of a run that passed may pass', async () => {
  const found = await exploreQuietly({ tasks: broken(false) });
  const gone = await exploreQuietly({ tasks: broken(true), replay: found.replay });
  assert.is(gone.failure?.kind, 'gone');
  assert.match(gone.said, /the failure is gone/);
  assert.is((await quietly(broken(true)(), { replay: found.replay })).failure?.kind, 'gone');
  assert.is((await quietly(broken(false)(), { replay: found.replay })).failure?.message, 'broken');
  const passed = await quietly(broken(true)());
  assert.is((await quietly(broken(true)(), { replay: passed.replay })).failure, undefined);
  assert.is((await exploreQuietly({ tasks: broken(true), replay: passed.replay })).failure, undefined);
  // simulate makes no check, so it can't say of a failure of one that it is gone.
  const check = (): void => {
    throw new Error('no');
  };
  const checked = await exploreQuietly({ tasks: broken(true), check });
  assert.is((await quietly(broken(true)(), { replay: checked.replay })).failure, undefined);
  assert.is((await exploreQuietly({ tasks: broken(true), replay: checked.replay })).failure?.kind, 'gone');
  assert.is((await exploreQuietly({ tasks: broken(true), check, replay: checked.replay })).failure?.message, 'no');
});

test('a report shows the last steps as a table, with the names of tasks and descriptors', async () => {
  const { said } = await exploreQuietly({
    name: 'table',
    strategy: 'round-robin',
    time: 'exact',
    tasks: () => ({
      consumer: async ({ VPoll, Poller, sleep }: Kernel) => {
        const vp = VPoll.create();
        const poller = Poller.create();
        poller.add(vp, 1, { edge: true });
        // A wait beside the first has a thread of its own, and its task's name all the same.
        await Promise.all([
          poller.wait(),
          sleep(2).then(() => {
            vp.add(5);
          }),
        ]);
        vp.close();
        throw new Error('enough');
      },
      other: ({ sleep }: Kernel) => sleep(1),
    }),
  });
  assert.is(
    said.replace(/\nreplay: .*$/s, ''),
    `seed 0, table: at 2 ms consumer threw: enough
     ms  who       what
  0.000  consumer  creates vpoll 3
  0.000  consumer  creates poller 4
  0.000  consumer  adds vpoll 3 to poller 4 for IN, edge
  0.000  consumer  waits for poller 4
  0.000  consumer  sleeps 2 ms
  0.000  other     sleeps 1 ms
  1.000            wakes other (time)
  1.000  other     has slept
  2.000            wakes consumer (time)
  2.000  consumer  has slept
  2.000  consumer  adds IN|OUT to vpoll 3; wakes consumer (IN|OUT)
  2.000  consumer  gets IN of vpoll 3 from poller 4
  2.000  consumer  closes vpoll 3`,
  );
});

test('choices go into text and out of it, with and without what a list ends with', async () => {
  const list = [0, 0, 0, 3, 3, 1, 35, 36, 255, 5000];
  for (const choices of [
    { isMerged: false, isBusy: true, schedule: list, faults: [], times: [1, 2] },
    { isMerged: true, isBusy: false, schedule: [], faults: [1], times: [] },
    { isMerged: false, isBusy: false, schedule: [], faults: [], times: [] },
    { isMerged: false, isBusy: true, schedule: [], faults: [], times: [], chance: Number.MAX_SAFE_INTEGER },
    { isMerged: false, isBusy: false, schedule: [1], faults: [], times: [2], chance: 0 },
  ]) {
    for (const ending of ['f', 'p', 'c'] as const) {
      const text = encode({ choices, ending });
      assert.equal(decode(text, 'test'), { choices, ending });
      assert.ok(!text.endsWith('.'));
      const dots = '.'.repeat(5 - text.split('.').length);
      assert.equal(decode(`${text}${dots}\n`, 'test'), { choices, ending });
    }
  }
  const choices = { isMerged: false, isBusy: false, schedule: [1, 0, 0], faults: [0, 0], times: [0] };
  assert.is(encode({ choices, ending: 'f' }), '2fse.1');
  for (const [text, why] of [
    ['', /no replay/],
    ['2', /no replay/],
    ['2fse.x y', /no choice/],
    ['2fse.1.2.3.4.5', /more than 3 lists and a seed/],
    ['2fse.1.2.3.!', /no choice/],
    ['2fse.1.2.3.zzzzzzzzzzz', /no choice/],
    ['2qse..', /no replay/],
    ['2fse.1_zzzz-1_zzzz.', /no choice/],
    ['2fse.1__2.', /no choice/],
    ['s.1.', /form 1, and this version of vpoll reads form 2 alone/],
    ['m..1', /form 1/],
    ['3fse.1', /form 3/],
  ] as const) {
    await expectError(
      Promise.resolve().then(() => decode(text, 'test')),
      'EINVAL',
      why,
    );
  }
});

test.run();
