// SPDX-License-Identifier: LGPL-2.1-or-later

/** Numbers of the Linux user ABI, beside those of files: processes, and the filter of `vpoll run`. See linux.ts. */

import type { Group } from './group.js';

export const PROCESS_GROUPS: readonly Group[] = [
  {
    about: 'Where a path begins, and statx(2).',
    headers: ['fcntl.h', 'sys/stat.h'],
    type: 'i32',
    only: 'host',
    numbers: { AT_FDCWD: -100, AT_SYMLINK_NOFOLLOW: 0x100, AT_EMPTY_PATH: 0x1000, AT_STATX_DONT_SYNC: 0x4000, STATX_TYPE: 1 },
  },
  { about: 'openat2(2).', headers: ['linux/openat2.h'], type: 'i32', only: 'host', numbers: { RESOLVE_IN_ROOT: 0x10 } },
  { about: 'flock(2).', headers: ['sys/file.h'], type: 'i32', only: 'host', numbers: { LOCK_EX: 2, LOCK_NB: 4 } },
  { about: 'lseek(2).', headers: ['unistd.h'], type: 'i32', only: 'host', numbers: { SEEK_CUR: 1 } },
  { about: 'kcmp(2).', headers: ['linux/kcmp.h'], type: 'i32', only: 'host', numbers: { KCMP_FILE: 0 } },
  {
    about: 'sched(7): the classes that are of no priority above others.',
    headers: ['sched.h'],
    type: 'i32',
    only: 'host',
    numbers: { SCHED_OTHER: 0, SCHED_BATCH: 3, SCHED_IDLE: 5, SCHED_RESET_ON_FORK: 0x40000000 },
  },
  { about: 'getauxval(3).', headers: ['sys/auxv.h'], type: 'i32', only: 'host', numbers: { AT_SECURE: 23 } },
  { about: 'prctl(2).', headers: ['sys/prctl.h'], type: 'i32', only: 'host', numbers: { PR_GET_CHILD_SUBREAPER: 37 } },
  { about: 'waitpid(2).', headers: ['sys/wait.h'], type: 'i32', only: 'host', numbers: { WNOHANG: 1 } },
  {
    about: 'signal(7).',
    headers: ['signal.h'],
    type: 'i32',
    only: 'host',
    numbers: { SIGKILL: 9, SIGPIPE: 13, SIGCONT: 18, SIGXFSZ: 25, SIG_DFL: 0 },
    means: { SIG_DFL: ['(long)SIG_DFL'] },
  },
  {
    about: 'posix_spawn(3), in glibc and musl.',
    headers: ['spawn.h'],
    type: 'i32',
    only: 'host',
    numbers: { POSIX_SPAWN_SETSID: 0x80, POSIX_SPAWN_SETSIGMASK: 8 },
  },
  {
    about:
      'memfd_create(2), and the seals of fcntl(2) that keep a file as it is: against each other, a change of size either way, and writing.',
    headers: ['sys/mman.h', 'fcntl.h'],
    type: 'u32',
    hex: true,
    only: 'host',
    numbers: { MFD_CLOEXEC: 1, MFD_ALLOW_SEALING: 2, F_ADD_SEALS: 1033, F_SEALS: 15 },
    means: { F_SEALS: ['F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE'] },
  },
  { about: 'f_flags of struct statfs.', headers: ['sys/statvfs.h'], type: 'u32', only: 'host', numbers: { ST_NOEXEC: 8 } },
  {
    about: 'dlopen(3).',
    headers: ['dlfcn.h'],
    type: 'i32',
    only: 'host',
    numbers: { RTLD_LAZY: 1, RTLD_NOLOAD: 4, RTLD_NODELETE: 0x1000 },
  },
  {
    about: 'pidfd_open(2): a system call of the common table, which has one number everywhere.',
    headers: ['sys/syscall.h'],
    type: 'i32',
    only: 'host',
    numbers: { SYS_PIDFD_OPEN: 434 },
    means: { SYS_PIDFD_OPEN: ['__NR_pidfd_open'] },
  },
  {
    about: 'f_type of struct statfs, statfs(2).',
    headers: ['linux/magic.h'],
    type: 'u32',
    hex: true,
    only: 'host',
    numbers: { FUSE_SUPER_MAGIC: 0x65735546 },
  },
];

export const SECCOMP_GROUPS: readonly Group[] = [
  {
    about: 'seccomp(2) and seccomp_unotify(2). SYNC_WAKE_UP and SET_FLAGS are of Linux 6.6, WAIT_KILLABLE_RECV of 5.19.',
    headers: ['linux/seccomp.h', 'linux/prctl.h', 'sys/ioctl.h'],
    type: 'u32',
    hex: true,
    only: 'host',
    numbers: {
      PR_SET_NO_NEW_PRIVS: 38,
      SECCOMP_SET_MODE_FILTER: 1,
      SECCOMP_FILTER_FLAG_NEW_LISTENER: 8,
      SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: 0x20,
      SECCOMP_RET_USER_NOTIF: 0x7fc00000,
      SECCOMP_RET_ALLOW: 0x7fff0000,
      SECCOMP_IOCTL_NOTIF_RECV: 0xc0502100,
      SECCOMP_IOCTL_NOTIF_SEND: 0xc0182101,
      SECCOMP_IOCTL_NOTIF_ID_VALID: 0x40082102,
      SECCOMP_IOCTL_NOTIF_ADDFD: 0x40182103,
      SECCOMP_IOCTL_NOTIF_SET_FLAGS: 0x40082104,
      SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP: 1,
      SECCOMP_USER_NOTIF_FLAG_CONTINUE: 1,
      SECCOMP_ADDFD_FLAG_SEND: 2,
    },
    // In no header before 6.6.
    means: {
      SECCOMP_IOCTL_NOTIF_SET_FLAGS: ["_IOW('!', 4, unsigned long long)"],
      SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP: ['1UL << 0'],
    },
  },
  {
    about: 'Classic BPF, linux/filter.h: the instructions of the filter. X32_BIT is in the number of a call of the x32 ABI.',
    headers: ['linux/filter.h'],
    type: 'u32',
    hex: true,
    only: 'host',
    numbers: {
      BPF_LOAD: 0x20,
      BPF_AND: 0x54,
      BPF_JUMP_EQUAL: 0x15,
      BPF_JUMP_SET: 0x45,
      BPF_JUMP_AT_LEAST: 0x35,
      BPF_RETURN: 0x06,
      X32_BIT: 0x40000000,
    },
    means: {
      BPF_LOAD: ['BPF_LD | BPF_W | BPF_ABS'],
      BPF_AND: ['BPF_ALU | BPF_AND | BPF_K'],
      BPF_JUMP_EQUAL: ['BPF_JMP | BPF_JEQ | BPF_K'],
      BPF_JUMP_SET: ['BPF_JMP | BPF_JSET | BPF_K'],
      BPF_JUMP_AT_LEAST: ['BPF_JMP | BPF_JGE | BPF_K'],
      BPF_RETURN: ['BPF_RET | BPF_K'],
      // __X32_SYSCALL_BIT, which arm64's headers lack.
      X32_BIT: ['1 << 30'],
    },
  },
];
