// SPDX-License-Identifier: LGPL-2.1-or-later

/** What can be told of an open file without asking whoever serves it. Status is a number, as in sys.ts. */
import type { Ffi } from './ffi.js';

/** See the top of the file. */
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

const F_GETFD = 1;
const F_DUPFD_CLOEXEC = 1030;
/** Linux 6.10. */
const F_DUPFD_QUERY = 1027;
const KCMP_FILE = 0;
const SEEK_CUR = 1;
const ESPIPE = 29;
/** Descriptors are used up: the process's, the system's. */
const NO_ROOM: Readonly<Record<string, number>> = { EMFILE: 24, ENFILE: 23 };
const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
/** statx(2): AT_EMPTY_PATH and AT_STATX_DONT_SYNC, which takes what the kernel remembers; offsets in struct statx. */
const STATX_FLAGS = 0x5000;
const STATX_TYPE = 1;
const [STX_SIZE, STX_MODE, STX_DEV] = [256, 28, 136];
/** Called by number: not every libc has them. */
const NUMBERS: Readonly<Record<string, { statx: number; kcmp: number }>> = {
  x64: { statx: 332, kcmp: 312 },
  arm64: { statx: 291, kcmp: 272 },
};

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
  const { statx, kcmp } = NUMBERS[arch]!;
  const fcntl = ffi.func('fcntl', 'i32', 'i32', 'i32');
  const lseek = ffi.func('lseek', 'i32', 'len', 'i32');
  const close = ffi.func('close', 'i32');
  const stat = ffi.func('syscall', 'ptr', 'i32', 'ptr', 'i32', 'u32', 'ptr');
  const compare = ffi.func('syscall', 'ptr', 'i32', 'i32', 'i32', 'i32', 'i32');
  const view = new DataView(new ArrayBuffer(STX_SIZE + 8));
  // The empty path stands behind the struct.
  const at = ffi.address(view.buffer);
  const isFuse = (fd: number): number => {
    const r = stat(ffi.word(statx), fd, ffi.word(at + STX_SIZE), STATX_FLAGS, STATX_TYPE, ffi.word(at));
    if (r < 0 || (view.getUint16(STX_MODE, true) & S_IFMT) !== S_IFREG) return 0;
    // A helper's files can't be sought in; those of the page cache can.
    if (lseek(fd, ffi.word(0), SEEK_CUR) === -1 && ffi.errno() === ESPIPE) return 1;
    return isMountOfFuse(`${view.getUint32(STX_DEV, true)}:${view.getUint32(STX_DEV + 4, true)}`);
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
      // Neither call is allowed here: that it is such a file as well is all that can be told.
      return isFuse(fd) === 1;
    },
    isOpen: (fd) => fcntl(fd, F_GETFD, 0) >= 0,
    close: (fd) => void close(fd),
  };
}
