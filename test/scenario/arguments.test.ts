// SPDX-License-Identifier: LGPL-2.1-or-later

// What a scenario hands to the kernel: values of 64 bits, flags as words, and what is refused because it would be handed on as something else.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { play } from './support/scenario.js';

async function printed(...lines: string[]): Promise<string[]> {
  const { status, stdout, stderr } = await play(lines);
  assert.equal([status, stderr], [0, ''], lines.join(' / '));
  return stdout.trimEnd().split('\n');
}

test('a value has 64 bits, from the word to the counter and back', async () => {
  const big = '0xfffffffffffffffd';
  assert.equal(await printed('a = eventfd', 'write a 0x123456789', 'read a', 'print {value}', 'b = value', 'print {b}'), [
    '4886718345',
    '4886718345',
  ]);
  assert.equal(
    await printed('a = eventfd', `write a ${big}`, 'poll a IN|OUT|ERR 0s', 'print {events}', 'read a', 'print {value}'),
    // One more fits: OUT.
    ['5', '-3'],
  );
  assert.equal(
    await printed('a = eventfd', 'try write a -1', 'print {result}', 'try write a 0xffffffffffffffff', 'print {result}'),
    ['-22', '-22'],
  );
  assert.equal(
    await printed('a = 4294967296', 'if a > 4294967295', 'print more', 'end', 'if a & 0x100000000', 'print has', 'end'),
    ['more', 'has'],
  );
});

test('flags may be words of their own, and mean what they mean to the kernel', async () => {
  assert.equal(
    await printed(
      'a = try eventfd 0 vpoll semaphore',
      'print {result}',
      'b = eventfd 2 semaphore nonblock',
      'read b',
      'print {value}',
    ),
    ['-22', '1'],
  );
  assert.equal(await printed('a b = socketpair nonblock', 'try recv a 1', 'print {result}'), ['-11']);
});

test('MSG_PEEK, MSG_DONTWAIT and MSG_WAITALL do what they do on Linux', async () => {
  const lines = [
    'a b = socketpair',
    'send b 4',
    'recv a 4 0x2',
    'poll a IN 0s',
    'print {events}',
    'recv a 4 0x40',
    'print {result}',
  ];
  assert.equal(await printed(...lines), ['1', '4']);
  const all = ['strategy round-robin', 'a b = socketpair', 'send b 4', 'task other', 'sleep 1ms', 'send b 4', 'end'];
  assert.equal(await printed(...all, 'recv a 8 0x100', 'print {result}'), ['8']);
});

test('a file may begin with the mark that editors put there', async () => {
  assert.equal(await printed('\ufeffprint hi'), ['hi']);
  assert.equal((await play(['\ufeff', 'nothing'])).stderr, "line 2: 'nothing' is no call\n");
  assert.match((await play(['print a', '\ufeffprint b'])).stderr, /^line 2: .* is no call\n$/);
});

test('to sleep for good is to sleep for good, at any time', async () => {
  const said = 'line 2: all tasks sleep, and nobody will wake this one\n';
  assert.is((await play(['sleep 1ms', 'sleep forever'])).stderr, said);
  const woken = ['task main', 'try sleep forever', 'print {result}', 'end', 'sleep 1ms', 'signal main'];
  assert.equal(await printed(...woken), ['-4']);
});

/** Steps that ask for what is not simulated, and what is said of the last one. */
const REFUSED: readonly [lines: string[], said: string][] = [
  [['a b = socketpair', 'send b 1 0x1'], 'send: MSG_OOB'],
  [['a b = socketpair', 'try recv b 1 0x41'], 'recv: MSG_OOB'],
  [['a b = try socketpair 4'], 'socketpair: SOCK_SEQPACKET'],
  [['a b = pipe 0x4000'], 'pipe: O_DIRECT'],
  [['a = open 0x402'], 'open: open flag 0x400'],
  [['a b = socketpair', 'send b 4097'], 'send: a size beyond 0x1000'],
  [['a b = socketpair', 'try recv b -1'], 'recv: a size beyond 0x1000'],
  [['a = epoll_create', 'epoll_wait a 0s 257'], 'epoll_wait: more events than 0x100'],
  [['a = eventfd', 'poll a IN|ET 0s'], 'poll: an event that poll(2) has no room for'],
  [['a = eventfd', 'try ioctl a -2527 1'], 'ioctl: in a scenario the request 0x5421'],
  [['a = 0x100000003', 'try close a'], 'close: a number of more than 32 bits'],
];

test('what is not simulated ends the run, behind a try as well, and is named', async () => {
  for (const [lines, said] of REFUSED) {
    const { status, stdout, stderr } = await play([...lines, 'print behind']);
    assert.equal([status, stdout, stderr], [1, '', `line ${lines.length}: ${said} is not simulated\n`], lines.join(' / '));
  }
});

test('and stands in the timeline', async () => {
  const { stdout } = await play(['a b = socketpair', 'send b 1 0x1'], '--trace');
  assert.match(stdout, /^0 t0 send 4 1 0x1 \| = not simulated: MSG_OOB$/m);
});

test.run();
