// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * The filter of seccomp_unotify(2) that hands the calls which may want a vpoll to a supervisor (seccomp.ts), and no others: one that is handed
 * over costs two changes of process, and a signal may interrupt it. Statuses are >= 0 or -errno.
 */
import { Arena } from './arena.js';
import type { Ffi } from './ffi.js';

/** The numbers of the calls that are looked at, by `process.arch`, and what their O_DIRECTORY is. -1: this architecture has no such call. */
const CALLS = {
  x64: { audit: 0xc000003e, seccomp: 317, open: 2, openat: 257, openat2: 437, eventfd2: 290, directory: 0x10000 },
  arm64: { audit: 0xc00000b7, seccomp: 277, open: -1, openat: 56, openat2: 437, eventfd2: 19, directory: 0x4000 },
} as const;
export type CallNumbers = (typeof CALLS)[keyof typeof CALLS];

/** The numbers for an architecture. Throws for one that isn't known. */
export function callNumbers(arch: string): CallNumbers {
  const found = (CALLS as Partial<Record<string, CallNumbers>>)[arch];
  if (!found) throw new Error(`architecture ${arch} is not supported (${Object.keys(CALLS).join(', ')} are)`);
  return found;
}

/** EFD_VPOLL of eventfd2(2). */
const EFD_VPOLL = 2;
/** Set in the number of a call of the x32 ABI, whose programs have the same audit architecture. */
const X32_BIT = 0x40000000;
export const AT_FDCWD = -100;
const O_ACCMODE = 3;
const O_CREAT_EXCL = 0xc0;
export const O_PATH = 0x200000;

// Classic BPF over struct seccomp_data: nr at 0, arch at 4, the lower half of argument n at 16 + 8 n.
const [LOAD, AND, JUMP_EQUAL, JUMP_SET, JUMP_AT_LEAST, RETURN] = [0x20, 0x54, 0x15, 0x45, 0x35, 0x06];
const [NR, ARCH] = [0, 4];
const argument = (n: number): number => 16 + 8 * n;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, k: number];

const ALLOW: Instruction = [RETURN, 0, 0, 0x7fff0000];
const HAND_OVER: Instruction = [RETURN, 0, 0, 0x7fc00000];

/** What becomes of the call `nr`, whose number is loaded; any other goes on behind it. */
function on(nr: number, ...block: Instruction[]): Instruction[] {
  return nr < 0 ? [] : [[JUMP_EQUAL, 0, block.length, nr], ...block];
}

/**
 * An open with its flags in argument `n`. A device that is opened only for reading can't be changed, one that must be new or a directory can't be
 * opened, and O_PATH opens nothing: whoever asks for that asks for another file, and there are many of them.
 */
function open(n: number, directory: number): Instruction[] {
  return [
    [LOAD, 0, 0, argument(n)],
    [JUMP_SET, 0, 4, O_ACCMODE],
    [JUMP_SET, 3, 0, O_PATH | directory],
    [AND, 0, 0, O_CREAT_EXCL],
    [JUMP_EQUAL, 1, 0, O_CREAT_EXCL],
    HAND_OVER,
    ALLOW,
  ];
}

/**
 * The filter. BPF can look at no path, and not at openat2's flags either, which are in memory: what it knows of that is whether a directory is named,
 * by which programs mean a path below it and not /dev/vpoll.
 */
function filter({ audit, open: open_, openat, openat2, eventfd2, directory }: CallNumbers): Instruction[] {
  return [
    [LOAD, 0, 0, ARCH],
    [JUMP_EQUAL, 1, 0, audit],
    ALLOW,
    [LOAD, 0, 0, NR],
    [JUMP_AT_LEAST, 0, 1, X32_BIT],
    ALLOW,
    ...on(open_, ...open(1, directory)),
    ...on(openat, ...open(2, directory)),
    ...on(openat2, [LOAD, 0, 0, argument(0)], [JUMP_EQUAL, 0, 1, AT_FDCWD >>> 0], HAND_OVER, ALLOW),
    ...on(eventfd2, [LOAD, 0, 0, argument(1)], [JUMP_SET, 0, 1, EFD_VPOLL], HAND_OVER, ALLOW),
    ALLOW,
  ];
}

const PR_SET_NO_NEW_PRIVS = 38;
const SECCOMP_SET_MODE_FILTER = 1;
const NEW_LISTENER = 8;
/** Linux 5.19: a call that the supervisor has received is interrupted by nothing but the end of its process. */
const WAIT_KILLABLE_RECV = 0x20;
const EINVAL = 22;

/** Puts this thread under the filter, for good, and all that it will execute or fork: the supervisor's descriptor, close-on-exec. */
export function listen(ffi: Ffi, numbers: CallNumbers): number {
  const program = filter(numbers);
  const arena = new Arena(ffi, program.length * 8 + 64);
  const [header, code] = [arena.take(16), arena.take(program.length * 8)];
  program.forEach(([op, ifTrue, ifFalse, k], i) => {
    const at = arena.at(code) + i * 8;
    arena.view.setUint16(at, op, true);
    arena.view.setUint8(at + 2, ifTrue);
    arena.view.setUint8(at + 3, ifFalse);
    arena.view.setUint32(at + 4, k, true);
  });
  arena.view.setUint16(arena.at(header), program.length, true);
  arena.point(header + 8, code);
  const zero = ffi.word(0);
  const prctl = ffi.func('prctl', 'i32', 'ptr', 'ptr', 'ptr', 'ptr');
  if (prctl(PR_SET_NO_NEW_PRIVS, ffi.word(1), zero, zero, zero) < 0) return -ffi.errno();
  const syscall = ffi.func('syscall', 'ptr', 'ptr', 'ptr', 'ptr');
  const set = (flags: number): number => {
    const fd = syscall(...[numbers.seccomp, SECCOMP_SET_MODE_FILTER, flags, header].map((value) => ffi.word(value)));
    return fd < 0 ? -ffi.errno() : fd;
  };
  const fd = set(NEW_LISTENER | WAIT_KILLABLE_RECV);
  return fd === -EINVAL ? set(NEW_LISTENER) : fd;
}
