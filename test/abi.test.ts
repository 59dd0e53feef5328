// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node

// No number of the Linux user ABI rests on memory. A compiler compares all of tools/abi/ with the system's headers, for x86-64 and arm64. AssemblyScript,
// TypeScript and C take their numbers from that folder. Here too: what nobody uses is not in the table, and what the public API names is.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ABIS } from '../host/abi.js';
import { SYS_NAMES } from '../host/sys.js';
import * as constants from '../src/constants.js';
import { errnoName, VPollError } from '../src/errors.js';
import { ARCHITECTURES, EXPRESSIONS } from '../tools/abi/arch.js';
import { ERRNOS } from '../tools/abi/errno.js';
import type { Group } from '../tools/abi/group.js';
import { offsets, POLLFD, STRUCTS } from '../tools/abi/layout.js';
import { EVENTS, LINUX } from '../tools/abi/linux.js';
import { CALLS, ENTRY, OWN } from '../tools/abi/own.js';
import { generate } from '../tools/abi.js';
import { needs } from './support/needs.js';
import { root, run } from './support/run.js';

/** Claims that hold together: the headers that they need, and C expressions that are to be true. */
interface Claims {
  readonly headers: readonly string[];
  readonly true: readonly string[];
}

function ofGroup({ headers, numbers, means = {} }: Group): Claims {
  const all = Object.entries(numbers).flatMap(([name, value]) =>
    (means[name] ?? [name]).map((expression) => `(long)(${expression}) == ${value}L`),
  );
  return { headers, true: all };
}

function ofStruct(c: string, headers: readonly string[], size: string, fields: Readonly<Record<string, number>>): Claims {
  const at = Object.entries(fields).map(([field, offset]) => `offsetof(${c}, ${field}) == ${offset}`);
  return { headers: ['stddef.h', ...headers], true: [size, ...at] };
}

function ofArchitecture(arch: string): Claims[] {
  const { epollEvent, stat, numbers } = ARCHITECTURES[arch]!;
  const { size, ...event } = epollEvent;
  const known = Object.entries(numbers).filter(([, number]) => number >= 0);
  const calls = known.map(([name, number]) => `(long)(${EXPRESSIONS[arch]![name] ?? `__NR_${name}`}) == ${number}L`);
  const missing = Object.entries(numbers).filter(([, number]) => number < 0);
  return [
    ofStruct('struct epoll_event', ['sys/epoll.h'], `sizeof(struct epoll_event) == ${size}`, event),
    ofStruct('struct stat', ['sys/stat.h'], `sizeof(struct stat) == ${stat.size}`, { st_mode: stat.mode, st_dev: 0, st_ino: 8 }),
    { headers: ['fcntl.h', 'linux/audit.h', 'sys/syscall.h'], true: calls },
    { headers: ['sys/syscall.h'], true: missing.map(([name]) => `!IS_DEFINED(__NR_${name})`) },
  ];
}

/** What the code takes for granted without a number in a table. */
const GRANTED: readonly Claims[] = [
  {
    headers: ['sys/stat.h'],
    true: ['dev', 'ino']
      .map((name) => `sizeof((struct stat){0}.st_${name}) == 8`)
      .concat('sizeof((struct stat){0}.st_mode) == 4'),
  },
  {
    headers: ['netinet/in.h', 'stddef.h'],
    true: [
      'sizeof(struct sockaddr_in) == 16 && offsetof(struct sockaddr_in, sin_family) == 0',
      'offsetof(struct sockaddr_in, sin_port) == 2 && offsetof(struct sockaddr_in, sin_addr) == 4',
      'AF_UNSPEC == 0 && INADDR_LOOPBACK == 0x7f000001',
    ],
  },
  {
    headers: ['sys/socket.h', 'sys/time.h'],
    true: [
      'CMSG_LEN(sizeof(int)) == sizeof(struct cmsghdr) + 4 && CMSG_SPACE(sizeof(int)) == sizeof(struct cmsghdr) + 8',
      'sizeof(struct timeval) == 16 && sizeof(int) == 4 && sizeof(size_t) == 8 && sizeof(socklen_t) == 4 && sizeof(void *) == 8',
      '__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__',
    ],
  },
  { headers: ['poll.h'], true: ['sizeof(nfds_t) == 8'] },
  { headers: ['linux/seccomp.h', 'stddef.h'], true: ['sizeof((struct seccomp_data){0}.args) == 6 * 8'] },
];

function everything(arch: string): Claims[] {
  const { size, ...pollfd } = offsets(POLLFD);
  return [
    ...[...LINUX, ...OWN].filter((group) => group.headers.length > 0 && (group.arch ?? arch) === arch).map(ofGroup),
    ...STRUCTS.map(({ name, c, headers, size, fields }) =>
      // The kernel may have added fields behind those that are used.
      ofStruct(c, headers, `sizeof(${c}) ${name === 'TCP_INFO' ? '>=' : '=='} ${size}`, fields),
    ),
    ofStruct(POLLFD.c!, POLLFD.headers!, `sizeof(struct pollfd) == ${size}`, pollfd),
    ...ofArchitecture(arch),
    ...GRANTED,
  ].filter((claims) => claims.true.length > 0);
}

/** Whether a macro is defined, as an expression: `#x` is its own name where it isn't. */
const IS_DEFINED = '#define STRING(x) #x\n#define IS_DEFINED(x) (__builtin_strcmp(STRING(x), #x) != 0)\n';

/** What a compiler has to say against these being true; '' for nothing. Each group is compiled alone: some headers can't stand beside each other. */
function objections(compiler: string, all: readonly Claims[]): string {
  let said = '';
  for (const claims of all) {
    const lines = claims.true.map((claim) => `_Static_assert(${claim}, ${JSON.stringify(claim)});\n`);
    const program = `#define _GNU_SOURCE\n${claims.headers.map((name) => `#include <${name}>\n`).join('')}${IS_DEFINED}${lines.join('')}`;
    const options = { input: program, encoding: 'utf8', timeout: 60_000 } as const;
    const { status, stderr, error } = spawnSync(compiler, ['-fsyntax-only', '-x', 'c', '-'], options);
    if (error) throw error;
    if (status !== 0) said += stderr || `status ${String(status)}`;
  }
  return said;
}

const COMPILERS = {
  x64: process.arch === 'x64' ? 'gcc' : 'x86_64-linux-gnu-gcc',
  arm64: process.arch === 'arm64' ? 'gcc' : 'aarch64-linux-gnu-gcc',
};

test('every architecture that is listed is checked here', () => {
  assert.equal(Object.keys(ABIS).sort(), Object.keys(COMPILERS).sort());
  assert.equal(Object.keys(ARCHITECTURES), Object.keys(ABIS));
});

for (const [arch, compiler] of Object.entries(COMPILERS)) {
  const withCompiler = needs(test, compiler);

  withCompiler(`every number is the system's on ${arch}`, () => {
    assert.is(objections(compiler, everything(arch)), '');
  });

  withCompiler(`each wrong number would be noticed on ${arch}`, () => {
    const plain = /^([^&|]*) [=>]= (-?\d+)(L?)$/;
    const numbered = everything(arch).map(({ headers, true: claims }) => ({
      headers,
      true: claims.filter((claim) => plain.test(claim)),
    }));
    const count = numbered.reduce((sum, claims) => sum + claims.true.length, 0);
    assert.ok(count > 230, `${count} numbers`);
    const wrong = numbered.map((claims) => ({
      headers: claims.headers,
      true: claims.true.map((claim) =>
        claim.replace(plain, (_, left: string, digits: string, l: string) => `${left} == ${Number(digits) + 1}${l}`),
      ),
    }));
    const found = objections(compiler, wrong).match(/error: static assertion failed/g) ?? [];
    assert.is(found.length, count);
  });
}

test('the public constants are those of the table', () => {
  const numbers = Object.assign({}, ...[...LINUX, ...OWN].map((group) => group.numbers)) as Record<string, number>;
  const own: Record<string, string> = {
    VPOLL_EVENTS: 'SETTABLE',
    VPOLL_CTL_ADDEVENTS: 'OP_ADD',
    VPOLL_CTL_DELEVENTS: 'OP_DEL',
    VPOLL_CTL_SETEVENTS: 'OP_SET',
    EFD_CLOEXEC: 'O_CLOEXEC',
    EFD_NONBLOCK: 'O_NONBLOCK',
  };
  const expected = Object.keys(constants).map((name) => [name, numbers[own[name] ?? name] ?? numbers[name.replace('EPOLL', '')]]);
  assert.equal(Object.entries(constants), expected);
  // The one place that says the number: it is part of the public ABI.
  assert.is(constants.VPOLL_EVENTS, 0x27df);
  assert.is(EVENTS.length, 11);
});

test('each errno that errors have a name for is known by it', () => {
  const named = Array.from({ length: 4095 }, (_, i) => i + 1).filter((number) => !/^E\d+$/.test(errnoName(number)));
  assert.ok(named.length > 20);
  for (const number of named) {
    assert.is(ERRNOS.numbers[errnoName(number)], number);
    assert.is(new VPollError(errnoName(number), 'x').errno, -number);
  }
});

test('the calls of the boundary are numbered by their places, and the entry of the table is as C and TypeScript read it', () => {
  assert.equal(Object.values(CALLS.numbers), [...SYS_NAMES.keys()]);
  assert.equal(offsets(ENTRY), {
    size: 32,
    ino: 0,
    peerIno: 8,
    peer: 16,
    generation: 20,
    dev: 24,
    mask: 28,
    backend: 30,
    flags: 31,
  });
});

// But for the calls of the boundary, whose list is whole.
test('no number is in the table that nobody uses', () => {
  const generated = Object.keys(generate());
  const listed = run('git', ['ls-files', '--', 'assembly', 'host/*.ts', 'src', 'test']).split('\n');
  const files = listed.filter((path) => path.endsWith('.ts') && !generated.includes(path));
  const words = new Set(files.flatMap((path) => readFileSync(`${root}/${path}`, 'utf8').match(/\w+/g) ?? []));
  const groups = [...LINUX, ...OWN]
    .filter((group) => group !== CALLS)
    .map(({ prefix = '', numbers }) => Object.keys(numbers).map((name) => [name, prefix + name]));
  const unused = groups.flat().filter((names) => !names.some((name) => words.has(name)));
  assert.equal(unused, []);
});

test.run();
