// SPDX-License-Identifier: LGPL-2.1-or-later

/** What can be told of an open file without asking the server that it may have. Status is a number, as in ../sys.ts. */
import {
  ABIS,
  AT_EMPTY_PATH,
  AT_STATX_DONT_SYNC,
  F_DUPFD_CLOEXEC,
  F_DUPFD_QUERY,
  F_GETFD,
  KCMP_FILE,
  S_IFMT,
  S_IFREG,
  SEEK_CUR,
  STATX_TYPE,
} from '../abi.js';
import { EMFILE, ENFILE, ESPIPE } from '../errno.js';
import type { Ffi } from '../ffi.js';
import { STATX } from '../structs.js';

/** Those calls. */
export interface Files {
  /**
   * 1 for a regular file of FUSE: then poll(2), and all that polls, waits until its server answers; else 0. -errno where there is no descriptor to
   * find that out.
   */
  isFuse(fd: number): number;
  /** Another descriptor of the file, close-on-exec. */
  copy(fd: number): number;
  /** Whether `fd` is open, and stands for the same open file as `copy`. */
  isSame(fd: number, copy: number): boolean;
  isOpen(fd: number): boolean;
  close(fd: number): void;
}

/** Descriptors are used up: the process's, the system's. */
const NO_ROOM: Readonly<Record<string, number>> = { EMFILE, ENFILE };
/** The latter takes what the kernel remembers. */
const STATX_FLAGS = AT_EMPTY_PATH | AT_STATX_DONT_SYNC;

/** Whether a mount of this namespace with that device, `major:minor`, is FUSE's (proc_pid_mountinfo(5)): 1, 0 or -errno. */
function isMountOfFuse(device: string): number {
  try {
    const text = process.getBuiltinModule('node:fs').readFileSync('/proc/self/mountinfo', 'utf8');
    return Number(text.split('\n').some((line) => line.split(' ')[2] === device && / - fuse(blk)?(\.\S+)? /.test(line)));
  } catch (error) {
    // Else there is no /proc, or one that Deno keeps from the program.
    return -(NO_ROOM[(error as NodeJS.ErrnoException).code ?? ''] ?? 0);
  }
}

/** Opens it for an architecture that is known (by `process.arch`). */
export function createFiles(ffi: Ffi, arch: string): Files {
  // Called by number: not every libc has them.
  const { statx, kcmp } = ABIS[arch]!.numbers;
  const fcntl = ffi.func('fcntl', 'i32', 'i32', 'i32');
  const lseek = ffi.func('lseek', 'i32', 'len', 'i32');
  const close = ffi.func('close', 'i32');
  const stat = ffi.func('syscall', 'ptr', 'i32', 'ptr', 'i32', 'u32', 'ptr');
  const compare = ffi.func('syscall', 'ptr', 'i32', 'i32', 'i32', 'i32', 'i32');
  const view = new DataView(new ArrayBuffer(STATX.size + 8));
  // The empty path stands behind the struct.
  const at = ffi.address(view.buffer);
  const isFuse = (fd: number): number => {
    const r = stat(ffi.word(statx), fd, ffi.word(at + STATX.size), STATX_FLAGS, STATX_TYPE, ffi.word(at));
    if (r < 0 || (view.getUint16(STATX.stx_mode, true) & S_IFMT) !== S_IFREG) return 0;
    // A helper's files can't be sought in; those of the page cache can.
    if (lseek(fd, ffi.word(0), SEEK_CUR) === -1 && ffi.errno() === ESPIPE) return 1;
    return isMountOfFuse(`${view.getUint32(STATX.stx_dev_major, true)}:${view.getUint32(STATX.stx_dev_minor, true)}`);
  };
  return {
    isFuse,
    copy: (fd) => {
      const copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
      return copy < 0 ? -ffi.errno() : copy;
    },
    isSame: (fd, copy) => {
      const same = fcntl(fd, F_DUPFD_QUERY, copy);
      if (same >= 0) return same === 1;
      const order = compare(ffi.word(kcmp), process.pid, process.pid, KCMP_FILE, fd, copy);
      if (order >= 0) return order === 0;
      // Neither call is there, or allowed: that it is such a file as well is all that can be told.
      return isFuse(fd) === 1;
    },
    isOpen: (fd) => fcntl(fd, F_GETFD, 0) >= 0,
    close: (fd) => void close(fd),
  };
}
