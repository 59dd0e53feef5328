// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 600
// runs: one backend, vm emulators/tcp

// `vpoll doctor` finds out what a backend does by a trial of each bit: the matrix on this kernel, and exactly the one bit that a kernel lies
// about or that a carrier loses.

import { spawnSync } from 'node:child_process';
import { release } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { getCore } from '../../src/core.js';
import { createBench } from '../../src/doctor/bench.js';
import { BITS, examine } from '../../src/doctor/examine.js';
import { examineAll } from '../../src/doctor/report.js';
import { EPOLLHUP, EPOLLPRI, formatEvents, Poller } from '../../src/index.js';
import { BACKENDS } from '../../src/backends.js';
import type { Bench, BitReport, Report } from '../../src/doctor/types.js';
import { openLibc } from '../../src/runtime.js';
import { CLOSEST, createWorld, EVENTFD } from '../fake-host.js';
import { needs } from '../support/needs.js';
import { root } from '../support/run.js';
import { runtime } from '../support/runtime.js';
import { CHEAPEST, FIRST, HERE, isHere } from '../support/here.js';
import { countOnceDown, steadyCount } from './support/libc.js';

const onTcp = needs(test, { name: 'loopback', has: isHere('tcp') });
const NAMES = BITS.map((bit) => formatEvents(bit));

/** x exact, r reversible, w wakes, e edge. */
function letters({ exact, reversible, wakes, edge }: BitReport): string {
  return [exact && 'x', reversible && 'r', wakes && 'w', edge && 'e'].map((letter) => letter || '-').join('');
}

function matrix(bits: Record<string, BitReport>): Record<string, string> {
  return Object.fromEntries(Object.entries(bits).map(([name, bit]) => [name, letters(bit)]));
}

const ALL = Object.fromEntries(NAMES.map((name) => [name, 'xrwe']));
/** Runs that a test makes at the most: each takes seconds in a guest. */
const RUNS_MAX = process.env.VPOLL_GUEST === undefined ? Infinity : 3;
const NONE = { RDBAND: '----', MSG: '----' };
const ON_TCP = { ...ALL, ...NONE, RDNORM: '-rwe', WRNORM: '-rwe', WRBAND: '----', HUP: '--we', RDHUP: '--we' };
const ON_SOCKETPAIR = {
  ...{ ...ALL, ...NONE, PRI: '----', ERR: '----', HUP: '--we', RDHUP: '--we' },
  ...{ RDNORM: '-rwe', WRNORM: '-rwe', WRBAND: '-rwe' },
};

/** What it prints where the environment says nothing of VPOLL_*, but for `words`, and its status. */
function runIn(words: Readonly<Record<string, string>>, ...args: string[]): { status: number | null; stdout: string } {
  const none = { VPOLL_BACKEND: '', VPOLL_NEEDS: '', VPOLL_ORDER: '', VPOLL_FUSE: '' };
  const options = { encoding: 'utf8', timeout: 120_000, env: { ...process.env, ...none, NO_COLOR: '1', ...words } } as const;
  const { status, stdout, stderr } = spawnSync('node', [join(root, 'build/cli.js'), 'doctor', ...args], options);
  assert.is(stderr, '');
  return { status, stdout };
}

/** The same where create() makes one. */
function doctorIn(words: Readonly<Record<string, string>>, ...args: string[]): string {
  const { status, stdout } = runIn(words, ...args);
  assert.is(status, 0, stdout);
  return stdout;
}

const doctor = (...args: string[]): string => doctorIn({}, ...args);

test('doctor: the first line says what create() takes here and what it shows, --json likewise', () => {
  const limits = { tcp: 'only shows IN, PRI, OUT and ERR freely', socketpair: 'only shows IN and OUT freely' };
  const all = [
    [{}, FIRST],
    [{ VPOLL_ORDER: 'seed' }, HERE.find((name) => name !== 'fuse' && name !== 'tcp')!],
    [{ VPOLL_FUSE: 'off' }, HERE.find((name) => name !== 'fuse')!],
    [{ VPOLL_BACKEND: 'socketpair' }, 'socketpair'],
    [{ VPOLL_NEEDS: 'IN|OUT' }, CHEAPEST[0]!],
  ] as const;
  for (const [words, backend] of all.slice(0, RUNS_MAX)) {
    const by = Object.entries(words).map(([name, value]) => `${name}=${value}`);
    const limit = backend in limits ? limits[backend as keyof typeof limits] : undefined;
    const [first, second, third] = doctorIn(words).split('\n');
    assert.is(first, `create() takes: ${backend}${by.length > 0 ? ` (${by.join(', ')})` : ''}`);
    assert.ok(second!.startsWith(`it shows:       ${limit ?? 'every mask exactly'}`), second);
    assert.match(third!, /^(to get better: |  +)/);
    if (by.length > 0 && backend !== 'socketpair') continue;
    const { version, create } = JSON.parse(doctorIn(words, '--json')) as Report;
    assert.equal([version, create.backend, create.exact, create.by], [2, backend, limit === undefined, by]);
    assert.ok((create.limit ?? '').startsWith(limit ?? ''), create.limit ?? '');
  }
});

test('doctor: where create() throws, it names what is wrong, examines all the same, and ends with 1', () => {
  const all = [
    ['VPOLL_ORDER', 'none', 'truest or seed'],
    ['VPOLL_BACKEND', 'zzz', `auto, ${BACKENDS.slice(1).join(', ')}`],
  ] as const;
  for (const [name, value, words] of all) {
    const { status, stdout: text } = runIn({ [name]: value });
    assert.is(status, 1);
    assert.is(text.split('\n')[0], `create() takes: nothing (${name}=${value})`);
    const said = text.replaceAll(/\n +/g, ' ');
    assert.match(
      said,
      `\nit shows:       nothing: EINVAL: invalid argument, vpoll_create: ${name} in the environment must be one of ${words}, not '${value}'\n`.replace(
        'one of truest',
        'truest',
      ),
    );
    assert.match(said, `\nto get better:  unset ${name}, or say another\n`);
    assert.match(text, release());
    assert.match(text, /^ctl ns .* \d/m);
  }
  const { status, stdout } = runIn({ VPOLL_NEEDS: 'UP' }, '--json');
  assert.equal([status, (JSON.parse(stdout) as Report).create.backend], [1, null]);
});

// In a guest there is no helper that would be started.
if (FIRST === 'fuse')
  needs(test, 'unshare', { name: 'root', has: process.getuid?.() === 0 })(
    'doctor: where a helper would do harm, it says why none is started, and what to do',
    () => {
      const args = ['-pf', '--mount-proc', 'node', join(root, 'build/cli.js'), 'doctor'];
      const env = { ...process.env, NO_COLOR: '1', VPOLL_BACKEND: '' };
      const { status, stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8', timeout: 120_000, env });
      assert.is(status, 0, stderr);
      const said = stdout.replaceAll(/\n +/g, ' ');
      assert.match(said, /^create\(\) takes: tcp\nit shows: +only shows IN, PRI, OUT and ERR freely/);
      assert.match(said, /\nto get better: +no helper of fuse is started: this program is process 1.*; run it under an init/);
    },
  );

test('doctor --json: the matrix of this kernel, with what each costs and how to get the rest', () => {
  const { kernel, backends } = JSON.parse(doctor('--json')) as Report;
  assert.is(kernel, release());
  assert.equal(
    backends.map(({ name }) => name),
    BACKENDS.slice(1),
  );
  for (const { name, available, reason, remedy, bits, ctl_ns, wake_ns, fds } of backends) {
    if (!available) {
      assert.ok(reason);
      assert.ok(remedy);
      assert.equal([bits, ctl_ns, wake_ns, fds], [{}, null, null, null]);
      continue;
    }
    assert.equal(matrix(bits), name === 'tcp' ? ON_TCP : name === 'socketpair' ? ON_SOCKETPAIR : ALL, name);
    assert.ok(ctl_ns! > 0 && wake_ns! > 0);
    assert.is(fds, name === 'tcp' || name === 'socketpair' ? 2 : 1);
  }
  assert.ok(backends.some(({ available }) => available));
});

test('doctor: a line for each backend, and a remedy for each that is missing', () => {
  const text = doctor();
  for (const name of BACKENDS.slice(1)) assert.match(text, name);
  assert.match(text, release());
  for (const name of NAMES) assert.match(text, new RegExp(`^${name} `, 'm'));
  assert.equal(
    text.split('\n').filter((line) => line.length > 80),
    [],
  );
  if (!isHere('device')) assert.match(text, /device: not available: .*\n\s+to get it: (?:.*\n\s+)?.*vpoll\.ko/);
});

/** What doctor prints, on a terminal or into a pipe, where the environment says `words` of colours and nothing else. */
function painted(where: 'terminal' | 'pipe', words: Readonly<Record<string, string>>): string {
  // By env(1): of what Deno starts, no variable can be taken away.
  const without = ['env', '-u', 'NO_COLOR', '-u', 'FORCE_COLOR', 'TERM=xterm'];
  const said = Object.entries(words).map(([name, value]) => `${name}=${value}`);
  const before = runtime === 'deno' ? ['run', '--allow-all'] : [];
  const all = [...without, ...said, process.execPath, ...before, join(root, 'build/cli.js'), 'doctor'];
  const line = `'${all.join("' '")}'`;
  const args = where === 'terminal' ? ['-c', 'script -qec "$1" /dev/null', 'sh', line] : ['-c', line];
  const { status, stdout, stderr } = spawnSync('sh', args, { encoding: 'utf8', timeout: 120_000, input: '' });
  assert.is(status, 0, stderr);
  assert.match(stdout, 'socketpair');
  return stdout;
}

needs(test, 'script')(
  'doctor: in colours on a terminal, or where FORCE_COLOR asks for them; not where NO_COLOR says a word',
  () => {
    const all = [
      ['terminal', {}, true],
      ['terminal', { NO_COLOR: '' }, true],
      ['terminal', { NO_COLOR: '1' }, false],
      ['terminal', { TERM: 'dumb' }, false],
      ['pipe', {}, false],
      ['pipe', { FORCE_COLOR: '1' }, true],
      ['pipe', { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
    ] as const;
    for (const [where, words, isColoured] of all.slice(0, RUNS_MAX)) {
      assert.is(/\x1b\[3/.test(painted(where, words)), isColoured, `${where} ${JSON.stringify(words)}`);
    }
  },
);

test('doctor: a reason and a remedy are told as they are, whatever parentheses are in them', async () => {
  const { core } = createWorld({ eventfd: 'ours' });
  for (const why of [
    { reason: 'it said: no (really)', remedy: 'ask (politely) again' },
    { reason: 'it said: no (really)', remedy: undefined },
  ]) {
    const bench = { ...fakeBench((events) => events), prepare: () => Promise.resolve(why) };
    for (const { available, reason, remedy } of (await examineAll(core, bench)).backends)
      assert.equal({ available, reason, remedy }, { available: false, reason: why.reason, remedy: why.remedy ?? null });
  }
});

/** A bench over the fake kernel, where every bit is right unless `lie` changes what a poller is told. */
function fakeBench(lie: (events: number, how: 'poll' | 'level' | 'edge' | 'wake') => number): Bench {
  const world = createWorld({ eventfd: 'ours' });
  const { core } = world;
  const woken = (fd: number, interest: number, act: () => void): number => {
    world.forget();
    act();
    return world.file(fd).woke(interest) ? world.file(fd).poll() & interest : 0;
  };
  return {
    create: (backend) => core.create(backend, 0, 0, CLOSEST, 0),
    ctl: (fd, op, events) => core.ctl(fd, 0, op, events),
    close: (fd) => core.close(fd, 0),
    poll: (fd) => lie(world.file(fd).poll(), 'poll'),
    level: (fd, interest) => lie(world.file(fd).poll() & interest, 'level'),
    edges: (fd, interest, acts) => acts.map((act) => lie(woken(fd, interest, act), 'edge')),
    wake: (fd, interest, act) => Promise.resolve({ events: lie(woken(fd, interest, act), 'wake'), ns: 1 }),
  };
}

test('over a kernel that lies about nothing every bit is right', async () => {
  assert.equal(
    matrix(
      await examine(
        fakeBench((events) => events),
        EVENTFD,
      ),
    ),
    ALL,
  );
});

test('over a kernel that loses one bit, for one way to look, exactly that is marked', async () => {
  for (const bit of BITS) {
    for (const [how, marked] of [
      ['poll', '--we'],
      ['level', '-rwe'],
      ['edge', 'xrw-'],
      ['wake', 'xr-e'],
    ] as const) {
      const found = await examine(
        fakeBench((events, by) => (by === how ? events & ~bit : events)),
        EVENTFD,
      );
      assert.equal(matrix(found), { ...ALL, [formatEvents(bit)]: marked }, `${how} of ${formatEvents(bit)}`);
    }
  }
});

test('over a kernel that never takes one bit away, that bit is not reversible', async () => {
  const world = { stuck: 0 };
  const found = await examine(
    fakeBench((events, by) => {
      if (by !== 'poll') return events;
      if (events & EPOLLHUP) world.stuck = EPOLLHUP;
      if (events & ~EPOLLHUP) world.stuck = 0;
      return events | world.stuck;
    }),
    EVENTFD,
  );
  assert.equal(matrix(found), { ...ALL, HUP: 'x-we' });
});

onTcp('a tcp connection whose urgent byte is stolen shows no PRI, and all else as ever', async () => {
  // What a thread of Node's waits by, it keeps.
  const poller = Poller.create();
  await poller.wait({ timeoutMs: 1 });
  await poller[Symbol.asyncDispose]();
  const before = await steadyCount();
  const libc = openLibc();
  const recv = libc.func('recv', 'i32', 'ptr', 'len', 'i32');
  const room = new Uint8Array(8);
  const real = createBench(getCore());
  const found = await examine(
    {
      ...real,
      ctl(fd, op, events) {
        const status = real.ctl(fd, op, events);
        if (events & EPOLLPRI) recv(fd, libc.word(libc.address(room.buffer)), libc.word(1), 0x41);
        return status;
      },
    },
    BACKENDS.indexOf('tcp'),
  );
  assert.equal(matrix(found), { ...ON_TCP, PRI: '----' });
  real.end?.();
  // In Bun and Deno a thread waits, and closes what it had when it ends.
  assert.is(await countOnceDown(before), before);
});

test.run();
