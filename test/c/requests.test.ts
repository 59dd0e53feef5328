// SPDX-License-Identifier: LGPL-2.1-or-later

// What a C program may ask, and what it is told: a program that was linked with Debian's library and runs with ours.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { ADD, DEL, drive, DRIVER, EBADF, EINVAL, EOPNOTSUPP, FD, numbers, SET } from './support/driver.js';
import { compile, execute } from './support/library.js';

const LIBRARY = needs(test, ...DRIVER);
const withThreads = needs(test, 'cmake', 'gcc');
const BACKENDS = ['auto', 'tcp', 'socketpair', ...(existsSync('/dev/fuse') ? ['fuse'] : [])];
const on = (backend: string): Record<string, string> => ({ VPOLL_BACKEND: backend });
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
    ['VPOLL_NEEDS', '0x800'],
    ['VPOLL_NEEDS', '0x'],
    ['VPOLL_NEEDS', '99999999999'],
    ['VPOLL_STRICT', 'yes'],
    ['VPOLL_FUSE', 'no'],
  ] as const) {
    assert.is(chosen({ [name]: value }), String(-EINVAL), `${name}=${value}`);
  }
});

/** Runs the rest of the command line with a terminal as its standard error, and prints what that shows. */
const ON_TERMINAL = `
import os, pty, subprocess, sys
ours, theirs = pty.openpty()
program = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs)
os.close(theirs)
try: print(os.read(ours, 4096).decode(), end='')
except OSError: pass
sys.exit(program.returncode)`;
const withTerminal = needs(test, ...DRIVER, 'python3');

withTerminal('a variable that says nothing known is named in the trace, and once on a terminal; nowhere else', () => {
  const trace = join(folder, 'named');
  for (const [name, value, errno] of [
    ['VPOLL_BACKEND', 'nope', EINVAL],
    ['VPOLL_NEEDS', 'UP', EINVAL],
    ['VPOLL_STRICT', 'yes', EINVAL],
    ['VPOLL_FUSE', 'no', EINVAL],
    ['VPOLL_TRACE', '/no/such/file', 2],
  ] as const) {
    rmSync(trace, { force: true });
    const env = { VPOLL_TRACE: trace, [name]: value };
    assert.equal(numbers(drive(['create 1 1', 'create 1 1'], { env })), [-errno, -errno]);
    if (name !== 'VPOLL_TRACE') {
      const lines = readFileSync(trace, 'utf8').replace(/^\[\d+\] /gm, '');
      assert.is(lines, `vpoll_create(0x1) = -1, errno ${errno}, ${name}=${value}\n`.repeat(2));
    }
    const twice = execute('python3', { args: ['-c', ON_TERMINAL, compile('twice.c')], env });
    assert.is(twice.output.replaceAll('\r', ''), `libvpoll: ${name}=${value}: errno ${errno} from vpoll_create, see vpoll(3)\n`);
    assert.is(twice.status, 1);
  }
  const right = execute('python3', {
    args: ['-c', ON_TERMINAL, compile('twice.c')],
    env: { VPOLL_FUSE: 'on', VPOLL_STRICT: '0' },
  });
  assert.is(right.output, '');
  assert.is(right.status, 0);
  const odd = { VPOLL_BACKEND: `\u001b[2J${'x'.repeat(5000)}` };
  const shown = execute('python3', { args: ['-c', ON_TERMINAL, compile('twice.c')], env: odd }).output;
  assert.match(shown, /^libvpoll: VPOLL_BACKEND=\?\[2Jx{96}: errno 22 /);
});

withThreads('VPOLL_TRACE: what a line shows is what its call has left, whatever other threads do', () => {
  for (const backend of BACKENDS.slice(1)) {
    const trace = join(folder, `shown-${backend}`);
    const { status, errors } = execute(compile('shown.c'), { env: { VPOLL_BACKEND: backend, VPOLL_TRACE: trace } });
    assert.is(status, 0, errors);
    const shown = [...readFileSync(trace, 'utf8').matchAll(/, (ADD|DEL), 0x1\) = 0, shows (0x[0-9a-f]+)$/gm)];
    assert.is(shown.length, 4000, backend);
    const wrong = shown.filter(([, op, mask]) => (Number(mask) & 1) !== Number(op === 'ADD'));
    assert.is(wrong.length, 0, `${backend}: ${wrong.length} of ${shown.length}`);
  }
});

LIBRARY('over tcp, VPOLL_STRICT: 1 refuses what only a passing bit could make, passing makes it', () => {
  const requests = ['create 0 1', `ctl ${FD} 1 16`, `show ${FD}`, `ctl ${FD} 3 1`, `show ${FD}`];
  const answers = (env: Record<string, string>): number[] => numbers(drive(requests, { env: { ...on('tcp'), ...env } })).slice(1);
  assert.equal(answers({ VPOLL_STRICT: '1' }), [-EOPNOTSUPP, 0, 0, 0x41]);
  assert.equal(answers({ VPOLL_STRICT: 'passing' }), [0, 0x10, 0, 0x41]);
  assert.equal(answers({}), [0, 0x2155, 0, 0x2155]);
});

LIBRARY('VPOLL_TRACE: a line for each call, with the mask shown; a file that can not be written is an error', () => {
  const file = join(folder, 'trace');
  drive(['create 1 1', `ctl ${FD} 1 2`, `ctl ${FD} 9 2`, `close ${FD}`, `ctl ${FD} 3 0`], {
    env: { ...on('socketpair'), VPOLL_TRACE: file },
  });
  const lines = readFileSync(file, 'utf8').replace(/^\[\d+\] /gm, '');
  assert.equal(lines.trimEnd().split('\n'), [
    `vpoll_create(0x1) = ${FD}, socketpair, shows 0x41`,
    `vpoll_ctl(${FD}, ADD, 0x2) = 0, shows 0x41`,
    `vpoll_ctl(${FD}, 9, 0x2) = -1, errno ${EINVAL}, shows 0x41`,
    `vpoll_close(${FD}) = 0`,
    `vpoll_ctl(${FD}, SET, 0x0) = -1, errno ${EBADF}`,
  ]);
  assert.equal(numbers(drive(['create 1 1'], { env: { VPOLL_TRACE: join(folder, 'no/such/folder') } })), [-2]);
  const long = 'x'.repeat(4096);
  for (const name of [long, `/${long}`]) assert.equal(numbers(drive(['create 1 1'], { env: { VPOLL_TRACE: name } })), [-2]);
});

LIBRARY('VPOLL_TRACE: a relative path stays what it is when the program goes elsewhere', () => {
  drive(['create 0 1', 'root', `close ${FD}`], { env: { ...on('tcp'), VPOLL_TRACE: 'relative' }, cwd: folder });
  const lines = readFileSync(join(folder, 'relative'), 'utf8').trimEnd().split('\n');
  assert.match(lines.at(-1), / vpoll_close\(/);
  assert.is(lines.length, 2);
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
    assert.is(answers.at(-1) - answers[0]!, 2 * (made + later) - 1, backend);
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
  const answers = numbers(drive(commands, { env: { VPOLL_TRACE: file }, before: ['unshare', '-rn'] }));
  assert.equal(answers, [FD, 0, 0x345, 0, 0x2051, 0]);
  assert.match(readFileSync(file, 'utf8'), /^\[\d+\] vpoll_create\(0x0\) = \d+, socketpair,/);
});

test.run();
