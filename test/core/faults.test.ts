// SPDX-License-Identifier: LGPL-2.1-or-later

// Every call of every transition fails in turn with every errno that its man page names. Afterwards it either worked, or mask, descriptors and
// table are as they were, or the caller was told ENOTRECOVERABLE.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { SysName } from '../../host/sys.js';
import {
  ADD,
  CLOSEST,
  EBADF,
  ENOTRECOVERABLE,
  EXCLUSIVE,
  hex,
  MACHINES,
  make,
  OPS,
  SHOWN,
  SOCKETPAIR,
  STRICT,
  type Bench,
} from './support.js';

const EINTR = 4;
/** ERRORS of section 2 of the manual (socket calls: also unix(7), socket(7)). */
const ERRNOS: Record<SysName, number[]> = {
  eventfd: [22, 23, 24, 19, 12],
  open: [1, 2, 6, 12, 13, 14, 16, 17, 19, 20, 21, 22, 23, 24, 26, 27, 30, 36, 40, EINTR],
  ioctl: [9, 14, 22, 25, EINTR],
  socketpair: [12, 14, 22, 23, 24, 93, 95, 97],
  read: [5, 9, 11, 14, 21, 22, EINTR],
  write: [1, 5, 9, 11, 14, 22, 27, 28, 32, 89, EINTR],
  send: [9, 11, 12, 14, 13, 22, 32, 88, 89, 90, 95, 104, 105, 106, 107, EINTR],
  recv: [9, 11, 12, 14, 22, 88, 104, 107, 111, EINTR],
  shutdown: [9, 22, 88, 107],
  fcntl: [9, 11, 13, 22, 24, EINTR],
  setsockopt: [9, 14, 22, 88, 92],
  getsockopt: [9, 14, 22, 88, 92],
  fstat: [9, 12, 14, 75],
  poll: [12, 14, 22, EINTR],
  close: [5, 9, EINTR],
};

function fdsOf({ kernel }: Bench): string {
  return [...kernel.fds].map(([fd, file]) => `${fd}:${file.ino}`).join(' ');
}

/** Runs `act` once for each of its calls and each errno of that call, on a fresh machine each time; `check` says what must hold. */
function everyFault(
  prepare: () => Bench & { fd: number },
  act: (bench: Bench & { fd: number }) => number,
  check: (run: Run) => void,
): number {
  const clean = prepare();
  clean.kernel.log.length = 0;
  act(clean);
  const calls = clean.kernel.log.map(({ name }) => name);
  let runs = 0;
  calls.forEach((name, index) => {
    for (const errno of ERRNOS[name]) {
      const bench = prepare();
      const before = { mask: bench.fd < 0 ? 0 : bench.kernel.shown(bench.fd), fds: fdsOf(bench) };
      bench.kernel.fail(index + 1, errno);
      const status = act(bench);
      assert.not.ok(bench.kernel.pendingFaults);
      bench.kernel.clearFaults();
      check({
        bench,
        status,
        before,
        name,
        errno,
        what: `call ${index + 1} of ${calls.join(' ')}: ${name} fails with ${errno}: status ${status}`,
      });
      runs++;
    }
  });
  return runs;
}

interface Run {
  bench: Bench & { fd: number };
  status: number;
  before: { mask: number; fds: string };
  name: SysName;
  errno: number;
  what: string;
}

/** Without flags for the tests' own needs: a socketpair in the given state, made by the core. */
function at(machine: Parameters<typeof make>[0], backend: number, mask: number, flags: number): () => Bench & { fd: number } {
  return () => {
    const bench = make(machine);
    const fd = bench.core.create(backend, backend === SOCKETPAIR ? mask & 0x2015 : mask, 0, flags, 0);
    assert.ok(fd >= 0);
    return { ...bench, fd };
  };
}

/** After an error: the vpoll is what it was, and still works, or is gone from the table because a call said it is another file. */
function checkUnchanged({ bench, status, before, errno, what }: Run): void {
  const { kernel, core, fd } = bench;
  if (status === -ENOTRECOVERABLE) return;
  assert.is(kernel.shown(fd), before.mask, what);
  if (status === -EBADF) return;
  assert.is(fdsOf(bench), before.fds, what);
  assert.is(status, -errno, `${what}: another errno`);
  if (!(before.mask & 0x10)) assert.is(core.ctl(fd, 0, ADD, 4), 0, `${what}: the next ctl`);
}

/** A kernel that says "empty" of a queue that isn't can't be caught out. */
function isLie(name: SysName, errno: number): boolean {
  return name === 'recv' && errno === 11;
}

for (const flags of [STRICT, CLOSEST, EXCLUSIVE]) {
  test(`socketpair, flags ${flags}: ctl with each call failing`, () => {
    let runs = 0;
    for (const from of SHOWN) {
      for (const op of OPS) {
        for (const arg of [0x1, 0x4, 0x5, 0x2001, 0x2011, 0]) {
          const prepare = at({}, SOCKETPAIR, from, flags);
          const act = ({ core, fd }: Bench & { fd: number }): number => core.ctl(fd, 0, op, arg);
          const target = act(prepare());
          if (target < 0) continue;
          const goal = prepare();
          act(goal);
          const shown = goal.kernel.shown(goal.fd);
          runs += everyFault(prepare, act, (run) => {
            run.what = `${hex(from)} ${op} ${hex(arg)}: ${run.what}`;
            if (run.status < 0) checkUnchanged(run);
            else if (!isLie(run.name, run.errno)) assert.is(run.bench.kernel.shown(run.bench.fd), shown, run.what);
          });
        }
      }
    }
    assert.ok(runs > 1000, `${runs} runs`);
  });
}

for (const [name, machine, backend] of MACHINES) {
  test(`${name}: create with each call failing leaves no descriptor`, () => {
    const prepare = (): Bench & { fd: number } => ({ ...make(machine), fd: -1 });
    const act = ({ core }: Bench): number => core.create(0, 0x1, 0, CLOSEST, 0);
    const runs = everyFault(prepare, act, ({ bench, status, what }) => {
      if (status < 0) {
        assert.is(bench.kernel.fds.size, 0, what);
        return;
      }
      assert.is(bench.kernel.shown(status) & 1, 1, what);
      assert.is(bench.kernel.fds.size, bench.core.backend(status, 0) === SOCKETPAIR ? 2 : 1, what);
      bench.core.close(status, 0);
      assert.is(bench.kernel.fds.size, 0, what);
    });
    assert.ok(runs > 5);
  });

  test(`${name}: events, supports and close with each call failing`, () => {
    for (const act of [
      ({ core, fd }: Bench & { fd: number }) => core.events(fd, 0),
      ({ core, fd }: Bench & { fd: number }) => core.supports(fd, 0, 1),
    ]) {
      everyFault(at(machine, 0, 1, CLOSEST), act, (run) => {
        if (run.status < 0) assert.is(run.bench.kernel.shown(run.bench.fd), run.before.mask, run.what);
      });
    }
    everyFault(
      at(machine, 0, 1, CLOSEST),
      ({ core, fd }) => core.close(fd, 0),
      ({ bench, status, what }) => {
        // A number that a call says is not ours is left alone.
        assert.is(bench.kernel.fds.has(bench.fd), status < 0, what);
      },
    );
  });

  if (backend === SOCKETPAIR) continue;
  test(`${name}: ctl with each call failing`, () => {
    for (const op of OPS) {
      const act = ({ core, fd }: Bench & { fd: number }): number => core.ctl(fd, 0, op, 0x6);
      everyFault(at(machine, 0, 0x5, 0), act, ({ bench, status, before, what }) => {
        if (status < 0) assert.is(bench.kernel.shown(bench.fd), before.mask, what);
        assert.is(bench.kernel.fds.size, 1, `${what}: a descriptor is left`);
      });
    }
  });
}

test('EINTR is no error: the call is made again', () => {
  for (const [, machine] of MACHINES) {
    const { kernel, core } = make(machine);
    const fd = core.create(0, 0, 0, 0, 0);
    for (const name of ['ioctl', 'send', 'recv', 'poll', 'read', 'write', 'open'] as const)
      kernel.fail(1, EINTR, { name, times: 3 });
    assert.is(core.ctl(fd, 0, ADD, 1), 0);
    assert.is(core.events(fd, 0) & 1, 1);
    assert.is(core.ctl(fd, 0, 2, 1), 0);
    assert.is(core.events(fd, 0), 0);
  }
});

test('the call that failed is named, and nothing is when the core itself refused', () => {
  const { kernel, core } = make();
  const fd = core.create(SOCKETPAIR, 0, 0, 0, 0);
  kernel.fail(1, 12, { name: 'send' });
  assert.is(core.ctl(fd, 0, ADD, 1), -12);
  assert.is(core.failed(), 6); // send, in host/sys.ts
  assert.is(core.ctl(fd, 0, ADD, 2), -95);
  assert.is(core.failed(), -1);
});

test('a state that can not be put back is told: ENOTRECOVERABLE', () => {
  const { kernel, core } = make();
  const fd = core.create(SOCKETPAIR, 0x1, 0, 0, 0);
  // SET OUT from IN: IN is cleared, then setsockopt fails, and then so does every send that would put IN back.
  kernel.fail(1, 12, { name: 'setsockopt', times: 5 });
  kernel.fail(1, 105, { name: 'send', times: 5 });
  assert.is(core.ctl(fd, 0, 3, 0x4), -ENOTRECOVERABLE);
  kernel.clearFaults();
  assert.is(core.events(fd, 0), 0);
  assert.is(core.ctl(fd, 0, ADD, 1), 0);
});

test('after ENOTRECOVERABLE an exclusive vpoll tells the mask that it shows', () => {
  const { kernel, core } = make();
  const fd = core.create(SOCKETPAIR, 0x1, 0, EXCLUSIVE, 0);
  kernel.fail(1, 12, { name: 'setsockopt', times: 5 });
  kernel.fail(1, 105, { name: 'send', times: 5 });
  assert.is(core.ctl(fd, 0, 3, 0x4), -ENOTRECOVERABLE);
  assert.is(core.events(fd, 0), kernel.shown(fd));
});

test('a step that fails is undone: SET OUT from IN, with a setsockopt that fails once', () => {
  const { kernel, core } = make();
  const fd = core.create(SOCKETPAIR, 0x1, 0, 0, 0);
  kernel.fail(1, 12, { name: 'setsockopt' });
  assert.is(core.ctl(fd, 0, 3, 0x4), -12);
  assert.is(kernel.shown(fd), 0x41);
});

test.run();
