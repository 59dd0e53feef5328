// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: node, not newest

// In a process that diverts libc's functions to libvpoll: what the library itself wants of the kernel goes there directly, and to nobody else.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ARM64, buildLibrary, MUSL } from '../../tools/cmake.js';
import { FIRST } from '../support/here.js';
import { needs } from '../support/needs.js';
import { root, run } from '../support/run.js';
import { compile, execute, library } from './support/library.js';

/** All that libvpoll uses of libc, and why it may. None makes a system call that a program could care about, or divert. */
const LIBC: Readonly<Record<string, RegExp>> = {
  'memory and text: the compiler itself asks for them': /^(?:mem(?:cpy|move|set|cmp)|str\w+)$/,
  'where errno is: part of the interface': /^__errno_location$/,
  'the environment: only libc knows whether it may be believed': /^secure_getenv$/,
  'whether the program has privileges: only libc has the auxiliary vector': /^getauxval$/,
  'the lock, which waits by calls of its own': /^pthread_mutex_(?:un)?lock$/,
  'fork handlers: only libc calls them': /^(?:__register_atfork|pthread_atfork)$/,
  'the end, where the core is broken': /^abort$/,
  'what belongs to a thread (musl)': /^__tls_get_addr$/,
  "libgcc's atomics for arm64, and what they ask of the processor": /^(?:__aarch64_\w+|__getauxval)$/,
  'where its own names are': /^_GLOBAL_OFFSET_TABLE_$/,
  'what every library asks for': /^(?:__cxa_finalize|__gmon_start__|_ITM_(?:de)?registerTMCloneTable)$/,
};

const BACKENDS = ['tcp', 'socketpair', ...(existsSync('/dev/fuse') ? ['fuse'] : [])];
const LIBRARY = needs(test, 'cmake', 'gcc', 'nm');
const folder = mkdtempSync(join(tmpdir(), 'vpoll-diverted-'));

test.after(() => {
  rmSync(folder, { recursive: true });
});

/** The names that nm tells of a file, without their versions. */
function names(nm: string, file: string, ...which: string[]): string[] {
  return [...run(nm, [...which, file]).matchAll(/ \w ([^\s@]+)/g)].map((match) => match[1]!);
}

function isAllowed(name: string): boolean {
  return Object.values(LIBC).some((pattern) => pattern.test(name));
}

/** Looks at what the library and the archive of a build ask libc for. */
function asksForNoMore(built: string, nm = 'nm'): void {
  const library = names(nm, join(built, 'libvpoll.so.0'), '-D', '--undefined-only');
  for (const asked of [library, names(nm, join(built, 'libvpoll.a'), '--undefined-only')]) {
    assert.ok(asked.includes('pthread_mutex_lock'));
    assert.equal(
      asked.filter((name) => !isAllowed(name)),
      [],
    );
  }
}

LIBRARY('it asks libc for nothing that is not on the list', () => {
  asksForNoMore(library());
});

needs(
  test,
  'cmake',
  'nm',
  'musl-gcc',
)('musl: nor there', () => {
  asksForNoMore(buildLibrary('musl', ['-O1'], MUSL));
});

needs(
  test,
  'cmake',
  'aarch64-linux-gnu-gcc',
  'aarch64-linux-gnu-nm',
)('arm64: nor there', () => {
  asksForNoMore(buildLibrary('arm64', ['-O1'], ARM64), 'aarch64-linux-gnu-nm');
});

LIBRARY('where the instruction is not known, it works by syscall(2), fstat(3) and vfork(2) of libc', () => {
  const built = buildLibrary('by-libc', ['-O1', '-DVPOLL_BY_LIBC']);
  const asked = names('nm', join(built, 'libvpoll.so.0'), '-D', '--undefined-only').filter((name) => !isAllowed(name));
  assert.equal(asked.sort(), ['fstat', 'syscall', 'vfork']);
  for (const backend of BACKENDS) passes(compile('additions.c'), [backend], { VPOLL_BACKEND: backend, LD_LIBRARY_PATH: built });
});

/** Runs a program that says nothing and ends with 0 when all is well. */
function passes(program: string, args: string[], env: Record<string, string>): void {
  const { status, signal, output, errors } = execute(program, { args, env, timeoutMs: 60_000 });
  assert.is(`${output}${errors}`, '', `${program} ${args.join(' ')}`);
  assert.is(status, 0, `${program} ${args.join(' ')}: ${String(signal)}`);
}

/** Compiles a library that is to be preloaded. */
function preload(source: string, ...args: string[]): string {
  const file = join(folder, source.replace('.c', '.so'));
  const text = join(root, 'test/c/programs', source);
  run('gcc', ['-shared', '-fPIC', '-w', '-fno-builtin', '-I', join(root, 'host/c'), '-o', file, text, ...args]);
  return file;
}

/** Functions that have the name of a system call, or make one under another. vfork(2) and clone(2) come back twice, which a function in between can't. */
function callers(): string[] {
  const calls = [...run('sh', ['-c', 'echo "#include <sys/syscall.h>" | gcc -E -dM -']).matchAll(/#define SYS_(\w+) /g)];
  const others = [
    'creat',
    'eventfd',
    'posix_spawn',
    'posix_spawnp',
    'recv',
    'send',
    'sigaction',
    'sigprocmask',
    'syscall',
    'waitpid',
  ];
  const libc = new Set(names('nm', /=> (\S+libc\.so\.6)/.exec(run('ldd', ['/bin/sh']))![1]!, '-D', '--defined-only'));
  return [...new Set([...calls.map((match) => match[1]!), ...others])].filter(
    (name) => libc.has(name) && !/^v?fork$|^clone$/.test(name),
  );
}

LIBRARY('each libc function that makes a system call ends the program when libvpoll calls it: none is called', () => {
  const traps = callers();
  assert.ok(traps.length > 200, `${traps.length} functions`);
  assert.equal(traps.filter(isAllowed), []);
  const list = join(folder, 'traps.h');
  writeFileSync(list, traps.map((name) => `TRAP(${name})\n`).join(''));
  const LD_PRELOAD = preload('traps.c', `-DTRAPS="${list}"`, '-ldl');
  for (const backend of BACKENDS) passes(compile('additions.c'), [backend], { VPOLL_BACKEND: backend, LD_PRELOAD });
  // Those that do call libc are found: else it would find nothing here.
  const LD_LIBRARY_PATH = buildLibrary('by-libc', ['-O1', '-DVPOLL_BY_LIBC']);
  const { status, signal, errors } = execute(compile('additions.c'), {
    args: ['socketpair'],
    env: { VPOLL_BACKEND: 'socketpair', LD_PRELOAD, LD_LIBRARY_PATH },
  });
  assert.is(`${String(status)} ${String(signal)} ${errors}`, 'null SIGILL libvpoll calls syscall');
});

const WAYS = [['auto', FIRST], ...BACKENDS.map((backend) => [backend, backend])] as const;

for (const [way, backend] of WAYS) {
  LIBRARY(`${way}: socket() maps to vpoll_create(), recv() to a DEL of IN, F_DUPFD_CLOEXEC to another one`, () => {
    const LD_PRELOAD = preload('stack.c', '-L', library(), '-lvpoll');
    passes(compile('client.c'), [backend], { VPOLL_BACKEND: way, LD_PRELOAD, LD_LIBRARY_PATH: library() });
  });

  needs(
    test,
    'cmake',
    'gcc',
    '/usr/include/purelibc.h',
  )(`${way}: the same by libpurelibc, as VUOS' umvu does it`, () => {
    passes(compile('pure.c', { args: ['-lpurelibc'] }), [backend], { VPOLL_BACKEND: way });
  });

  LIBRARY(`${way}: a fork handler that comes while the library has its locks gets EDEADLK, and no other backend`, () => {
    passes(compile('forks.c', { args: ['-ldl'] }), [join(library(), 'libvpoll.so.0')], { VPOLL_BACKEND: way });
  });
}

test.run();
