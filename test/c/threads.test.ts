// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 900
// runs: node, not newest

// The library under threads, forks, signals and cancellation, as it is and as ASan, UBSan, TSan and valgrind see it.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { compile, execute, type Flavour, library, type RunOptions } from './support/library.js';

const LIBRARY = needs(test, 'cmake', 'gcc', '/usr/include/vpoll.h');
const BACKENDS = ['tcp', 'socketpair', ...(existsSync('/dev/fuse') ? ['fuse'] : [])];
const STRICT = {
  ASAN_OPTIONS: 'detect_leaks=1:halt_on_error=1',
  UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
  TSAN_OPTIONS: 'halt_on_error=1:die_after_fork=0',
};
const folder = mkdtempSync(join(tmpdir(), 'vpoll-threads-'));

test.after(() => {
  rmSync(folder, { recursive: true });
});

/** Runs a program that says nothing and ends with 0 when all is well. */
function passes(program: string, options: RunOptions, what: string): void {
  const { status, signal, output, errors } = execute(program, options);
  assert.is(`${output}${errors}`.slice(0, 4000), '', what);
  assert.is(status, 0, `${what}: ${String(signal)}`);
}

for (const backend of BACKENDS) {
  const env = { VPOLL_BACKEND: backend, ...STRICT };

  LIBRARY(`${backend}: eight threads and their children`, () => {
    passes(compile('threads.c', { forDebian: true }), { args: ['200'], env: { ...env, LD_LIBRARY_PATH: library() } }, backend);
  });

  for (const flavour of ['asan', 'tsan'] satisfies Flavour[]) {
    LIBRARY(`${backend}: the same under ${flavour}`, () => {
      passes(compile('threads.c', { flavour }), { args: ['32'], env, timeoutMs: 300_000 }, `${backend} ${flavour}`);
    });
  }

  LIBRARY(`${backend}: who waits is woken, by poll, select and epoll`, () => {
    passes(compile('waiters.c', { forDebian: true }), { args: ['2000'], env: { ...env, LD_LIBRARY_PATH: library() } }, backend);
    passes(compile('waiters.c', { flavour: 'tsan' }), { args: ['200'], env }, `${backend} tsan`);
  });

  LIBRARY(`${backend}: threads that are cancelled`, () => {
    passes(compile('cancelled.c'), { env }, backend);
    passes(compile('cancelled.c'), { env: { ...env, VPOLL_TRACE: join(folder, 'trace') } }, `${backend}, traced`);
  });

  LIBRARY(`${backend}: a signal handler in the middle of a call`, () => {
    // A file that is a vpoll by itself is changed without a lock; an emulator says that it is busy.
    const counts = backend === 'fuse' ? ['300', '0'] : ['100', '20'];
    for (const flavour of ['plain', 'asan'] satisfies Flavour[])
      passes(compile('signals.c', { flavour }), { args: counts, env }, `${backend} ${flavour}`);
  });
}

const withValgrind = needs(test, 'cmake', 'gcc', 'valgrind', '/usr/include/vpoll.h');

for (const backend of BACKENDS) {
  withValgrind(`${backend}: valgrind finds nothing`, () => {
    // What a thread has of the loader is only possibly lost; and the ioctls take no pointer.
    const kinds = ['--show-leak-kinds=definite,indirect', '--errors-for-leak-kinds=definite,indirect'];
    const args = ['-q', '--error-exitcode=9', '--leak-check=full', ...kinds, '--sim-hints=lax-ioctls'];
    const env = { VPOLL_BACKEND: backend, LD_LIBRARY_PATH: library() };
    passes('valgrind', { args: [...args, compile('threads.c', { forDebian: true }), '3'], env, timeoutMs: 300_000 }, backend);
  });
}

test.run();
