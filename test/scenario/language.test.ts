// SPDX-License-Identifier: LGPL-2.1-or-later

// The language of scenarios, by what the command says of them.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { command, example, play, PRINTED, RACE } from './support/scenario.js';

for (const [name, lines] of Object.entries(PRINTED)) {
  test(`${name}.vpoll prints what the seed's program prints`, async () => {
    const { status, stdout, stderr } = await play(example(name));
    assert.equal([status, stderr], [0, '']);
    assert.equal(stdout.trimEnd().split('\n'), lines);
  });
}

/** Lines that can't be read, and what is said of the last one. */
const WRONG: [string[], string][] = [
  [['epol_wait 3'], "line 1: 'epol_wait' is no call"],
  [['', '# nothing', 'a = eventfd 0', 'epoll_wait a'], 'line 4: something is missing at the end'],
  [['a = epoll_create', 'epoll_wait a 1000'], "line 2: '1000' is no time (as in 10us, 10ms, 10s, forever)"],
  [
    ['a = epoll_create', 'epoll_wait a 3000s'],
    "line 2: '3000s' is no number, no name of an event and nothing that was made before",
  ],
  [['a = eventfd 1s'], "line 1: '1s' is a time, where none belongs"],
  [['close efd'], "line 1: 'efd' is no number, no name of an event and nothing that was made before"],
  [
    ['a = eventfd 0 vpoll', 'write a ADD INN'],
    "line 2: 'INN' is no number, no name of an event and nothing that was made before",
  ],
  [['close 3 4'], "line 1: '4' is one word too many"],
  [['a = pipe'], "line 1: 'pipe' makes two descriptors: name both before ="],
  [['a b = eventfd'], "line 1: 'eventfd' makes one thing, not two"],
  [['IN = eventfd'], "line 1: 'IN' can be no name"],
  [['events = eventfd'], "line 1: 'events' is set by calls alone"],
  [['loop'], 'line 1: this block has no end'],
  [['end'], 'line 1: end without a block'],
  [['loop', 'else', 'end'], 'line 2: else without an if'],
  [['break'], 'line 1: break without a loop'],
  [['loop', 'task a', 'break', 'end', 'end'], 'line 3: break without a loop'],
  [['if 1 = 1', 'end'], "line 1: '=' compares nothing (==, !=, <, > and & do)"],
  [['task a', 'end', 'task a', 'end'], "line 3: 'a' is there already"],
  [['a = 1', 'until 1s'], "line 2: 'until' belongs before the first step"],
  [['strategy fair'], "line 1: 'strategy' is random, round-robin, or pct and a depth of 1 to 16"],
  [['fault EINTR 2 1'], "line 1: 'fault' is as likely as 0 to 1"],
  [['fault EPERM 1 2'], "line 1: 'fault' is EINTR, EAGAIN, ENOMEM, EMFILE, short, delay or spurious"],
  [['kernel tcp'], "line 1: 'kernel' has vpoll, device, both, or is plain"],
  [['try'], 'line 1: something is missing at the end'],
  [
    ['a = 18446744073709551616'],
    "line 1: '18446744073709551616' is no number, no name of an event and nothing that was made before",
  ],
  [
    ['a = -9223372036854775809'],
    "line 1: '-9223372036854775809' is no number, no name of an event and nothing that was made before",
  ],
  [['a = eventfd 0 vpoll', 'write a ADD'], "line 2: 'ADD' is no value: EVENTS are missing (write FD OP EVENTS)"],
  [['a = eventfd 0 vpoll', 'write a IN|OUT'], "line 2: 'IN|OUT' is no value: OP is missing (write FD OP EVENTS)"],
  [['a = eventfd 0 vpoll', 'ioctl a ADD'], 'line 2: something is missing at the end'],
  [
    ['e = epoll_create', 'a = eventfd', 'epoll_ctl e ADD a'],
    'line 3: EVENTS are missing at the end (epoll_ctl EPOLL OP FD EVENTS)',
  ],
  [['t = timerfd_create', 'timerfd_settime t forever'], "line 2: 'forever' is no time that ends"],
  [['a = eventfd 0 vpoll 1s'], "line 1: '1s' is one word too many"],
  [['a = 1', 'b = eventfd 0 a vpoll'], "line 2: 'vpoll' is one word too many"],
];

test('a line that cannot be read is named, with what is wrong; nothing runs', async () => {
  for (const [lines, said] of WRONG) {
    const { status, stdout, stderr } = await play(lines);
    assert.equal([status, stdout, stderr], [2, '', `${said}\n`], lines.join(' / '));
  }
});

test('a call that fails ends the run with its line; try lets a scenario see it', async () => {
  const failing = await play(['print before', 'a = eventfd 0 nonblock', 'read a', 'print behind']);
  assert.equal(failing, { status: 1, stdout: 'before\n', stderr: 'line 3: read: EAGAIN\n' });
  const trying = await play(['a = eventfd 0 nonblock', 'try read a', 'if result == EAGAIN', 'print {result}', 'end']);
  assert.equal(trying, { status: 0, stdout: '-11\n', stderr: '' });
});

test('who sleeps for good is named; so is who goes on when time is up, or turns in a loop', async () => {
  assert.equal((await play(['a = eventfd', 'read a'])).stderr, 'line 2: all tasks sleep, and nobody will wake this one\n');
  assert.equal((await play(['until 5s', 'loop', 'sleep 2s', 'end'])).stderr, 'line 3: time is up, and this goes on\n');
  assert.match((await play(['loop', 'a = 1', 'end'])).stderr, /^line \d: the scenario has made 10000000 steps/);
});

test('a fork has descriptors of its own, a task shares them', async () => {
  const body = ['close a', 'end', 'sleep 1ms', 'try write a 1', 'print {result}'];
  assert.is((await play(['a = eventfd', 'fork child', ...body])).stdout, '8\n');
  assert.is((await play(['a = eventfd', 'task child', ...body])).stdout, '-9\n');
  const { stderr } = await play(['a = vpoll_create', 'fork child', 'vpoll_ctl a ADD IN', 'end']);
  assert.match(stderr, /^line 3: a fork has descriptors of its own/);
});

test('pipes, socket pairs, timers, copies, signals and every way to wait', async () => {
  const lines = [
    ...['r w = pipe', 'write w 77', 'read r', 'print pipe {value}', 'a b = socketpair', 'shutdown a WR'],
    ...['poll b IN|RDHUP 0ms', 'print poll {events}', 't = timerfd_create', 'timerfd_settime t 5ms 10ms', 'read t', 'read t'],
    ...['print timer {value}', 'copy = dup t', 'close t', 'poll copy IN forever', 'print copy {result}'],
    ...['task sleeper', 'try read copy', 'try read copy', 'print sleeper {result}', 'end', 'sleep 1ms', 'signal sleeper'],
  ];
  const { status, stdout, stderr } = await play(['strategy round-robin', ...lines]);
  assert.equal([status, stderr], [0, '']);
  assert.equal(stdout.trimEnd().split('\n'), ['pipe 77', 'poll 2001', 'timer 1', 'copy 1', 'sleeper -4']);
});

test('a seed decides: the same one gives the same run, others give others', async () => {
  const hashes = new Set<string>();
  for (let seed = 0; seed < 20; seed++) {
    const first = await play(RACE, '--hash', '--seed', String(seed));
    const second = await play(RACE, '--hash', '--seed', String(seed));
    assert.match(first.stdout, /^[\da-f]{16}\n$/);
    assert.equal(second, first);
    hashes.add(first.stdout);
  }
  assert.ok(hashes.size > 10, `${hashes.size} of 20 seeds differ`);
});

test('a trace is of lines that simulate() has as well; printing is part of it', async () => {
  const { stdout } = await play(example('eventfd'), '--trace');
  assert.match(stdout, /^0 linux 618 features 3\n0 t0 process\n/);
  assert.match(stdout, /^3000000000 t1 write 3 8 0x100000001 \| #1 0x0>0x1 \| = 8$/m);
  assert.match(stdout, /^3000000000 t0 says GOT event 1$/m);
});

test('wrong arguments of the command', async () => {
  for (const args of [['--seed'], ['--seed', '1x'], ['--seed', '18446744073709551616'], ['--what'], ['--hash', '--trace']]) {
    const { status, stderr } = await command('', ...args);
    assert.equal([status, stderr], [2, 'usage: [--seed N] [--hash | --trace] < SCENARIO\n'], args.join(' '));
  }
  assert.is((await play('', '--seed', '18446744073709551615')).status, 0);
});

test('what is printed is what stands there, byte for byte', async () => {
  assert.is(
    (await play(['print \ufeffone', 'print \ufefftwo', 'print d\u00e9j\u00e0 vu'])).stdout,
    'one\n\ufefftwo\nd\u00e9j\u00e0 vu\n',
  );
  const broken = await play(Uint8Array.of(...new TextEncoder().encode('print '), 0xc3, 0xff, 10, 0xe2, 0x82));
  assert.equal(broken, { status: 2, stdout: '', stderr: "line 2: '\ufffd' is no call\n" });
});

test('a line that no message and no print has room for is refused; a comment may be as long as it likes', async () => {
  const longest = 'x'.repeat(8192 - 'print '.length);
  assert.equal(await play([`# ${longest.repeat(10)}`, `print ${longest}`]), { status: 0, stdout: `${longest}\n`, stderr: '' });
  for (const line of [`print ${longest}x`, `${longest}${longest}`, `a = ${longest.repeat(10)}`]) {
    const { status, stdout, stderr } = await play(['', line]);
    assert.equal([status, stdout, stderr], [2, '', 'line 2: the line is longer than 8192 bytes\n']);
  }
  const most = `{value}${'{v}'.repeat(2700)}`;
  const { stdout } = await play(['v = 0x8000000000000000', `print ${most}`]);
  assert.is(stdout, `0${'-9223372036854775808'.repeat(2700)}\n`);
});

test('a scenario that is too long', async () => {
  const { status, stderr } = await play(`#${' '.repeat(300_000)}`);
  assert.equal([status, stderr], [2, 'the scenario is longer than 262143 bytes\n']);
});

test.run();
