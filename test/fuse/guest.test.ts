// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one helper

// Where a helper that nobody has asked for would be no good guest: the rules by themselves, and what is found in programs that are so.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { BackendReport, Report, Taken } from '../../src/doctor/types.js';
import { whyHarmful } from '../../src/fuse/guest.js';
import { dropHelper, helperPid } from '../../src/fuse/helper.js';
import { RULES } from '../../src/fuse/policy.js';
import { VPoll } from '../../src/index.js';
import type { Why } from '../../src/why.js';
import { needs } from '../support/needs.js';
import { command, runtime } from '../support/runtime.js';
import { forgetUnder, under } from '../support/under.js';
import { withFuse } from './support/helper.js';
import { gone } from './support/process.js';

type Fact = (typeof RULES)[number]['fact'];

/** A program that is as most are. */
const PLAIN: Partial<Record<Fact, number>> = { classes: 1 };

/** What the rules say of a program that is so, and which facts they asked for. */
function judge(facts: Partial<Record<Fact, number>>): { reason: string | undefined; asked: Fact[] } {
  const asked: Fact[] = [];
  const why = whyHarmful((fact) => {
    asked.push(fact);
    return { ...PLAIN, ...facts }[fact] ?? 0;
  });
  assert.is(why === undefined, why?.remedy === undefined, 'each says what to do');
  return { reason: why?.reason, asked };
}

test('in a program as most are, a helper may be started by itself', () => {
  const { reason, asked } = judge({});
  assert.is(reason, undefined);
  assert.equal(asked, ['secure', 'proc', 'seccomp', 'children', 'init', 'subreaper', 'classes']);
});

test('each rule alone forbids it, and nothing is asked behind it', () => {
  const all = judge({}).asked;
  const reasons = new Set<string>();
  all.forEach((fact, i) => {
    const { reason, asked } = judge({ [fact]: 2 });
    assert.ok(reason, fact);
    assert.equal(asked, all.slice(0, i + 1));
    reasons.add(reason);
  });
  assert.is(reasons.size, all.length);
});

test('seccomp in any mode, any error of /proc, and each real-time class beside whichever else; but not BATCH or IDLE', () => {
  for (const seccomp of [1, 2]) assert.match(judge({ seccomp }).reason!, /seccomp/);
  for (const proc of [2, 13, 24]) assert.match(judge({ proc }).reason!, /\/proc/);
  for (const classes of [0b10, 0b100, 0b1000000, 0b11, 0b101001 | 0b10]) assert.match(judge({ classes }).reason!, /real-time/);
  for (const classes of [0b1000, 0b100000, 0b101001]) assert.is(judge({ classes }).reason, undefined);
});

test('a handler for SIGCHLD forbids it in C alone: a runtime has one of its own', () => {
  assert.is(judge({ sigchld: 1 }).reason, undefined);
  assert.ok(RULES.some((rule) => rule.fact === 'sigchld' && 'isOfC' in rule));
});

test.after(forgetUnder);

/** What a program of this runtime's prints that is so. */
function runUnder(what: readonly string[], program: string, ...words: string[]): string {
  const line = [...command(fileURLToPath(new URL(`programs/${program}.ts`, import.meta.url))), ...words];
  const [first, ...args] = [...(what.length > 0 ? under(...what) : []), ...line];
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VPOLL_')));
  const { status, signal, stdout, stderr } = spawnSync(first!, args, { encoding: 'utf8', env });
  assert.is(status, 0, `${signal}: ${stdout}${stderr}`);
  return stdout.trimEnd();
}

/** Why none is started in one that is so. */
function whyUnder(...what: string[]): Why | null {
  return JSON.parse(runUnder(what, 'why')) as Why | null;
}

test('found: nothing in this program', () => {
  assert.is(whyUnder(), null);
});

const root = { name: 'root', has: process.geteuid!() === 0 };
const asRoot = needs(test, 'cc', root);

for (const [what, reason] of [
  ['init', /process 1/],
  ['subreaper', /PR_SET_CHILD_SUBREAPER/],
  ['secure', /AT_SECURE/],
  ['fifo', /real-time class/],
  ['proc', /\/proc/],
  ['kill:process', /seccomp/],
  ['kill:mount', /seccomp/],
  ['refuse:execve', /seccomp/],
] as const) {
  // Bun and Deno don't begin without it.
  if (what === 'proc' && runtime !== 'node') continue;
  asRoot(`found: ${what}`, () => {
    assert.match(whyUnder(what)?.reason ?? 'nothing', reason);
  });
  withFuse('cc', root)(`${what}: the next backend serves, no process is started, and an error says why`, () => {
    const [closest, strict, ...more] = runUnder([what], 'carrier', 'create', 'strict').split('\n');
    assert.is(closest, 'tcp 2155');
    // access(2) goes by the real user, who may not open the device either.
    assert.match(strict!, what === 'secure' ? /AT_SECURE|may not be opened/ : reason);
    assert.equal(more, []);
  });
}

/** What `vpoll doctor --json` says of fuse in a place, and of what create() takes. */
function doctorUnder(...what: string[]): { fuse: BackendReport; create: Taken } {
  const { backends, create } = JSON.parse(runUnder(what, '../../../src/cli/index', 'doctor', '--json')) as Report;
  return { fuse: backends.find(({ name }) => name === 'fuse')!, create };
}

withFuse('cc', root)(
  'vpoll doctor says by which rule none is started by itself, and what to do; behind a filter it tries nothing',
  () => {
    for (const [what, available, reason, remedy] of [
      ['init', true, /^none is started by itself: this program is process 1/, /docker run --init/],
      ['subreaper', true, /^none is started by itself: .*PR_SET_CHILD_SUBREAPER/, /VPoll\.prepare/],
      // A program that starts a process there is dead.
      ['kill:process', false, /^this thread is under a seccomp filter/, /before the filter is there/],
      ['refuse:execve', false, /^this thread is under a seccomp filter/, /before the filter is there/],
    ] as const) {
      const { fuse, create } = doctorUnder(what);
      assert.is(fuse.available, available, what);
      assert.match(fuse.reason!, reason);
      assert.match(fuse.remedy!, remedy);
      assert.is(create.backend, 'tcp', what);
      assert.ok(fuse.reason!.endsWith(create.reason!), create.reason!);
    }
    assert.equal([doctorUnder().fuse.reason, doctorUnder().create.reason], [null, null]);
  },
);

withFuse()('in a program as most are, a helper is started by itself', () => {
  assert.is(runUnder([], 'carrier', 'create', 'strict'), 'fuse 10\nfuse 10');
});

withFuse(root)('in a chroot without /proc the helper that was there before serves on', () => {
  assert.is(runUnder([], 'carrier', 'create', 'chroot', 'create', 'strict', 'fuse'), Array(4).fill('fuse 10').join('\n'));
});

withFuse('cc', root)('what a program asks for is started all the same: by prepare, needs and backend', () => {
  for (const word of ['needs', 'fuse']) assert.is(runUnder(['init'], 'carrier', word), 'fuse 10', word);
  assert.is(runUnder(['subreaper'], 'carrier', 'create', 'prepare', 'create', 'strict'), 'tcp 2155\nprepared\nfuse 10\nfuse 10');
});

// Bun starts threads as it needs them. There can be none before that child is there, clone(2), and Bun aborts.
if (runtime !== 'bun')
  withFuse(root)('a pid namespace that the next child begins is left to it, whatever asks for a helper', () => {
    const [closest, ...refused] = runUnder([], 'carrier', 'newpid', 'create', 'strict', 'needs', 'fuse', 'prepare', 'fork').split(
      '\n',
    );
    assert.is(closest, 'tcp 2155');
    assert.is(refused.pop(), 'child 1');
    assert.is(refused.length, 4);
    for (const each of refused) assert.match(each, /pid namespace/);
    // What was there before serves on.
    assert.is(runUnder([], 'carrier', 'prepare', 'newpid', 'create', 'fork'), 'prepared\nfuse 10\nchild 1');
  });

if (runtime !== 'bun')
  withFuse('unshare', root)(
    'a pid namespace that the next child enters: a helper is started there only where it is asked for',
    () => {
      const [closest, strict, ...more] = runUnder([], 'carrier', 'otherpid', 'create', 'strict', 'fork').split('\n');
      assert.is(closest, 'tcp 2155');
      assert.match(strict!, /enters another pid namespace/);
      assert.equal(more, ['child 2']);
      for (const word of ['needs', 'fuse']) assert.is(runUnder([], 'carrier', 'otherpid', word), 'fuse 10', word);
      // What was there before serves on.
      assert.is(runUnder([], 'carrier', 'prepare', 'otherpid', 'create', 'fork'), 'prepared\nfuse 10\nchild 2');
    },
  );

withFuse('sh')("a runtime's own children are as they were: each ends as it does, once, and nobody else's does", async () => {
  const ended: string[] = [];
  const start = (name: string): { end: () => void; over: Promise<unknown> } => {
    const child = spawn('sh', ['-c', `read line; exit ${name.length}`], { stdio: ['pipe', 'ignore', 'ignore'] });
    child.on('exit', (code) => ended.push(`${name} ${code}`));
    return { end: () => child.stdin.end(), over: once(child, 'close') };
  };
  const children = ['before', 'while it starts', 'after'].map(start);
  children[0]!.end();
  await children[0]!.over;
  children[1]!.end();
  using vp = VPoll.create({ backend: 'fuse' });
  const pid = helperPid();
  await children[1]!.over;
  children[2]!.end();
  await children[2]!.over;
  assert.equal(ended, ['before 6', 'while it starts 15', 'after 5']);
  assert.is(vp.backend, 'fuse');
  // It is nobody's child here: the parent is the fourth field of proc_pid_stat(5).
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  assert.is.not(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1], String(process.pid));
  vp.close();
  dropHelper();
  await gone(pid);
});

test.run();
