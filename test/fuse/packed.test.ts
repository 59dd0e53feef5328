// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: one helper

// Programs that carry their runtime within them, and others that are no runtime. Where there is no native helper to start (native.test.ts), none is started as a
// helper, and none starts itself again.

import { spawnSync } from 'node:child_process';
import { constants, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Calls } from '../../host/linux/calls.js';
import { dropHelper, helperPid } from '../../src/fuse/helper.js';
import { Question } from '../../src/fuse/program.js';
import { VPoll } from '../../src/index.js';
import { openLibc } from '../../src/runtime.js';
import { refusal } from '../real/support/errors.js';
import { countFds, countOnceDown, settle } from '../real/support/libc.js';
import { Peer } from '../real/support/with-peer.js';
import { run, runTool } from '../support/run.js';
import { traced, type Traced } from '../support/execs.js';
import { runtime } from '../support/runtime.js';
import { start } from './support/cli.js';
import { withFuse } from './support/helper.js';
import { gone, isAlive, until } from './support/process.js';

process.env.VPOLL_FUSE = 'runtime';

test.before(settle);

const index = new URL('../../build/index.js', import.meta.url);
/** Where a program that starts itself without end gives up, so that the test that finds it does no harm. */
const STARTS_MAX = 8;

async function inFolder(use: (path: (name: string) => string) => unknown): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-packed-'));
  try {
    await use((name) => join(folder, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Asks for a helper in each way there is, and prints the outcome. */
const TRIES = `
  const create = () => VPoll.create({ backend: 'fuse' });
  const tries = [create, () => VPoll.prepare('fuse'), create];
  (async () => {
    for (const each of tries) {
      try {
        const vp = await each();
        console.log(vp ? vp.backend : 'ready');
        vp?.close();
      } catch (error) {
        console.log(error.message);
      }
    }
  })();`;

/** The same for a program of one file without import: it notes its start. */
function packedSource(log: string): string {
  const path = JSON.stringify(index.pathname);
  return `
    const fs = require('node:fs');
    fs.appendFileSync(${JSON.stringify(log)}, process.pid + '\\n');
    if (fs.readFileSync(${JSON.stringify(log)}, 'utf8').split('\\n').length > ${STARTS_MAX}) process.exit(7);
    const { VPoll } = require('node:module').createRequire(${path})(${path});
    ${TRIES}`;
}

/** The command lines that run this program with a text of a helper's size, or ask it for its version. */
function startsOf(program: string, { seen }: Traced, what: RegExp): string[] {
  const all = seen.flatMap(({ execs }) => execs);
  return all.filter((line) => line.startsWith(`execve("${program}", `) && what.test(line));
}
const AS_HELPER = /"(-e|eval)"/;
const ASKED = /"--version"/;

const FUSE_SENTINEL = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

if (runtime === 'node')
  withFuse('strace')('a single-executable application of Node: refused by name, and nothing is started', () =>
    inFolder((path) => {
      writeFileSync(path('main.cjs'), packedSource(path('log')));
      const config = { main: path('main.cjs'), output: path('blob'), disableExperimentalSEAWarning: true };
      writeFileSync(path('sea.json'), JSON.stringify(config));
      run(process.execPath, ['--experimental-sea-config', path('sea.json')]);
      copyFileSync(process.execPath, path('app'), constants.COPYFILE_FICLONE);
      runTool('postject', path('app'), 'NODE_SEA_BLOB', path('blob'), '--sentinel-fuse', FUSE_SENTINEL);
      const { stdout, stderr, seen } = traced([path('app')]);
      const lines = stdout.trimEnd().split('\n');
      assert.is(lines.length, 3, stdout + stderr);
      for (const line of lines) assert.match(line, /^EOPNOTSUPP: .*a single-executable application of Node.*\bvpoll\.ko/);
      assert.is(seen.flatMap(({ execs }) => execs).length, 1, 'it alone');
      assert.is(readFileSync(path('log'), 'utf8').split('\n').length, 2);
    }),
  );

if (runtime === 'bun')
  withFuse('strace')('what `bun build --compile` made has a helper, and one only', () =>
    inFolder((path) => {
      writeFileSync(path('main.cjs'), packedSource(path('log')));
      run(process.execPath, ['build', '--compile', path('main.cjs'), '--outfile', path('app')]);
      const found = traced([path('app')]);
      assert.is(found.stdout, 'fuse\nready\nfuse\n', found.stderr);
      assert.is(startsOf(path('app'), found, AS_HELPER).length, 1);
      assert.is(startsOf(path('app'), found, ASKED).length, 1);
      assert.is(readFileSync(path('log'), 'utf8').split('\n').length, 2, 'neither runs the program');
    }),
  );

withFuse('strace')('a runtime under another name is one', () =>
  inFolder((path) => {
    writeFileSync(path('main.mjs'), `import { VPoll } from ${JSON.stringify(index.href)};${TRIES}`);
    copyFileSync(process.execPath, path('renamed'), constants.COPYFILE_FICLONE);
    const found = traced([path('renamed'), ...(runtime === 'deno' ? ['run', '--allow-all'] : []), path('main.mjs')]);
    assert.is(found.stdout, 'fuse\nready\nfuse\n', found.stderr);
    assert.is(startsOf(path('renamed'), found, AS_HELPER).length, 1);
    assert.is(startsOf(path('renamed'), found, ASKED).length, 1);
  }),
);

/** What each of those leaves for others to see; Deno's own mark stands in for a program that `deno compile` would have to be downloaded for. */
const MARKS: readonly (readonly [name: string, mark: string])[] = [
  ['Electron', `Object.defineProperty(process.versions, 'electron', { value: '40.0.0' })`],
  ['NW.js', `Object.defineProperty(process.versions, 'nw', { value: '0.100.0' })`],
  ['pkg', 'process.pkg = {}'],
  ['nexe', 'process.__nexe = {}'],
  ...(runtime === 'deno'
    ? [['deno compile', `Object.defineProperty(Deno, 'build', { value: { ...Deno.build, standalone: true } })`] as const]
    : []),
];

for (const [name, mark] of MARKS)
  withFuse()(`${name}: refused by name, and nothing is started`, async () => {
    await Peer.with({}, async (peer) => {
      // To start the program would be another error.
      await peer.run((_, text) => void (0, eval)(text), `process.execPath = '/nowhere'; ${mark}`);
      for (const refused of [
        await peer.refused(({ vpoll }) => vpoll.VPoll.create({ backend: 'fuse' })),
        await peer.refused(({ vpoll }) => vpoll.VPoll.prepare('fuse')),
      ]) {
        assert.is(refused.code, 'EOPNOTSUPP');
        assert.match(refused.message, new RegExp(`\\b${name}\\b.*runs no text`));
      }
    });
  });

/** Runs `use` with another program as this runtime's. */
async function withProgram(path: string, use: () => unknown): Promise<void> {
  const { execPath } = process;
  process.execPath = path;
  try {
    await use();
  } finally {
    process.execPath = execPath;
  }
}

/** Programs that answer something else, or in another way. */
const OTHERS: readonly (readonly [what: string, script: string, says: string])[] = [
  ['one that says its own version', 'echo v1.2.3', "'v1.2.3'"],
  ['one with parentheses in what it says', "echo 'app 1.2 (a build (of today))'", "'app 1.2 (a build (of today))'"],
  ['one that says nothing', 'exit 0', "''"],
  ['one that never stops talking', 'exec yes again', "'again'"],
];

for (const [what, script, says] of OTHERS)
  withFuse('sh')(`a program that is no runtime, ${what}: it is asked once, and refused`, () =>
    inFolder(async (path) => {
      const log = path('log');
      writeFileSync(path('app'), `#!/bin/sh\necho "$VPOLL_FUSE $*" >>'${log}'\n${script}\n`, { mode: 0o755 });
      await withProgram(path('app'), async () => {
        const before = countFds();
        const first = refusal(() => VPoll.create({ backend: 'fuse' }), 'EOPNOTSUPP', 'vpoll_create');
        assert.ok(first.message.includes(`app --version says ${says} where this runtime says`), first.message);
        const again = await VPoll.prepare('fuse').then(
          () => undefined,
          (error: unknown) => error as Error,
        );
        assert.match(again?.message ?? '', `app --version says ${says}`);
        assert.is(await countOnceDown(before), before);
      });
      assert.is(readFileSync(log, 'utf8'), 'off --version\n');
    }),
  );

withFuse('sh')('one that gives no answer at all is ended, with what it has started', () =>
  inFolder(async (path) => {
    writeFileSync(path('app'), `#!/bin/sh\nsleep 1000 &\necho $! $$ >'${path('log')}'\nwait\n`, { mode: 0o755 });
    await withProgram(path('app'), async () => {
      const before = countFds();
      const question = new Question(new Calls(openLibc()));
      assert.ok('wait' in question.begin());
      const pids = (): number[] => (spawnSync('cat', [path('log')], { encoding: 'utf8' }).stdout.match(/\d+/g) ?? []).map(Number);
      await until('it runs', () => pids().length === 2);
      const all = pids();
      assert.ok(all.every(isAlive));
      const step = question.giveUp('no answer');
      assert.ok('failure' in step && step.failure.reason.includes("says 'no answer'"), JSON.stringify(step));
      for (const pid of all) await gone(pid);
      assert.is(await countOnceDown(before), before);
    });
  }),
);

withFuse()('a program that is gone: refused, and asked again when it is back', async () => {
  await withProgram('/nowhere/at/all', () => {
    const error = refusal(() => VPoll.create({ backend: 'fuse' }), 'EOPNOTSUPP', 'vpoll_create');
    assert.match(error.message, "/nowhere/at/all can't be started: ENOENT");
  });
  using vp = VPoll.create({ backend: 'fuse' });
  assert.is(vp.backend, 'fuse');
});

if (runtime === 'node')
  withFuse()('vpoll doctor, serve and run say it too', () =>
    inFolder(async (path) => {
      const env = { NODE_OPTIONS: '--import "data:text/javascript,process.pkg={}"' };
      const { stdout } = await start(['doctor', '--json'], [], env).outcome;
      const { backends } = JSON.parse(stdout) as { backends: Record<'name' | 'reason' | 'remedy', string>[] };
      const fuse = backends.find(({ name }) => name === 'fuse')!;
      assert.is(fuse.reason, 'a helper would be this program once more, and it is a program made by pkg, which runs no text');
      assert.is(fuse.remedy, 'load vpoll.ko, or have "vpoll serve" make /dev/vpoll');
      const served = await start(['serve', path('vpoll')], [], env).outcome;
      assert.is(served.status, 1);
      assert.match(served.stderr, /^vpoll serve: EOPNOTSUPP: .*made by pkg/);
      const ran = await start(['run', '--', 'true'], [], env).outcome;
      assert.is(ran.status, 125);
      assert.match(ran.stderr, /^vpoll run: EOPNOTSUPP: .*made by pkg/);
    }),
  );

test.after(() => {
  const pid = helperPid();
  dropHelper();
  return gone(pid);
});

test.run();
