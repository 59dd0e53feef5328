// SPDX-License-Identifier: LGPL-2.1-or-later

// Programs that know nothing of vpoll, each with another way to wait, poll a vpoll that this process drives: all see the same turns.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { slowness } from '../../tools/slowness.js';
import { EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDHUP, VPoll } from '../../src/index.js';
import { compileNpmEpoll } from '../../tools/npm-epoll.js';
import { programOf } from '../../tools/runtimes.js';
import { BACKEND, IS_FILE } from '../real/support/backend.js';
import { hasRing } from '../support/io-uring.js';
import { needs } from '../support/needs.js';

const programs = fileURLToPath(new URL('programs/', import.meta.url));
const built = mkdtempSync(join(tmpdir(), 'vpoll-interop-'));

test.after(() => {
  rmSync(built, { recursive: true });
});

/** What is asserted, one after the other, and what poll(2) shows of IN, PRI and OUT then. */
const TURNS = [EPOLLIN, EPOLLOUT, EPOLLIN | EPOLLOUT, EPOLLIN | EPOLLHUP | EPOLLRDHUP];
const SEEN = ['1', '4', '5', '11'];

/** Runs a waiting program through the turns: its lines. The limit is for one that is never woken. */
async function drive(program: string, args: string[], backend = BACKEND): Promise<string[]> {
  const vp = VPoll.create({ backend });
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'inherit', vp.fd],
    timeout: 60_000 * slowness,
    killSignal: 'SIGKILL',
  });
  const lines: string[] = [];
  const turns = [...TURNS];
  const closed = once(child, 'close');
  child.stdin!.on('error', () => undefined);
  for await (const line of createInterface({ input: child.stdout! })) {
    lines.push(line);
    const next = turns.shift();
    if (next === undefined) break;
    vp.set(next);
    if (line !== 'waits') child.stdin!.write('\n');
  }
  const [status] = (await closed) as [number | null];
  vp.close();
  assert.is(status, 0, lines.join(' '));
  return lines;
}

function compile(name: string, libraries: string[]): string {
  const program = join(built, name);
  const flags = ['-std=gnu11', '-Wall', '-Wextra', '-Werror', '-o', program, join(programs, `${name}.c`), ...libraries];
  const { status, stderr } = spawnSync('cc', flags, { encoding: 'utf8' });
  assert.is(status, 0, stderr);
  return program;
}

for (const { name, header, libraries, last } of [
  { name: 'ppoll', header: '/usr/include/poll.h', libraries: [], last: '11' },
  { name: 'pselect', header: '/usr/include/poll.h', libraries: [], last: '11' },
  { name: 'uv', header: '/usr/include/uv.h', libraries: ['-luv'], last: '11' },
]) {
  needs(
    test,
    'cc',
    header,
  )(`a C program by ${name}`, async () => {
    assert.equal(await drive(compile(name, libraries), []), ['waits', ...SEEN.slice(0, -1), last]);
  });
}

const withRing = needs(test, 'cc', '/usr/include/liburing.h', { name: 'a kernel that lets us use io_uring', has: hasRing() });

withRing('a C program by io_uring', async () => {
  assert.equal(await drive(compile('uring', ['-luring']), []), ['waits', ...SEEN.slice(0, -1), '2011']);
});

withRing('limit: io_uring reports what a wake-up names, and that of a socketpair for IN names PRI as well', async () => {
  const after = [...SEEN.slice(1, -1), '2011'];
  assert.equal(await drive(compile('uring', ['-luring']), ['pri'], 'socketpair'), ['waits', '3', ...after]);
  // A vpoll file wakes with the bits that were raised, and no others.
  if (IS_FILE) assert.equal(await drive(compile('uring', ['-luring']), ['pri']), ['waits', '1', ...after]);
});

// To python's selectors whatever isn't IN is writable, a hangup too.
needs(test, 'python3')("python's selectors: epoll, poll and select in turn", async () => {
  assert.equal(await drive('python3', [join(programs, 'by-selectors.py')]), ['waits', ...SEEN.slice(0, -1), '15']);
});

const epoll = compileNpmEpoll();
if (typeof epoll === 'string') console.log(`npm epoll: ${epoll}`);
needs(test, { name: "npm's epoll, compiled", has: typeof epoll !== 'string' })("npm's epoll", async () => {
  if (typeof epoll === 'string') throw new Error(epoll);
  try {
    assert.equal(await drive(programOf('node'), [join(programs, 'npm-epoll.cjs'), epoll.path]), ['waits', ...SEEN]);
  } finally {
    epoll.remove();
  }
});

// A vpoll file has no end that a read(2) could come to, so this is about a socketpair.
needs(test, 'socat')('socat: copies when it is woken, ends at the hangup', async () => {
  const vp = VPoll.create({ backend: 'socketpair' });
  const socat = spawn('socat', ['-u', 'FD:3', 'STDOUT'], {
    stdio: ['ignore', 'pipe', 'inherit', vp.fd],
    timeout: 60_000 * slowness,
    killSignal: 'SIGKILL',
  });
  let copied = 0;
  const woken = new Promise<void>((resolve) => {
    socat.stdout!.on('data', (bytes: Buffer) => {
      copied += bytes.length;
      resolve();
    });
  });
  const closed = once(socat, 'close');
  vp.add(EPOLLIN);
  await woken;
  assert.ok(copied > 0);
  vp.set(EPOLLIN | EPOLLHUP | EPOLLRDHUP);
  assert.equal(await closed, [0, null]);
  vp.close();
});

test.run();
