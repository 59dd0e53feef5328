// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one helper

// What `vpoll run` does to the calls of a program. It must neither slow down nor interrupt those that can't be for a vpoll. Of /dev/vpoll it must say what
// the kernel says with the module loaded.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Ffi } from '../../host/ffi.js';
import { EPOLLERR, EPOLLHUP, EPOLLIN } from '../../src/index.js';
import { Supervisor } from '../../src/run/supervisor.js';
import { root } from '../support/run.js';
import { start, vpoll, withPrograms } from './support/cli.js';
import { withFuse } from './support/helper.js';

const source = (path: string): string => readFileSync(join(root, path), 'utf8');

withFuse('cc')('each way to open /dev/vpoll does what it does with the module (opens.txt was printed in a guest)', async () => {
  await withPrograms({ opens: source('test/vm/guest/opens.c') }, async (path) => {
    const { status, stdout, stderr } = await vpoll('run', '--', path('opens'));
    assert.equal([status, stderr], [0, '']);
    const recorded = source('test/vm/guest/opens.txt').split('\n');
    assert.equal(
      stdout.split('\n'),
      recorded.filter((line) => !line.startsWith('#')),
    );
  });
});

withFuse('find', 'grep')('a program that only reads is never looked at', async () => {
  const script = 'find . | wc -l; grep -r SPDX . | wc -l; ls -R . | wc -l';
  const { status, stdout, stderr } = await vpoll(
    'run',
    '--count',
    '--',
    'sh',
    '-c',
    `cd "$1"; ${script}`,
    'sh',
    join(root, 'src'),
  );
  assert.equal([status, stderr], [0, 'vpoll run: 0 calls were looked at\n']);
  const [files, licences] = stdout.split('\n').map(Number);
  assert.ok(files! > licences! && licences! > 50, stdout);
  const written = await vpoll('run', '--count', '--', 'sh', '-c', ': >/dev/null; : <>/dev/vpoll');
  assert.is(written.stderr, 'vpoll run: 2 calls were looked at\n');
});

withFuse('cc')('what is passed unseen is not interrupted by a signal whose handler has no SA_RESTART', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-run-'));
  try {
    await withPrograms({ interrupted: source('test/fuse/programs/interrupted.c') }, async (path) => {
      const { status, stdout } = await vpoll('run', '--', path('interrupted'), folder);
      assert.is(status, 0);
      const lines = stdout.trimEnd().split('\n');
      assert.is(lines.length, 6);
      for (const line of lines) assert.match(line, /: 0$/);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

withFuse('sh', 'cat')('it can be stopped, and the program goes on reading', async () => {
  const script = 'kill -STOP $PPID; cat </dev/null; cat "$0"; kill -CONT $PPID; : <>/dev/vpoll && echo opened';
  const { stdout } = await vpoll('run', '--', 'sh', '-c', script, join(root, '.npmrc'));
  assert.is(stdout, `${source('.npmrc')}opened\n`);
});

withFuse('sh')('a signal that is sent on seldom interrupts an open: only one that begins in that very moment', async () => {
  // A shell whose redirection fails ends with 2.
  const script = 'trap "exit 9" TERM; echo begins; while :; do : >/dev/null; done';
  let interrupted = 0;
  for (let round = 0; round < 8; round++) {
    const running = start(['run', '--', 'sh', '-c', script]);
    await new Promise<void>((resolve) => {
      running.process.stdout!.once('data', () => {
        resolve();
      });
    });
    process.kill(running.process.pid!, 'SIGTERM');
    const { status, stderr } = await running.outcome;
    if (status === 2 && stderr.includes('Interrupted system call')) interrupted++;
    else assert.equal([status, stderr], [9, '']);
  }
  // Most of them, where nothing is done about it. None of 40 at a load of 20; one is left room for, since nothing but a received call is safe (decisions/007).
  assert.ok(interrupted <= 1, `${interrupted} of 8`);
});

/** Eight threads that open all the time, while signals come to their parent, which is `vpoll run`. */
const THREADS = `
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>
static int opened, failed, is_over;
static void count(int fd) {
  __sync_fetch_and_add(fd < 0 ? &failed : &opened, 1);
  if (fd >= 0) close(fd);
}
static void *use(void *unused) {
  for (int i = 0; i < 300; i++) count(open(i % 30 ? "/dev/zero" : "/dev/vpoll", O_RDWR));
  return unused;
}
static void *disturb(void *unused) {
  while (!__sync_fetch_and_add(&is_over, 0)) kill(getppid(), SIGCHLD), usleep(100);
  return unused;
}
int main(void) {
  pthread_t users[8], other;
  pthread_create(&other, NULL, disturb, NULL);
  for (int i = 0; i < 8; i++) pthread_create(users + i, NULL, use, NULL);
  for (int i = 0; i < 8; i++) pthread_join(users[i], NULL);
  __sync_fetch_and_add(&is_over, 1);
  pthread_join(other, NULL);
  printf("%d opened, %d failed\\n", opened, failed);
  return 0;
}
`;

withFuse('cc')(
  'threads that open thousands of files, among them vpolls, get them all, whatever signals come to the supervisor',
  async () => {
    await withPrograms(
      { threads: THREADS },
      async (path) => {
        const { status, stdout, stderr } = await vpoll('run', '--count', '--', path('threads'));
        assert.is(stdout, '2400 opened, 0 failed\n');
        assert.equal([status, stderr], [0, 'vpoll run: 2400 calls were looked at\n']);
      },
      ['-pthread'],
    );
  },
);

/** What a supervisor gets of the kernel, where poll(2) shows `shown` for a descriptor and takes a time, and each ioctl fails with ENOENT. */
function fake(shown: (timeoutMs: number) => number, ioctl: () => void = () => undefined): Ffi {
  const buffers: ArrayBufferLike[] = [];
  const SPAN = 1 << 20;
  const poll = (at: number, timeoutMs: number): number => {
    const revents = shown(timeoutMs);
    new DataView(buffers[Math.floor(at / SPAN)]!).setUint16((at % SPAN) + 6, revents, true);
    return revents === 0 ? 0 : 1;
  };
  const functions: Record<string, (...args: (number | bigint)[]) => number> = {
    poll: (at, _count, timeoutMs) => poll(Number(at), Number(timeoutMs)),
    ioctl: () => (ioctl(), -1),
  };
  return {
    func: (name) => functions[name] ?? (() => 0),
    word: (value) => value,
    errno: () => 2,
    address: (buffer) => (buffers.push(buffer) - 1) * SPAN,
  };
}

test('ERR is no end: the kernel shows it where a signal came while it waited for a lock; HUP is', () => {
  const shown = [EPOLLERR, 0, EPOLLERR, EPOLLHUP];
  const supervisor = new Supervisor(
    fake(() => shown.shift()!),
    3,
  );
  assert.equal(
    [1, 2, 3, 4].map(() => supervisor.step(0)),
    ['idle', 'idle', 'idle', 'end'],
  );
});

test('a signal is sent while a call is held, if one comes within a moment', () => {
  const order: string[] = [];
  const comes = fake(
    (timeoutMs) => (timeoutMs > 0 ? EPOLLIN : 0),
    () => order.push('received'),
  );
  const supervisor = new Supervisor(comes, 3);
  // It has asked for a flag.
  order.length = 0;
  supervisor.meanwhile(() => order.push('sent'));
  assert.equal(order, ['received', 'sent']);
});

test.run();
