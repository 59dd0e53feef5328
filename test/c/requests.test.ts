// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest

// What a C program may ask, and what it is told: a program that was linked with Debian's library and runs with ours.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { ADD, BACKENDS, DEL, drive, DRIVER, EBADF, EINVAL, EOPNOTSUPP, FD, numbers, on, SET } from './support/driver.js';

const LIBRARY = needs(test, ...DRIVER);
const folder = mkdtempSync(join(tmpdir(), 'vpoll-c-'));

test.after(() => {
  rmSync(folder, { recursive: true });
});

for (const backend of BACKENDS) {
  const ask = (...commands: string[]): number[] => numbers(drive(commands, { env: on(backend) }));

  LIBRARY(`${backend}: flags`, () => {
    const flagsOf = (flags: number): string => drive([`create 0 ${flags}`, `flags ${FD}`], { env: on(backend) })[1]!;
    assert.is(flagsOf(0), '0 0');
    assert.is(flagsOf(1), '1 0');
    assert.is(flagsOf(0x80000), '1 0');
    assert.is(flagsOf(0x80001), '1 0');
    assert.is(flagsOf(0x800), '0 0x800');
    assert.equal(ask('create 0 2', 'create 0 0x40000000', 'create 0 -1'), [-EINVAL, -EINVAL, -EINVAL]);
  });

  LIBRARY(`${backend}: bits that nobody can set, and other operations`, () => {
    const bits = [0x20, 0x800, 0x1000, 0x4000, 0x8000, 1 << 27, 1 << 30, 0x80000001];
    for (const bit of bits) {
      assert.equal(ask(`create ${bit} 1`), [-EINVAL]);
      assert.equal(
        ask('create 1 1', `ctl ${FD} ${ADD} ${bit}`, `ctl ${FD} ${SET} ${bit}`, `ctl ${FD} ${DEL} ${bit & ~1}`).slice(1),
        [-EINVAL, -EINVAL, 0],
        String(bit),
      );
    }
    assert.equal(ask('create 0 1', `ctl ${FD} 0 1`, `ctl ${FD} 4 1`, `ctl ${FD} -1 1`).slice(1), [-EINVAL, -EINVAL, -EINVAL]);
  });

  LIBRARY(`${backend}: what is no vpoll is left alone`, () => {
    const answers = ask(
      'pipe',
      'put 5',
      `ctl 4 ${ADD} 1`,
      `ctl 4 ${DEL} 1`,
      'close 4',
      'waiting 4',
      'ctl -1 1 1',
      'ctl 99 1 1',
      'close 99',
    );
    assert.equal(answers.slice(2), [-EBADF, -EBADF, -EBADF, 1, -EBADF, -EBADF, -EBADF]);
  });

  LIBRARY(`${backend}: a dup, a child, and closing`, () => {
    const commands = ['create 0 1', 'count', `dup ${FD}`, 'ctl 6 1 1', 'show 6', `child ${FD} 1 4`, `show ${FD}`, `close ${FD}`];
    const answers = drive(commands, { env: on(backend) });
    const number = answers[2]!;
    const again = drive(
      commands.map((command) => command.replace(/\b6\b/, number)),
      { env: on(backend) },
    );
    assert.is(again[3], '0');
    assert.is(Number(again[4]) & 0x7, 1);
    assert.is(again[5], 'child 0');
    assert.is(Number(again[6]) & 0x7, 5);
    assert.is(again[7], '0');
  });

  LIBRARY(`${backend}: nothing stays open`, () => {
    const life = ['create 0 1', `ctl ${FD} 1 1`, `ctl ${FD} 2 1`, `ctl ${FD} 3 0x15`, `close ${FD}`, `close ${FD}`];
    const answers = ask(...life, 'count', ...Array.from({ length: 50 }, () => life).flat(), 'count');
    assert.is(answers.at(-1), answers[6]);
    assert.equal(answers.slice(0, 6), [FD, 0, 0, 0, 0, -EBADF]);
  });

  LIBRARY(`${backend}: an ADD is an edge each time, a DEL is none`, () => {
    const answers = ask(
      'create 0 1',
      `watch ${FD}`,
      'edge',
      `ctl ${FD} 1 1`,
      'edge',
      'edge',
      `ctl ${FD} 1 1`,
      'edge',
      `ctl ${FD} 2 1`,
      'edge',
    );
    assert.is(answers[2], 0);
    assert.is(answers[4]! & 1, 1);
    assert.is(answers[5], 0);
    assert.is(answers[7]! & 1, 1);
    assert.is(answers[9], 0);
  });
}

LIBRARY('a close behind our back: the hidden end is closed when the number is met again', () => {
  for (const backend of ['tcp', 'socketpair']) {
    const answers = numbers(
      drive(['create 0 1', `rawclose ${FD}`, 'count', 'create 0 1', `close ${FD}`, 'count'], { env: on(backend) }),
    );
    assert.is(answers[5], answers[2]! - 1, backend);
  }
});

LIBRARY('VPOLL_BACKEND, VPOLL_NEEDS, VPOLL_STRICT and VPOLL_FUSE say which backend, or why none', () => {
  const trace = join(folder, 'chosen');
  const chosen = (env: Record<string, string>): string => {
    rmSync(trace, { force: true });
    const [answer] = numbers(drive(['create 0 1'], { env: { ...env, VPOLL_TRACE: trace } }));
    return answer! < 0 ? String(answer) : /= \d+, (\w+)/.exec(readFileSync(trace, 'utf8'))![1]!;
  };
  assert.is(chosen({ VPOLL_BACKEND: 'socketpair' }), 'socketpair');
  assert.is(chosen({ VPOLL_BACKEND: 'tcp', VPOLL_NEEDS: 'PRI' }), 'tcp');
  assert.is(chosen({ VPOLL_BACKEND: 'socketpair', VPOLL_NEEDS: 'EPOLLIN|pollout' }), 'socketpair');
  assert.is(chosen({ VPOLL_BACKEND: 'socketpair', VPOLL_NEEDS: '0x2' }), String(-EOPNOTSUPP));
  assert.is(chosen({ VPOLL_BACKEND: 'tcp', VPOLL_NEEDS: ' ERR, 16 ' }), String(-EOPNOTSUPP));
  assert.is(chosen({ VPOLL_FUSE: 'off', VPOLL_BACKEND: 'fuse' }), String(-EOPNOTSUPP));
  // A policy says what is done with a mask that can't be shown; it never chooses.
  const first = chosen({});
  for (const policy of ['0', '1', 'passing']) assert.is(chosen({ VPOLL_STRICT: policy }), first, policy);
  assert.is(chosen({ VPOLL_BACKEND: 'tcp', VPOLL_NEEDS: 'HUP|OUT', VPOLL_STRICT: 'passing' }), 'tcp');
  assert.is(chosen({ VPOLL_BACKEND: 'tcp', VPOLL_NEEDS: 'HUP|OUT', VPOLL_STRICT: '1' }), String(-EOPNOTSUPP));
  for (const [name, value] of [
    ['VPOLL_BACKEND', 'pipe'],
    ['VPOLL_BACKEND', 'TCP'],
    ['VPOLL_NEEDS', 'UP'],
    ['VPOLL_NEEDS', '|'],
    ['VPOLL_NEEDS', 'IN|'],
    ['VPOLL_NEEDS', '|IN'],
    ['VPOLL_NEEDS', 'IN| |OUT'],
    ['VPOLL_NEEDS', '0x800'],
    ['VPOLL_NEEDS', '0x'],
    ['VPOLL_NEEDS', '99999999999'],
    ['VPOLL_STRICT', 'yes'],
    ['VPOLL_FUSE', 'no'],
  ] as const) {
    assert.is(chosen({ [name]: value }), String(-EINVAL), `${name}=${value}`);
  }
});

LIBRARY('over tcp, VPOLL_STRICT: 1 refuses what only a passing bit could make, passing makes it', () => {
  const requests = ['create 0 1', `ctl ${FD} 1 16`, `show ${FD}`, `ctl ${FD} 3 1`, `show ${FD}`];
  const answers = (env: Record<string, string>): number[] => numbers(drive(requests, { env: { ...on('tcp'), ...env } })).slice(1);
  assert.equal(answers({ VPOLL_STRICT: '1' }), [-EOPNOTSUPP, 0, 0, 0x41]);
  assert.equal(answers({ VPOLL_STRICT: 'passing' }), [0, 0x10, 0, 0x41]);
  assert.equal(answers({}), [0, 0x2155, 0, 0x2155]);
});

/** Runs the driver with a limit of open descriptors, getrlimit(2). */
const limited = (limit: number): string[] => ['sh', '-c', `ulimit -n ${limit} && exec "$0"`];

LIBRARY('the last descriptors: EMFILE, nothing is lost, and there is room again', () => {
  for (const backend of ['tcp', 'socketpair']) {
    const creates = Array.from({ length: 8 }, () => 'create 0 1');
    const commands = ['count', ...creates, `close ${FD}`, 'create 1 1', `show ${FD}`, ...creates, 'rawclose 3', 'count'];
    const answers = numbers(drive(commands, { env: on(backend), before: limited(14) }));
    const made = creates.map((_, i) => answers[i + 1]!).filter((answer) => answer >= 0).length;
    assert.ok(made >= 2 && made < 8, `${backend}: ${made} of 8`);
    assert.equal(
      answers.slice(made + 1, 9),
      Array.from({ length: 8 - made }, () => -24),
      backend,
    );
    assert.equal(answers.slice(9, 12), [0, FD, 0x41], backend);
    // The driver's epoll makes room for what counts.
    const later = answers.slice(12, 20).filter((answer) => answer >= 0).length;
    assert.is(answers.at(-1)! - answers[0]!, 2 * (made + later) - 1, backend);
  }
});

const withMany = needs(test, ...DRIVER, {
  name: '20,000 descriptors',
  has: spawnSync('sh', ['-c', 'ulimit -n 20000']).status === 0,
});

withMany('thousands of vpolls, and numbers beyond all notes', () => {
  const count = 3000;
  const fds = Array.from({ length: count }, (_, i) => FD + 2 * i);
  const commands = [
    ...fds.map(() => 'create 0 1'),
    ...fds.map((fd) => `ctl ${fd} ${ADD} ${fd % 4 === 0 ? 1 : 4}`),
    ...fds.map((fd) => `show ${fd}`),
    `dup2 ${FD} 17000`,
    `ctl 17000 ${SET} 4`,
    `show ${FD}`,
    'close 17000',
    ...fds.map((fd) => `close ${fd}`),
    'count',
  ];
  const answers = numbers(drive(commands, { env: on('socketpair'), before: limited(20_000) }));
  const expected = [
    ...fds,
    ...fds.map(() => 0),
    ...fds.map((fd) => (fd % 4 === 0 ? 0x41 : 0x304)),
    17_000,
    0,
    0x304,
    0,
    ...fds.map(() => 0),
  ];
  assert.equal(answers.slice(0, -1), expected);
  assert.is(answers.at(-1), numbers(drive(['count']))[0]);
});

const withNamespaces = needs(test, ...DRIVER, 'unshare', {
  name: 'user namespaces',
  has: spawnSync('unshare', ['-rn', 'true']).status === 0,
});

withNamespaces('a bare network namespace, with loopback down: a socketpair', () => {
  const file = join(folder, 'bare');
  const commands = ['create 0 1', `ctl ${FD} 1 5`, `show ${FD}`, `ctl ${FD} 3 0x10`, `show ${FD}`, `close ${FD}`];
  const answers = numbers(drive(commands, { env: { VPOLL_TRACE: file, VPOLL_FUSE: 'off' }, before: ['unshare', '-rn'] }));
  assert.equal(answers, [FD, 0, 0x345, 0, 0x2051, 0]);
  assert.match(readFileSync(file, 'utf8'), /^\[\d+\] vpoll_create\(0x0\) = \d+, socketpair,/);
});

test.run();
