// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one backend, a socketpair by node

// `vpoll demo` prints what the seed's program prints: events 1, 1, 4 and 2011 on the seed's emulator (socketpair), 2015 over tcp, and 10 at the end elsewhere,
// with timeouts between them. (The runner sees to it that no process is left.)

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDHUP, formatEvents, type BackendName } from '../../src/index.js';
import { root } from '../support/run.js';
import { HERE, isHere } from './support/backend.js';

const BACKEND = (process.env.VPOLL_BACKEND || HERE[0]!) as BackendName;

interface Line {
  kind: 'start' | 'timeout' | 'event';
  atMs: number;
  events: number;
  names: string;
  backend: string;
  pid: number;
  child: number;
}

interface Outcome {
  status: number | null;
  lines: string[];
  stderr: string;
}

function demo(...args: string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'build/cli.js'), 'demo', ...args], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, NO_COLOR: '1' },
  });
  return { status, lines: stdout.trimEnd().split('\n'), stderr };
}

/** A hangup comes alone, but on a socketpair and over tcp. */
function expected(backend: BackendName): number[] {
  const companions = { socketpair: EPOLLRDHUP | EPOLLIN, tcp: EPOLLRDHUP | EPOLLIN | EPOLLOUT } as Record<string, number>;
  return [EPOLLIN, EPOLLIN, EPOLLOUT, EPOLLHUP | (companions[backend] ?? 0)];
}

function assertEvents(got: number[], backend: BackendName): void {
  assert.equal(got, expected(backend));
}

function eventsIn(lines: string[]): number[] {
  const events = lines.filter((line) => line !== 'timeout');
  return events.map((line) => Number.parseInt(/^GOT event ([0-9a-f]+)$/.exec(line)?.[1] ?? line, 16));
}

test('demo --fast', () => {
  const { status, lines, stderr } = demo('--fast');
  assert.is(status, 0, stderr);
  assertEvents(eventsIn(lines), BACKEND);
  // Three events in 300 ms each, with timeouts of 100 ms.
  const timeouts = lines.length - 4;
  assert.ok(timeouts >= 4, `${timeouts} timeouts`);
  assert.match(lines.at(-1)!, 'GOT');
  assert.is(stderr, '');
});

test('demo --fast --json: a line an object, in the order of time', () => {
  const { status, lines, stderr } = demo('--fast', '--json');
  assert.is(status, 0, stderr);
  const [start, ...rest] = lines.map((line) => JSON.parse(line) as Line);
  assert.is(start!.kind, 'start');
  assert.is(start!.backend, BACKEND);
  assert.is.not(start!.pid, start!.child);
  const events = rest.filter(({ kind }) => kind === 'event');
  assertEvents(
    events.map((event) => event.events),
    BACKEND,
  );
  assert.ok(events.every((event) => event.names === formatEvents(event.events)));
  assert.ok(rest.every(({ kind }) => kind === 'event' || kind === 'timeout'));
  const times = rest.map(({ atMs }) => atMs);
  assert.equal(
    [...times].sort((a, b) => a - b),
    times,
  );
  // 300 ms between two events; a machine that is busy may be late, never early.
  events.slice(1).forEach((event, index) => {
    assert.ok(event.atMs - events[index]!.atMs > 200, `${event.atMs} after ${events[index]!.atMs}`);
  });
});

for (const [backend, remedy] of [
  ['eventfd', 'linux_patch'],
  ['device', 'vpoll.ko'],
  ['fuse', '/dev/fuse'],
  ['tcp', 'loopback'],
  ['socketpair', ''],
] as const) {
  if (isHere(backend)) {
    test(`demo --backend ${backend}: the same on each backend that is here`, () => {
      const { status, lines, stderr } = demo('--fast', '--backend', backend);
      assert.is(status, 0, stderr);
      assertEvents(eventsIn(lines), backend);
    });
  } else {
    test(`demo --backend ${backend}, which is not here: a clear error, and no success`, () => {
      const { status, lines, stderr } = demo('--fast', '--backend', backend);
      assert.is.not(status, 0);
      assert.is.not(status, null, 'it ended by itself');
      assert.equal(lines, ['']);
      assert.match(stderr, 'EOPNOTSUPP');
      assert.match(stderr, remedy);
    });
  }
}

test('demo with a backend that does not exist', () => {
  const { status, stderr } = demo('--backend', 'nonsense');
  assert.is(status, 2);
  assert.match(stderr, 'socketpair');
});

test.run();
