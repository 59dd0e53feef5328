// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: node

// Tasks of a scenario in C: threads, processes, what they share, signals, and how one that fails ends all.

import { readdirSync, readlinkSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { compile, execute, inC, playC, withFolder } from './support/in-c.js';
import { play } from './support/scenario.js';

const inReal = needs(test, 'gcc');

async function same(...lines: string[]): Promise<void> {
  const [simulated, real] = await Promise.all([
    play(['strategy round-robin', ...lines]),
    playC(['strategy round-robin', ...lines].join('\n')),
  ]);
  assert.equal(real, simulated);
}

inReal('a name is seen by all tasks, by processes too; a descriptor by threads alone', () =>
  same(
    ...['count = 0', 'a = eventfd', 'done = eventfd', 'more = eventfd', 'fork child', 'count = 5', 'close a', 'write done 1'],
    ...['read more', 'print child {count}', 'count = 0x100000000', 'fork grand', 'print grand {count}', 'task inner'],
    ...['try close a', 'print inner {count} {result}', 'exit', 'print never', 'end', 'sleep 200ms', 'write done 1', 'end', 'end'],
    ...['read done', 'print main {count}', 'try write a 1', 'print {result}', 'count = 6', 'write more 1', 'read done'],
    ...['print main {count}', 'task thread', 'close a', 'write done 1', 'end', 'read done', 'try write a 1', 'print {result}'],
  ),
);

test('a name that changes while there are tasks is atomic; others are none', () => {
  const text = inC('a = eventfd\nmade = 0\nmine = 1\ntask t\nmade = 1\nown = 2\nprint {own} {a}\nend\nprint {made} {mine} {t}');
  assert.match(text, /^ {2}int a;\n {2}atomic_int made;$/m);
  assert.match(text, /^ {2}int mine = 0, t = 0;$/m);
  assert.match(text, /^ {2}int own = 0;$/m);
});

inReal('names that the program itself has, of what all tasks see and of one task', () =>
  same(
    ...['until 100s', 'a = eventfd 0 nonblock', 'fork child', 'yield', 'end', 'signal child'],
    ...['got', 'watcher', 'ready', 'me', 'our', 'first', 'begin_end', 'a_fork'].map((name, i) => `${name} = ${i}`),
    ...['poll a IN 0ms', 'print {got} {watcher} {ready} {me} {our} {first} {begin_end} {a_fork} {events}'],
    ...['count', 'has_failed', 'tasks', 'pid', 'line'].map((name, i) => `${name} = ${i}`),
    ...['task t', 'print {count} {has_failed} {tasks} {pid} {line}', 'end', 'sleep 50ms', 'count = 7'],
  ),
);

inReal('the end of a process closes what it has', () =>
  same('r w = pipe', 'fork child', 'close w', 'try read r', 'print end of file {result}', 'end', 'exit', 'print never'),
);

inReal('64 tasks, begun in a loop by a task; one more is too many', async () => {
  const many = ['go = eventfd 0 semaphore', 'n = 0', 'task first', 'loop', 'task other', 'read go', 'end', 'n = other'];
  await same(...many, 'if n == 63', 'break', 'end', 'end', 'print {first} {other}', 'write go 62', 'end');
  await same('go = eventfd', 'loop', 'task other', 'read go', 'end', 'end');
  await same('go = eventfd', 'loop', 'fork other', 'read go', 'end', 'end');
});

inReal('a signal ends the call in which its task sleeps, of a thread, a process and main; else it does nothing', () =>
  same(
    ...['gone = eventfd', 'fork child', 'try sleep 100s', 'print fork {result}', 'try sleep forever', 'print fork {result}'],
    ...['write gone 1', 'end', 'sleep 200ms', 'signal child', 'sleep 200ms', 'signal child', 'read gone'],
    ...['task thread', 'e = epoll_create', 'try epoll_wait e forever', 'print task {result} {events} {fd}', 'sleep 200ms'],
    ...['signal 0', 'end', 'sleep 200ms', 'signal thread', 'try sleep 100s', 'print main {result}', 'sleep 50ms'],
    ...['signal thread', 'signal 60', 'signal -1', 'signal 0x100000000', 'print over {child} {thread}'],
  ),
);

inReal('a task that fails ends all, in whatever process it is, with its line', async () => {
  await same('a = eventfd 0 nonblock', 'print before', 'task child', 'close 77', 'end', 'sleep forever');
  await same(
    'a = eventfd 0 nonblock',
    'task t',
    'sleep 100s',
    'end',
    'fork child',
    'fork inner',
    'read a',
    'end',
    'sleep 100s',
    'end',
    'sleep 100s',
  );
  await same('a = eventfd 0 nonblock', 'fork child', 'sleep 100s', 'end', 'task t', 'sleep forever', 'end', 'read a');
});

inReal('what goes on when time is up is named: main, a thread, a process; who is over is not', async () => {
  await same('until 400ms', 'task child', 'yield', 'end', 'sleep 10ms', 'sleep 100s');
  for (const kind of ['task', 'fork'])
    await same('until 400ms', `${kind} child`, 'sleep 10ms', 'sleep 100s', 'end', 'sleep 10ms');
});

/** Whether a process runs this program. */
function isRunning(program: string): boolean {
  return readdirSync('/proc').some((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/exe`) === program;
    } catch {
      return false;
    }
  });
}

inReal('a scenario that is ended leaves no process behind', () =>
  withFolder(async (folder) => {
    const program = compile(folder, inC('fork a\nfork b\nsleep 1000s\nend\nsleep 1000s\nend\nsleep 50ms\nclose 77'));
    const { status } = await execute(program);
    assert.is(status, 1);
    // The end of a child comes by a signal, a moment behind its parent's.
    for (let tries = 0; tries < 200; tries++) {
      if (!isRunning(program)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.unreachable('a process of it is there still');
  }),
);

inReal('all times are divided by SPEED', () =>
  withFolder(async (folder) => {
    const text = inC(
      't = timerfd_create\ntimerfd_settime t 1000s\nread t\nsleep 1000s\ne = epoll_create\nepoll_wait e 1000s\nprint over',
    );
    assert.equal(await execute(compile(folder, text, '-DSPEED=100000')), { status: 0, stdout: 'over\n', stderr: '' });
  }),
);

test.run();
