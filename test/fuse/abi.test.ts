// SPDX-License-Identifier: LGPL-2.1-or-later

// The numbers of the FUSE protocol and of seccomp, which are written down in src/helper, host/seccomp.ts and host/seccomp-filter.ts, compared with the system's headers by a
// compiler, for x86-64 and arm64.

import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { callNumbers } from '../../host/seccomp-filter.js';
import * as fuse from '../../src/helper/protocol.js';
import { needs } from '../support/needs.js';

const HEADERS = `
#define _GNU_SOURCE
#include <fcntl.h>
#include <stddef.h>
#include <linux/audit.h>
#include <linux/fuse.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <linux/filter.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
`;

/** Offsets that server.ts reads and writes at, behind the headers. */
const LAYOUT: [type: string, field: string, offset: number][] = [
  ['in_header', 'opcode', fuse.IN.opcode],
  ['in_header', 'unique', fuse.IN.unique],
  ['in_header', 'uid', fuse.IN.uid],
  ['out_header', 'error', fuse.OUT.error],
  ['out_header', 'unique', fuse.OUT.unique],
  ['init_out', 'minor', 4],
  ['init_out', 'max_background', 16],
  ['init_out', 'congestion_threshold', 18],
  ['init_out', 'max_write', 20],
  ['init_out', 'time_gran', 24],
  ['attr_out', 'attr', 16],
  ['attr', 'mode', 60],
  ['attr', 'nlink', 64],
  ['attr', 'blksize', 80],
  ['open_out', 'open_flags', 8],
  ['poll_in', 'kh', 8],
  ['poll_in', 'flags', 16],
  ['ioctl_in', 'cmd', 12],
  ['ioctl_in', 'arg', 16],
  ['write_in', 'size', 16],
  ['read_in', 'size', 16],
];

/** Sizes of what is sent and taken: 16 and 40 are those of the headers. */
const SIZES: [type: string, size: number][] = [
  ...Object.entries({
    in_header: fuse.IN.size,
    out_header: fuse.OUT.size,
    init_out: 64,
    attr_out: 104,
    open_out: 16,
    poll_out: 8,
  }),
  ...Object.entries({ ioctl_out: 16, write_in: 40, write_out: 8, kstatfs: 80, notify_poll_wakeup_out: 8 }),
];

function claims(arch: string): string[] {
  const { audit, seccomp, open, openat, openat2, eventfd2, directory } = callNumbers(arch);
  const calls = Object.entries({ seccomp, open, openat, openat2, eventfd2 }).filter(([, nr]) => nr >= 0);
  return [
    ...Object.entries(fuse.OPCODE).map(([name, number]) => `FUSE_${name} == ${number}`),
    ...LAYOUT.map(([type, field, offset]) => `offsetof(struct fuse_${type}, ${field}) == ${offset}`),
    ...SIZES.map(([type, size]) => `sizeof(struct fuse_${type}) == ${size}`),
    ...calls.map(([name, number]) => `__NR_${name} == ${number}`),
    `FUSE_KERNEL_VERSION == ${fuse.MAJOR}`,
    `FUSE_POLL_SCHEDULE_NOTIFY == ${fuse.POLL_SCHEDULE_NOTIFY}`,
    `FUSE_NOTIFY_POLL == ${fuse.NOTIFY_POLL}`,
    `(FATTR_MODE | FATTR_UID | FATTR_GID) == ${fuse.ATTR_OWNERSHIP}`,
    `S_IFREG == ${fuse.S_IFREG}`,
    `(unsigned)${arch === 'x64' ? 'AUDIT_ARCH_X86_64' : 'AUDIT_ARCH_AARCH64'} == ${audit}u`,
    // host/seccomp.ts and host/seccomp-filter.ts, of which these are no exports. SECCOMP_IOCTL_NOTIF_SET_FLAGS is in no header before 6.6.
    'SECCOMP_IOCTL_NOTIF_RECV == 0xc0502100 && SECCOMP_IOCTL_NOTIF_SEND == 0xc0182101',
    'SECCOMP_IOCTL_NOTIF_ADDFD == 0x40182103 && SECCOMP_RET_USER_NOTIF == 0x7fc00000 && SECCOMP_RET_ALLOW == 0x7fff0000',
    'SECCOMP_SET_MODE_FILTER == 1 && SECCOMP_FILTER_FLAG_NEW_LISTENER == 8 && SECCOMP_USER_NOTIF_FLAG_CONTINUE == 1',
    `SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV == 0x20 && _IOW('!', 4, unsigned long long) == 0x40082104`,
    'O_ACCMODE == 3 && (O_CREAT | O_EXCL) == 0xc0 && AT_FDCWD == -100 && (BPF_ALU | BPF_AND | BPF_K) == 0x54',
    'RESOLVE_IN_ROOT == 0x10 && sizeof(struct open_how) == 24',
    'sizeof(struct seccomp_notif) == 80 && sizeof(struct seccomp_notif_resp) == 24 && sizeof(struct seccomp_notif_addfd) == 24',
    'offsetof(struct seccomp_notif, data.nr) == 16 && offsetof(struct seccomp_notif, data.args) == 32',
    'FUSE_SUPER_MAGIC == 0x65735546 && sizeof(struct sock_filter) == 8',
    `O_DIRECTORY == ${directory}`,
    // src/fuse/calls.ts and src/run/supervisor.ts, of which these are no exports.
    `__NR_pidfd_open == 434`,
    'O_PATH == 0x200000 && O_WRONLY == 1 && O_ACCMODE == 3 && O_CLOEXEC == 0x80000 && O_RDWR == 2 && O_NONBLOCK == 0x800 && F_GETFL == 3 && F_DUPFD_CLOEXEC == 1030',
    'AF_UNIX == 1 && (SOCK_STREAM | SOCK_CLOEXEC) == 0x80001 && MSG_CMSG_CLOEXEC == 0x40000000',
    // host/files.ts.
    arch === 'x64' ? '__NR_statx == 332 && __NR_kcmp == 312' : '__NR_statx == 291 && __NR_kcmp == 272',
  ];
}

function objections(compiler: string, all: readonly string[]): string {
  const program = HEADERS + all.map((claim) => `_Static_assert(${claim}, ${JSON.stringify(claim)});\n`).join('');
  const options = { input: program, encoding: 'utf8', timeout: 60_000 } as const;
  const { status, stderr, error } = spawnSync(compiler, ['-fsyntax-only', '-x', 'c', '-'], options);
  if (error) throw error;
  return status === 0 ? '' : stderr;
}

const native = { x64: 'x86_64-linux-gnu-gcc', arm64: 'aarch64-linux-gnu-gcc', [process.arch]: 'gcc' };

for (const [arch, compiler] of Object.entries(native)) {
  needs(test, compiler)(`every number and offset is the system's on ${arch}`, () => {
    assert.is(objections(compiler, claims(arch)), '');
    // A claim that is false is noticed.
    assert.match(objections(compiler, [...claims(arch), 'FUSE_POLL == 41']), 'FUSE_POLL == 41');
  });
}

test.run();
