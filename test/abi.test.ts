// SPDX-License-Identifier: LGPL-2.1-or-later

// No number of the Linux user ABI rests on memory: each one in assembly/constants.ts, host/ and src/ is compared with the system's
// headers by a compiler, for x86-64 and arm64.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ABIS, EPOLL_CLOEXEC, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD } from '../host/abi.js';
import { STAT_ROOM } from '../host/sys.js';
import * as constants from '../src/constants.js';
import { errnoName, VPollError } from '../src/errors.js';
import { needs } from './support/needs.js';

const HEADERS = `
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/net_tstamp.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
`;

/** Of vpoll's own making: no header has them. */
const OWN = new Set(
  'OP_ADD OP_DEL OP_SET EFD_VPOLL AUTO EVENTFD DEVICE FUSE TCP SOCKETPAIR BACKEND_COUNT CLOSEST EXCLUSIVE PASSING TCP_FIRST DUPED LOOK WRITE_ABI'.split(
    ' ',
  ),
);

const EVENTS = 'IN PRI OUT ERR HUP RDNORM RDBAND WRNORM WRBAND MSG RDHUP'.split(' ');
const ALL_EVENTS = ['EPOLL', 'POLL'].map((prefix) => EVENTS.map((name) => prefix + name).join('|'));

/** Names of ours that stand for others. */
const MEANS: Record<string, string[]> = {
  CLOEXEC: ['O_CLOEXEC', 'EFD_CLOEXEC', 'SOCK_CLOEXEC', 'EPOLL_CLOEXEC'],
  NONBLOCK: ['O_NONBLOCK', 'EFD_NONBLOCK', 'SOCK_NONBLOCK'],
  VPOLL_IOC: ["_IO('^', 0)"],
  SETTABLE: ALL_EVENTS,
  VPOLL_EVENTS: ALL_EVENTS,
  ...Object.fromEntries(EVENTS.map((name) => [name, [`EPOLL${name}`, `POLL${name}`]])),
};

/** The numbers of assembly/constants.ts. It can't be imported: its types are AssemblyScript's. */
function coreNumbers(): [name: string, value: number][] {
  const text = readFileSync('assembly/constants.ts', 'utf8');
  const found = [...text.matchAll(/^export const (\w+): [iu]32 = (0x[0-9a-f]+|\d+);/gm)];
  assert.is(found.length, [...text.matchAll(/^export /gm)].length, 'every constant was read');
  return found.map((match) => [match[1]!, Number(match[2])]);
}

function sameAs(name: string, value: number): string[] {
  if (OWN.has(name)) return [];
  return (MEANS[name] ?? [name]).map((expression) => `(unsigned)(${expression}) == ${value}u`);
}

/** The errnos that VPollError knows by name. */
function errnos(): string[] {
  const named = Array.from({ length: 4095 }, (_, i) => i + 1).filter((number) => !/^E\d+$/.test(errnoName(number)));
  assert.ok(named.length > 20);
  for (const number of named) assert.is(new VPollError(errnoName(number), 'x').errno, -number);
  return named.map((number) => `${errnoName(number)} == ${number}`);
}

/** Everything that is the same on each architecture. */
function common(): string[] {
  const fromSource = Object.entries(constants).filter(([name]) => !name.startsWith('VPOLL_CTL_'));
  return [
    ...coreNumbers().flatMap(([name, value]) => sameAs(name, value)),
    ...fromSource.flatMap(([name, value]) => sameAs(name, value)),
    ...errnos(),
    `EPOLL_CLOEXEC == ${EPOLL_CLOEXEC}`,
    `EPOLL_CTL_ADD == ${EPOLL_CTL_ADD} && EPOLL_CTL_DEL == ${EPOLL_CTL_DEL} && EPOLL_CTL_MOD == ${EPOLL_CTL_MOD}`,
    // What assembly/call.ts and host/sys.ts take for granted.
    `sizeof(struct stat) <= ${STAT_ROOM}`,
    'offsetof(struct stat, st_dev) == 0 && sizeof((struct stat){0}.st_dev) == 8',
    'offsetof(struct stat, st_ino) == 8 && sizeof((struct stat){0}.st_ino) == 8',
    'sizeof((struct stat){0}.st_mode) == 4',
    'sizeof(struct pollfd) == 8',
    'offsetof(struct pollfd, fd) == 0 && offsetof(struct pollfd, events) == 4 && offsetof(struct pollfd, revents) == 6',
    'sizeof(int) == 4 && sizeof(size_t) == 8 && sizeof(nfds_t) == 8 && sizeof(socklen_t) == 4 && sizeof(void *) == 8',
    'sizeof(struct sockaddr_in) == 16 && offsetof(struct sockaddr_in, sin_family) == 0',
    'offsetof(struct sockaddr_in, sin_port) == 2 && offsetof(struct sockaddr_in, sin_addr) == 4',
    'offsetof(struct tcp_info, tcpi_unacked) == 24 && offsetof(struct tcp_info, tcpi_notsent_bytes) == 144',
    'offsetof(struct tcp_info, tcpi_snd_wnd) == 228 && sizeof(struct timeval) == 16',
    'AF_UNSPEC == 0 && INADDR_LOOPBACK == 0x7f000001',
    '__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__',
  ];
}

function layout(arch: string): string[] {
  const { epollEvent, stat } = ABIS[arch]!;
  return [
    `sizeof(struct epoll_event) == ${epollEvent.size}`,
    `offsetof(struct epoll_event, events) == ${epollEvent.events}`,
    `offsetof(struct epoll_event, data) == ${epollEvent.data}`,
    `sizeof(struct stat) == ${stat.size}`,
    `offsetof(struct stat, st_mode) == ${stat.mode}`,
  ];
}

/** What a compiler has to say against these being true; '' for nothing. */
function objections(compiler: string, claims: readonly string[]): string {
  const program = HEADERS + claims.map((claim) => `_Static_assert(${claim}, ${JSON.stringify(claim)});\n`).join('');
  const { status, stderr, error } = spawnSync(compiler, ['-fsyntax-only', '-x', 'c', '-'], {
    input: program,
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (error) throw error;
  return status === 0 ? '' : stderr || `status ${String(status)}`;
}

const COMPILERS = {
  x64: process.arch === 'x64' ? 'gcc' : 'x86_64-linux-gnu-gcc',
  arm64: process.arch === 'arm64' ? 'gcc' : 'aarch64-linux-gnu-gcc',
};

test('every architecture that is listed is checked here', () => {
  assert.equal(Object.keys(ABIS).sort(), Object.keys(COMPILERS).sort());
});

for (const [arch, compiler] of Object.entries(COMPILERS)) {
  const withCompiler = needs(test, compiler);

  withCompiler(`every number is the system's on ${arch}`, () => {
    assert.is(objections(compiler, [...common(), ...layout(arch)]), '');
  });

  withCompiler(`each wrong number would be noticed on ${arch}`, () => {
    const numbered = [...common(), ...layout(arch)].filter((claim) => /== \d+u?$/.test(claim));
    assert.ok(numbered.length > 90, `${numbered.length} numbers`);
    const wrong = numbered.map((claim) =>
      claim.replace(/== (\d+)(u?)$/, (_, digits: string, u: string) => `== ${Number(digits) + 1}${u}`),
    );
    const found = objections(compiler, wrong).match(/error: static assertion failed/g) ?? [];
    assert.is(found.length, numbered.length);
  });
}

test.run();
