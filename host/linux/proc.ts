// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * What is open here, and which device a path is of, by libc. A runtime's own functions for files may need permissions. To load them takes Deno 13 ms, which a
 * first vpoll would have to wait for. Statuses are >= 0 or -errno.
 */
import { AT_FDCWD, AT_STATX_DONT_SYNC, O_CLOEXEC, O_RDONLY, S_IFCHR, S_IFMT, STATX_TYPE } from '../abi.js';
import type { Ffi } from '../ffi.js';
import { DIRENT, STATX } from '../structs.js';
import { Arena } from './arena.js';
import { systemCall } from './syscall.js';

const FOLDER = '/proc/self/fd';
const ROOM = 8192;

/** The number that is written at an offset, in decimal and up to a NUL; NaN where it is something else. */
function numberAt(bytes: Uint8Array, offset: number): number {
  let number = 0;
  for (let at = offset; bytes[at] !== 0; at++) {
    const digit = bytes[at]! - 48;
    number = digit >= 0 && digit <= 9 ? number * 10 + digit : Number.NaN;
  }
  return number;
}

/**
 * Calls `visit` for each descriptor of this process, with the open folder of their links and where the name of the link is. What can't be read of it is left out:
 * all where there is no /proc, or no number left to look with.
 */
function eachDescriptor(ffi: Ffi, visit: (fd: number, folder: number, name: number) => void): void {
  const arena = new Arena(ffi, ROOM + Arena.roomFor([FOLDER]));
  const [path] = arena.strings([FOLDER]).each;
  const at = arena.take(ROOM);
  const bytes = arena.bytes(at, ROOM);
  const folder = ffi.func('open', 'ptr', 'i32')(ffi.word(path!), O_RDONLY | O_CLOEXEC);
  if (folder < 0) return;
  for (let size = 1; size > 0;) {
    size = systemCall(ffi, 'getdents64', folder, at, ROOM);
    for (let entry = 0; entry < size; entry += arena.view.getUint16(arena.at(at) + entry + DIRENT.d_reclen, true)) {
      const name = entry + DIRENT.d_name;
      const fd = numberAt(bytes, name);
      // Neither `.` nor `..`, nor the folder.
      if (fd >= 0 && fd !== folder) visit(fd, folder, at + name);
    }
  }
  ffi.func('close', 'i32')(folder);
}

/** The descriptors of this process; none where there is no /proc, or no number left to look with. */
export function listDescriptors(ffi: Ffi): number[] {
  const found: number[] = [];
  eachDescriptor(ffi, (fd) => void found.push(fd));
  return found;
}

/** Those that are of what the kernel names so. */
export function descriptorsOf(ffi: Ffi, names: readonly string[]): number[] {
  const room = Math.max(...names.map((name) => name.length)) + 1;
  const arena = new Arena(ffi, room + 16);
  const at = arena.take(room);
  const found: number[] = [];
  eachDescriptor(ffi, (fd, folder, link) => {
    // A name that is longer fills the room.
    const length = systemCall(ffi, 'readlinkat', folder, link, at, room);
    const isNamed = (name: string): boolean =>
      name.length === length && name === new TextDecoder().decode(arena.bytes(at, length));
    if (names.some(isNamed)) found.push(fd);
  });
  return found;
}

/** Which device a path leads to, makedev(3) of a small number; 0: something that is no character device; -errno. The server of the file, if it has one, is not asked. */
export function deviceAt(ffi: Ffi, path: string): number {
  const arena = new Arena(ffi, Arena.roomFor([path]) + STATX.size);
  const at = arena.take(STATX.size);
  const [name] = arena.strings([path]).each;
  const r = systemCall(ffi, 'statx', AT_FDCWD, name!, AT_STATX_DONT_SYNC, STATX_TYPE, at);
  if (r < 0) return r;
  const field = (offset: number): number => arena.view.getUint32(arena.at(at) + offset, true);
  if ((field(STATX.stx_mode) & S_IFMT) !== S_IFCHR) return 0;
  return (field(STATX.stx_rdev_major) << 8) | field(STATX.stx_rdev_minor);
}
