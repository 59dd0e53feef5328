// SPDX-License-Identifier: LGPL-2.1-or-later

/** Programs as open files: read to look at them, and executed by their descriptor. Statuses are >= 0 or -errno. */
import {
  ABIS,
  F_ADD_SEALS,
  F_SEALS,
  MFD_ALLOW_SEALING,
  MFD_CLOEXEC,
  O_CLOEXEC,
  O_NOCTTY,
  O_NONBLOCK,
  O_RDONLY,
  S_IFMT,
  S_IFREG,
  ST_NOEXEC,
  STAT_ROOM,
} from '../abi.js';
import { Arena } from './arena.js';
import { EINTR } from '../errno.js';
import type { Ffi } from '../ffi.js';
import { STATFS } from '../structs.js';
import { systemCall } from './syscall.js';

const NAME = 'vpoll-fuse';

/** Opens a file for reading, close-on-exec. It waits for no writer of a FIFO, and for no device. */
export function openImage(ffi: Ffi, path: string): number {
  const arena = new Arena(ffi, Arena.roomFor([path]) + 64);
  const [at] = arena.strings([path]).each;
  const fd = ffi.func('open', 'ptr', 'i32')(ffi.word(at!), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  return fd < 0 ? -ffi.errno() : fd;
}

/** Whether it is a regular file, and so has an end: 1 or 0. */
export function isRegular(ffi: Ffi, fd: number): number {
  const arena = new Arena(ffi, STAT_ROOM + 64);
  const at = arena.take(STAT_ROOM);
  if (ffi.func('fstat', 'i32', 'ptr')(fd, ffi.word(at)) < 0) return -ffi.errno();
  const mode = arena.view.getUint32(arena.at(at) + ABIS[process.arch]!.stat.mode, true);
  return Number((mode & S_IFMT) === S_IFREG);
}

/** What is in it, from its beginning; as much as `sizeMax` bytes. */
export function readImage(ffi: Ffi, fd: number, sizeMax: number): Uint8Array | number {
  const read = ffi.func('read', 'i32', 'ptr', 'len');
  const bytes = new Uint8Array(sizeMax);
  const base = ffi.address(bytes.buffer);
  let size = 0;
  while (size < sizeMax) {
    const n = read(fd, ffi.word(base + size), ffi.word(sizeMax - size));
    if (n === 0) break;
    if (n > 0) size += n;
    else if (ffi.errno() !== EINTR) return -ffi.errno();
  }
  return bytes.subarray(0, size);
}

/** Whether it lies where nothing may be executed: 1 or 0. */
export function isOnNoexec(ffi: Ffi, fd: number): number {
  const arena = new Arena(ffi, STATFS.size + 64);
  const at = arena.take(STATFS.size);
  const r = systemCall(ffi, 'fstatfs', fd, at);
  if (r < 0) return r;
  return Number((arena.view.getUint32(arena.at(at) + STATFS.f_flags, true) & ST_NOEXEC) !== 0);
}

/** A program in memory that nobody can change any more, close-on-exec: memfd_create(2). */
export function holdInMemory(ffi: Ffi, bytes: Uint8Array): number {
  const arena = new Arena(ffi, bytes.length + 256);
  const [name] = arena.strings([NAME]).each;
  const at = arena.take(bytes.length);
  arena.bytes(at, bytes.length).set(bytes);
  const fd = ffi.func('memfd_create', 'ptr', 'u32')(ffi.word(name!), MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return -ffi.errno();
  const written = ffi.func('write', 'i32', 'ptr', 'len')(fd, ffi.word(at), ffi.word(bytes.length));
  const isWhole = written === bytes.length && ffi.func('fcntl', 'i32', 'i32', 'i32')(fd, F_ADD_SEALS, F_SEALS) === 0;
  if (isWhole) return fd;
  const status = -ffi.errno();
  ffi.func('close', 'i32')(fd);
  return status;
}
