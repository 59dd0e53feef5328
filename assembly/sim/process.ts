// SPDX-License-Identifier: LGPL-2.1-or-later

// Descriptors (fs/file.c).

import { EBADF, EINVAL, EMFILE, ENOMEM } from '../constants';
import { O_CLOEXEC } from '../abi';
import * as arena from './arena';
import { SIZE_MAX } from './arena';
import * as files from './file';
import { FD_MAX, OpenFile, Process } from './structs';
import * as tell from './trace-calls';

if ((<u32>FD_MAX) << 2 > SIZE_MAX) ERROR('the files of a process are one object of the arena');

/** The usual soft limit. */
const LIMIT: i32 = 1024;

/** An empty table, or null. Descriptors are handed out from `first` on, as if lower ones were open. */
export function create(first: i32): Process | null {
  const at = arena.alloc(offsetof<Process>());
  const open = arena.alloc(FD_MAX << 2);
  const flags = arena.alloc(FD_MAX);
  if (at == 0 || open == 0 || flags == 0) return null;
  const process = changetype<Process>(at);
  process.files = open;
  process.cloexec = flags;
  process.limit = LIMIT;
  process.free = first;
  return process;
}

/** fdget(): the file, or null. */
export function get(process: Process, fd: i32): OpenFile | null {
  return <u32>fd < <u32>FD_MAX ? changetype<OpenFile>(load<u32>(process.files + ((<usize>fd) << 2))) : null;
}

function put(process: Process, fd: i32, file: usize, flags: i32): void {
  store<u32>(process.files + ((<usize>fd) << 2), file);
  store<u8>(process.cloexec + fd, i32((flags & O_CLOEXEC) != 0));
  if (file != 0) tell.installed(fd, changetype<OpenFile>(file).serial);
}

/** alloc_fd(): the lowest free number at or above `first`, or -EMFILE. */
export function lowest(process: Process, first: i32): i32 {
  let fd = max(first, process.free);
  while (fd < process.limit && load<u32>(process.files + ((<usize>fd) << 2)) != 0) fd++;
  return fd < process.limit ? fd : -EMFILE;
}

/** Gives a new file its first descriptor, the lowest; null is a file that could not be made. On failure it ends. */
export function install(process: Process, file: OpenFile | null, flags: i32): i32 {
  if (file === null) return -ENOMEM;
  files.tellMade(file);
  return dup(process, file, 0, flags);
}

/** A further descriptor of `file`, or its first. On failure a file without any ends. */
export function dup(process: Process, file: OpenFile, first: i32, flags: i32): i32 {
  const fd = lowest(process, first);
  files.hold(file);
  if (fd < 0) {
    files.put(file);
    return fd;
  }
  put(process, fd, changetype<usize>(file), flags);
  if (first <= process.free) process.free = fd + 1;
  return fd;
}

/** dup3(2): what stood under `to` is closed. */
export function dupTo(process: Process, from: i32, to: i32, flags: i32): i32 {
  if (flags & ~O_CLOEXEC || from == to) return -EINVAL;
  if (<u32>to >= <u32>process.limit) return -EBADF;
  const file = get(process, from);
  if (file === null) return -EBADF;
  const before = get(process, to);
  files.hold(file);
  put(process, to, changetype<usize>(file), flags);
  if (before !== null) files.put(before);
  return to;
}

export function close(process: Process, fd: i32): i32 {
  const file = get(process, fd);
  if (file === null) return -EBADF;
  put(process, fd, 0, 0);
  if (fd < process.free) process.free = fd;
  files.put(file);
  return 0;
}

/** Another process with the same open files (fork(2), unshare(2) of CLONE_FILES), or null. */
export function copy(process: Process): Process | null {
  const other = create(process.free);
  if (other === null) return null;
  memory.copy(other.files, process.files, FD_MAX << 2);
  memory.copy(other.cloexec, process.cloexec, FD_MAX);
  other.limit = process.limit;
  for (let fd = 0; fd < FD_MAX; fd++) {
    const file = get(process, fd);
    if (file !== null) files.hold(file);
  }
  return other;
}

/** exit_files(): the files end last one first, since that is how task_work_run() goes. */
export function end(process: Process): void {
  for (let fd = FD_MAX - 1; fd >= 0; fd--) close(process, fd);
  arena.free(process.files, FD_MAX << 2);
  arena.free(process.cloexec, FD_MAX);
  arena.free(changetype<usize>(process), offsetof<Process>());
}

export function isCloexec(process: Process, fd: i32): bool {
  return load<u8>(process.cloexec + fd) != 0;
}

export function setCloexec(process: Process, fd: i32, on: bool): void {
  store<u8>(process.cloexec + fd, i32(on));
}
