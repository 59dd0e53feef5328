// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * The filter of seccomp_unotify(2) that hands the calls which may want a vpoll to a supervisor (seccomp.ts), and no others. One that is handed
 * over costs two changes of process, and a signal may interrupt it. Statuses are >= 0 or -errno.
 */
import {
  ABIS,
  AT_FDCWD,
  BPF_AND,
  BPF_JUMP_AT_LEAST,
  BPF_JUMP_EQUAL,
  BPF_JUMP_SET,
  BPF_LOAD,
  BPF_RETURN,
  EFD_VPOLL,
  O_ACCMODE,
  O_CREAT,
  O_EXCL,
  O_PATH,
  PR_SET_NO_NEW_PRIVS,
  SECCOMP_FILTER_FLAG_NEW_LISTENER,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_USER_NOTIF,
  SECCOMP_SET_MODE_FILTER,
  X32_BIT,
  type Abi,
} from '../abi.js';
import { Arena } from './arena.js';
import { EINVAL } from '../errno.js';
import type { Ffi } from '../ffi.js';
import { SECCOMP_DATA, SOCK_FILTER, SOCK_FPROG } from '../structs.js';

/** The numbers of an architecture's calls, and what its O_DIRECTORY is. -1: it has no such call. */
export type CallNumbers = Abi['numbers'];

/** The numbers for an architecture. Throws for one that isn't known. */
export function callNumbers(arch: string): CallNumbers {
  const found = ABIS[arch]?.numbers;
  if (!found) throw new Error(`architecture ${arch} is not supported (${Object.keys(ABIS).join(', ')} are)`);
  return found;
}

/** Where the lower half of argument n is in struct seccomp_data. */
const argument = (n: number): number => SECCOMP_DATA.args + 8 * n;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, k: number];

const ALLOW: Instruction = [BPF_RETURN, 0, 0, SECCOMP_RET_ALLOW];
const HAND_OVER: Instruction = [BPF_RETURN, 0, 0, SECCOMP_RET_USER_NOTIF];

/** What becomes of the call `nr`, whose number is loaded; any other goes on behind it. */
function on(nr: number, ...block: Instruction[]): Instruction[] {
  return nr < 0 ? [] : [[BPF_JUMP_EQUAL, 0, block.length, nr], ...block];
}

/**
 * An open with its flags in argument `n`. Opens are many, and those that can't be for a vpoll pass. A device that is opened only for reading
 * can't be changed; one that must be new or a directory can't be opened; O_PATH opens nothing.
 */
function open(n: number, directory: number): Instruction[] {
  return [
    [BPF_LOAD, 0, 0, argument(n)],
    [BPF_JUMP_SET, 0, 4, O_ACCMODE],
    [BPF_JUMP_SET, 3, 0, O_PATH | directory],
    [BPF_AND, 0, 0, O_CREAT | O_EXCL],
    [BPF_JUMP_EQUAL, 1, 0, O_CREAT | O_EXCL],
    HAND_OVER,
    ALLOW,
  ];
}

/**
 * The filter. BPF can look at no path, and not at openat2's flags either, which are in memory. Of openat2 it only knows whether a directory is named.
 * A program that names one means a path below it, and not /dev/vpoll.
 */
function filter({ audit, open: open_, openat, openat2, eventfd2, directory }: CallNumbers): Instruction[] {
  return [
    [BPF_LOAD, 0, 0, SECCOMP_DATA.arch],
    [BPF_JUMP_EQUAL, 1, 0, audit],
    ALLOW,
    [BPF_LOAD, 0, 0, SECCOMP_DATA.nr],
    [BPF_JUMP_AT_LEAST, 0, 1, X32_BIT],
    ALLOW,
    ...on(open_, ...open(1, directory)),
    ...on(openat, ...open(2, directory)),
    ...on(openat2, [BPF_LOAD, 0, 0, argument(0)], [BPF_JUMP_EQUAL, 0, 1, AT_FDCWD >>> 0], HAND_OVER, ALLOW),
    ...on(eventfd2, [BPF_LOAD, 0, 0, argument(1)], [BPF_JUMP_SET, 0, 1, EFD_VPOLL], HAND_OVER, ALLOW),
    ALLOW,
  ];
}

/** Puts this thread under the filter, for good, and all that it will execute or fork: the supervisor's descriptor, close-on-exec. */
export function listen(ffi: Ffi, numbers: CallNumbers): number {
  const program = filter(numbers);
  const arena = new Arena(ffi, program.length * SOCK_FILTER.size + 64);
  const [header, code] = [arena.take(SOCK_FPROG.size), arena.take(program.length * SOCK_FILTER.size)];
  program.forEach(([op, ifTrue, ifFalse, k], i) => {
    const at = arena.at(code) + i * SOCK_FILTER.size;
    arena.view.setUint16(at + SOCK_FILTER.code, op, true);
    arena.view.setUint8(at + SOCK_FILTER.jt, ifTrue);
    arena.view.setUint8(at + SOCK_FILTER.jf, ifFalse);
    arena.view.setUint32(at + SOCK_FILTER.k, k, true);
  });
  arena.view.setUint16(arena.at(header + SOCK_FPROG.len), program.length, true);
  arena.point(header + SOCK_FPROG.filter, code);
  const zero = ffi.word(0);
  const prctl = ffi.func('prctl', 'i32', 'ptr', 'ptr', 'ptr', 'ptr');
  if (prctl(PR_SET_NO_NEW_PRIVS, ffi.word(1), zero, zero, zero) < 0) return -ffi.errno();
  const syscall = ffi.func('syscall', 'ptr', 'ptr', 'ptr', 'ptr');
  const set = (flags: number): number => {
    const fd = syscall(...[numbers.seccomp, SECCOMP_SET_MODE_FILTER, flags, header].map((value) => ffi.word(value)));
    return fd < 0 ? -ffi.errno() : fd;
  };
  // Since Linux 5.19 a call that the supervisor has received is interrupted by nothing but the end of its process.
  const fd = set(SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
  return fd === -EINVAL ? set(SECCOMP_FILTER_FLAG_NEW_LISTENER) : fd;
}
