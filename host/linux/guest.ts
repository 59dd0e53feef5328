// SPDX-License-Identifier: LGPL-2.1-or-later

// What this process is, as far as it matters to a library that would start another in it. Each is a number; src/fuse/policy.ts says what they mean. Only libc
// is asked: a runtime's own functions may need permissions.

import {
  AT_FDCWD,
  AT_SECURE,
  AT_SYMLINK_NOFOLLOW,
  O_CLOEXEC,
  O_RDONLY,
  PR_GET_CHILD_SUBREAPER,
  SCHED_RESET_ON_FORK,
} from '../abi.js';
import { ENOENT } from '../errno.js';
import type { Ffi } from '../ffi.js';
import { Arena } from './arena.js';
import { systemCall } from './syscall.js';

/** See src/fuse/policy.ts. */
export type Fact = 'secure' | 'proc' | 'seccomp' | 'children' | 'init' | 'subreaper' | 'classes';

/** What the fact `children` says where it isn't 0. */
interface Children {
  readonly enter: number;
  readonly begin: number;
}

/** proc_pid_status(5) of this thread, which is the one that a filter of its own would hinder; or -errno. */
function readStatus(ffi: Ffi): string | number {
  const bytes = new Uint8Array(8192);
  const path = new TextEncoder().encode('/proc/thread-self/status\0');
  const fd = ffi.func('open', 'ptr', 'i32')(ffi.word(ffi.address(path.buffer)), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -ffi.errno();
  const read = ffi.func('read', 'i32', 'ptr', 'len');
  let text = '';
  let n: number;
  while ((n = read(fd, ffi.word(ffi.address(bytes.buffer)), ffi.word(bytes.length))) > 0) {
    text += String.fromCharCode(...bytes.subarray(0, n));
  }
  const error = n < 0 ? -ffi.errno() : 0;
  ffi.func('close', 'i32')(fd);
  return error || text;
}

/** What a symbolic link says, or -errno. */
function readLink(ffi: Ffi, path: string): string | number {
  const room = 64;
  const arena = new Arena(ffi, Arena.roomFor([path]) + room);
  const [name] = arena.strings([path]).each;
  const at = arena.take(room);
  const length = systemCall(ffi, 'readlinkat', AT_FDCWD, name!, at, room);
  return length < 0 ? length : new TextDecoder().decode(arena.bytes(at, length));
}

function isThere(ffi: Ffi, path: string): boolean {
  const name = new TextEncoder().encode(`${path}\0`);
  const access = ffi.func('faccessat', 'i32', 'ptr', 'i32', 'i32');
  return access(AT_FDCWD, ffi.word(ffi.address(name.buffer)), 0, AT_SYMLINK_NOFOLLOW) === 0;
}

/** Which pid namespace a process of this thread's would be in: its own (0), another, or one that begins with it, whose link leads nowhere yet. */
function children(ffi: Ffi, { enter, begin }: Children): number {
  const own = readLink(ffi, '/proc/thread-self/ns/pid');
  const path = '/proc/thread-self/ns/pid_for_children';
  const theirs = readLink(ffi, path);
  if (typeof own === 'number' || own === theirs) return 0;
  if (typeof theirs === 'string') return enter;
  // Before Linux 4.12 there is no such link.
  return theirs === -ENOENT && isThere(ffi, path) ? begin : 0;
}

function isSubreaper(ffi: Ffi): number {
  const answer = new Int32Array(1);
  const prctl = ffi.func('prctl', 'i32', 'ptr', 'ptr', 'ptr', 'ptr');
  const none = ffi.word(0);
  prctl(PR_GET_CHILD_SUBREAPER, ffi.word(ffi.address(answer.buffer)), none, none, none);
  return answer[0]!;
}

/** The classes of this thread and of the first, by which others were made: a bit each. */
function classes(ffi: Ffi): number {
  const get = ffi.func('sched_getscheduler', 'i32');
  const bit = (thread: number): number => 1 << (get(thread) & ~SCHED_RESET_ON_FORK);
  return bit(0) | bit(process.pid);
}

/** Looks at one fact after the other. */
export function createFinder(ffi: Ffi, numbers: Children): (fact: Fact) => number {
  let status: string | number | undefined;
  const look: Record<Fact, () => number> = {
    secure: () => ffi.func('getauxval', 'ptr')(ffi.word(AT_SECURE)),
    proc: () => (typeof (status ??= readStatus(ffi)) === 'number' ? -status : 0),
    // A kernel without filters has no such line.
    seccomp: () => Number(/^Seccomp:\t(\d+)$/m.exec(String((status ??= readStatus(ffi))))?.[1] ?? 0),
    children: () => children(ffi, numbers),
    init: () => Number(ffi.func('getpid')() === 1),
    subreaper: () => isSubreaper(ffi),
    classes: () => classes(ffi),
  };
  return (fact) => look[fact]();
}
