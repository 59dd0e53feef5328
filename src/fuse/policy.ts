// SPDX-License-Identifier: LGPL-2.1-or-later

// When a helper is started, by which ways, and what both sides say. It holds for the helper of a runtime and for C's, which has it as host/c/core/policy.h
// (tools/c.ts).

import { SCHED_BATCH, SCHED_IDLE, SCHED_OTHER } from '../../host/abi.js';

/**
 * What VPOLL_FUSE may say; nothing is as the first. `runtime`: the helper that this runtime runs, and not the native one. `native`: the native one, and an error
 * where it can't be executed. `memfd`: the native one, out of memory where its file can't be executed. A library in C has the native one alone, and takes each
 * of these as `on`.
 */
export const WORDS = ['on', 'off', 'runtime', 'native', 'memfd'] as const;

/**
 * The version of what a library and the native helper say to each other, and of the file that is served. The library names its own (`helper 1`). The helper
 * serves a library that has the same, and answers with it (`ready 1 PID`). A library without a number is of 0.1, and so is a helper without one. Both are
 * accepted, for the file is the same.
 */
export const ABI = 1;

/**
 * What a library in C says behind its number: the process that executes the helper has no parent that waits for it. So the helper need not make a child and
 * leave that to the process that adopts orphans. One that doesn't know the word makes it all the same.
 */
export const DETACHED = 'detached';

/**
 * How long `auto` asks for no helper after there was none: so many times as long as it took to find out, and at least so long. So an attempt that fails takes at
 * most a hundredth of a program's time, and what a user has mended is noticed soon.
 */
export const RETRY = { times: 100, atLeastMs: 10_000 } as const;

/** What becomes of a process that this thread starts, as a fact: it enters another pid namespace, or begins one. */
export const CHILDREN = { enter: 1, begin: 2 } as const;

/** Something to be known of a program before a helper is started in it that it has not asked for, and what is harmless. */
export interface Rule {
  /** What is looked at: a number. */
  readonly fact: string;
  /** The bits of it that do no harm; mostly the fact must be 0. */
  readonly mayBe: number;
  /** The bits of it by which none is started either where one is asked for. */
  readonly forbids?: number;
  readonly reason: string;
  readonly remedy: string;
  /** Only for programs in C. A runtime of JavaScript has such a thing itself, and it does no harm there. */
  readonly isOfC?: true;
}

const ASK = "a program that can do with one asks for it: VPoll.prepare('fuse'), backend: 'fuse' or needs";

/**
 * Where `auto` starts a helper by itself: where none of these forbids it. They are asked in this order, and only up to the first that does. Once a filter of system
 * calls is found, no further call is made, since the filter may kill for it. docs/what-vpoll-may-start.md says why each.
 */
export const RULES = [
  { fact: 'secure', mayBe: 0, reason: "this program runs with another's privileges (AT_SECURE)", remedy: ASK },
  { fact: 'proc', mayBe: 0, reason: "/proc/thread-self/status can't be read", remedy: 'mount /proc' },
  {
    fact: 'seccomp',
    mayBe: 0,
    reason: 'this thread is under a seccomp filter, which may kill it for starting a process',
    remedy: "call VPoll.prepare('fuse') before the filter is there",
  },
  {
    fact: 'children',
    mayBe: 0,
    forbids: CHILDREN.begin,
    reason:
      'a process that this thread starts begins or enters another pid namespace (unshare(2), setns(2)), and a helper would end it or end with it',
    remedy: "call VPoll.prepare('fuse') before that",
  },
  {
    fact: 'init',
    mayBe: 0,
    reason: 'this program is process 1, so a helper would become its child',
    remedy: `run it under an init (docker run --init); or ${ASK}`,
  },
  {
    fact: 'subreaper',
    mayBe: 0,
    reason: 'this program adopts orphans (PR_SET_CHILD_SUBREAPER), so a helper would become its child',
    remedy: ASK,
  },
  {
    fact: 'classes',
    mayBe: (1 << SCHED_OTHER) | (1 << SCHED_BATCH) | (1 << SCHED_IDLE),
    reason: 'a thread of this program is of a real-time class, and would have to wait for a helper that is not',
    remedy: ASK,
  },
  {
    fact: 'sigchld',
    mayBe: 0,
    reason: 'this program has a handler for SIGCHLD, so it may wait for all processes that it starts',
    remedy: ASK,
    isOfC: true,
  },
] as const satisfies readonly Rule[];

/** How long each answer of a helper that starts may take, and a mount to come or to go. A machine that is slower than that is one where it hangs. */
export const PATIENCE_MS = 20_000;

/**
 * The same of the native helper where nobody has asked for one: it takes some milliseconds, and there is a next backend. A runtime that becomes a helper may take
 * seconds on a busy machine, and has the time above.
 */
export const UNASKED_PATIENCE_MS = 2000;

/** The name of the file that a helper serves, in a folder that has nothing else. The core knows it as well (assembly/backend/fuse.ts). */
export const FILE = 'vpoll';

/** What a helper says when it serves: the first word of a line. */
export const READY = 'ready';

/** What it says instead where the library has named another number than its own, which follows. */
export const SPEAKS = 'speaks';

/** What a program of the system is told to end by, and a helper is not: it ends with its last vpoll. Names as sh has them, numbers of signal(7). */
export const IGNORED = { INT: 2, TERM: 15, HUP: 1, QUIT: 3, USR1: 10, USR2: 12 } as const;

/** What is mounted by whom: the type and mode of the one file, and as which user. */
const TYPE = 'rootmode=100666';

/** A way to a mount in a namespace of one's own. */
export interface Mount {
  readonly name: string;
  /** Whether it takes root; the other becomes root of a user namespace first. */
  readonly isRoots: boolean;
  /** Options of FUSE's beside the descriptor; %u is the group. */
  readonly options: string;
}

/** The ways, first first. The mount of root is for all users. */
export const MOUNTS: readonly Mount[] = [
  { name: 'mount as root', isRoots: true, options: `${TYPE},user_id=0,group_id=%u,allow_other` },
  { name: 'a user namespace', isRoots: false, options: `${TYPE},user_id=0,group_id=0` },
];

/** Where a program of the system may be: by absolute path, whatever PATH says. */
export const TOOLS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'] as const;

/** Where a file is made that fusermount3(1) mounts on. */
export const FOLDERS = ['/tmp', '/dev/shm', '/var/tmp'] as const;

/** Flags of mount(2), and for mount(8): nothing on it is a program or a device. */
export const MOUNT_FLAGS = ['nosuid', 'nodev', 'noexec'] as const;

/** What mount(8) is told: descriptor 3 is /dev/fuse. */
export function mountOptions({ options }: Mount, gid: number): string {
  const [mode, ...owner] = options.replace('%u', String(gid)).split(',');
  return ['fd=3', mode, ...MOUNT_FLAGS, ...owner].join(',');
}

/** What fusermount3(1) is told. */
export const FUSERMOUNT_OPTIONS = ['fsname=vpoll', ...MOUNT_FLAGS].join(',');

/** What a mount of ours has for a source: with the type, how one is known in proc_pid_mountinfo(5). */
export const SOURCE = 'vpoll';

/**
 * The mode of a file that is made to be served. The sticky bit means nothing on a regular file: it says that the file is removed with the mount. It is there
 * from the start: the other of two that begin at once may open what the first has made. No other user may open it, since he could keep it locked forever.
 */
export const MADE_MODE = 0o1600;

/** How many vpolls a user may have of a file that is served, where nothing else was said. */
export const MAX_PER_UID = 1024;

/** How often a path is looked at that comes and goes meanwhile. */
export const TRIES = 100;

/** Why a path isn't served, before anything was changed: the errno, and what is said; %s is the path. */
export const REFUSALS = {
  directory: ['EISDIR', '%s is a directory'],
  link: ['EEXIST', '%s is a symbolic link'],
  served: ['EEXIST', '%s is served already'],
  claimed: ['EEXIST', '%s is served already, or about to be'],
  mounted: ['EBUSY', '%s: something is mounted there'],
  irregular: ['EEXIST', '%s is no regular file'],
  full: ['EEXIST', '%s has something in it, which would be hidden: name a file that is empty or not there'],
  fleeting: ['EBUSY', '%s comes and goes'],
} as const;
