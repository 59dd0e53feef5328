// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one backend, vm library/once

// Which libc the host takes: what the process has already, else glibc by name, else musl by name; and what of it is made when.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CFunction, Ffi } from '../../host/ffi.js';
import { createHost } from '../../host/linux/libc.js';
import { loadLibc, openLibc, type Koffi } from '../../host/node.js';
import { SYS_NAMES } from '../../host/sys.js';

interface Fake extends Koffi {
  tried: (string | null)[];
}

/** A koffi under which only the libraries in `has` load, and of these only `complete` ones have socketpair. */
function fake(has: (string | null)[], complete = has): Fake {
  const tried: (string | null)[] = [];
  return {
    tried,
    load(name) {
      tried.push(name);
      if (!has.includes(name)) throw new Error(`cannot open ${String(name)}`);
      return {
        func(prototype) {
          if (!complete.includes(name)) throw new Error(`no such symbol: ${prototype}`);
          return () => (name === null ? 0 : name.length);
        },
      };
    },
    errno: () => 0,
    address: () => 0n,
  };
}

const GLIBC = 'libc.so.6';
const MUSL = 'libc.musl-x86_64.so.1';

test('the process itself comes first', () => {
  const koffi = fake([null, GLIBC, MUSL]);
  assert.is(loadLibc(koffi, 'x64').func('int x()')(), 0);
  assert.equal(koffi.tried, [null]);
});

test('then glibc, where the process was linked statically', () => {
  for (const koffi of [fake([GLIBC, MUSL]), fake([null, GLIBC, MUSL], [GLIBC, MUSL])]) {
    assert.is(loadLibc(koffi, 'x64').func('int x()')(), GLIBC.length);
    assert.equal(koffi.tried, [null, GLIBC]);
  }
});

test("then musl, under the architecture's name", () => {
  for (const [arch, name] of [
    ['x64', MUSL],
    ['arm64', 'libc.musl-aarch64.so.1'],
  ] as const) {
    const koffi = fake([name]);
    assert.is(loadLibc(koffi, arch).func('int x()')(), name.length);
    assert.equal(koffi.tried, [null, GLIBC, name]);
  }
});

test('none at all: the error names all that was tried, and its cause is the last failure', () => {
  const koffi = fake([]);
  assert.throws(
    () => loadLibc(koffi, 'arm64'),
    (error: Error) =>
      error.message.includes('libc.so.6, libc.musl-aarch64.so.1') &&
      /cannot open libc\.musl/.test((error.cause as Error).message),
  );
});

test('a host on an architecture that nobody wrote down is refused, not guessed', () => {
  assert.throws(() => createHost(openLibc(fake([null]), 'mips'), 'mips'), /mips.*x64, arm64/);
});

/** An Ffi that notes the functions that are asked for; each gives 7. */
function noting(made: string[]): Ffi {
  const func = (name: string): CFunction => {
    made.push(name);
    return () => 7;
  };
  return { func, word: (value) => value, errno: () => 0, address: () => 0 };
}

test('what only tcp takes is made when it is called first, and all of it then', () => {
  const made: string[] = [];
  const sys = createHost(noting(made), 'x64')(() => new WebAssembly.Memory({ initial: 1 }));
  const before = [...made];
  assert.ok(before.includes('ioctl') && before.includes('close'));
  assert.is(sys.close(3), 7);
  assert.equal(made, before, 'the others are there from the start');
  const rare = SYS_NAMES.filter((name) => !before.includes(name));
  assert.ok(rare.includes('socket') && rare.includes('dup3'), rare.join());
  for (let i = 0; i < 2; i++) {
    assert.is(sys.listen(3, 1), 7);
    assert.equal(made.toSorted(), SYS_NAMES.toSorted());
  }
});

test.run();
