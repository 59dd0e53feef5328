// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * posix_spawn(3): starts a program in a session of its own, with the descriptors that are named and no other. A runtime's own spawn would
 * leave it every descriptor that C code forgot to mark close-on-exec. In Deno it would also ask for a permission that libc makes
 * pointless.
 */
import { F_DUPFD_CLOEXEC, POSIX_SPAWN_SETSID, POSIX_SPAWN_SETSIGMASK } from '../abi.js';
import { Arena } from './arena.js';
import type { CFunction, Ffi } from '../ffi.js';
import { listDescriptors } from './proc.js';

export interface Program {
  /** Absolute. */
  readonly path: string;
  /** The name that argv begins with: the path, unless it says another. */
  readonly name?: string;
  /** Without that. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What becomes descriptors 0, 1, 2, ... there. */
  readonly fds: readonly number[];
  /** Whether it begins with all signals blocked, so that none comes before it has said which it ignores. */
  readonly isSheltered?: boolean;
}

/** sigset_t, in any libc. */
const SIGSET_SIZE = 128;

/** More than posix_spawn_file_actions_t and posix_spawnattr_t take in any libc (80 and 336 bytes in glibc and musl). */
const OPAQUE_SIZE = 1024;

/** A function that not every libc has. */
function optional(ffi: Ffi, name: string, ...kinds: ('i32' | 'ptr')[]): CFunction | undefined {
  try {
    return ffi.func(name, ...kinds);
  } catch {
    return undefined;
  }
}

/** Adds what makes `sources` descriptors 0, 1, ... of the child, and closes all others. */
function addDescriptors(ffi: Ffi, actions: number, sources: readonly number[]): void {
  const dup2 = ffi.func('posix_spawn_file_actions_adddup2', 'ptr', 'i32', 'i32');
  sources.forEach((fd, i) => dup2(ffi.word(actions), fd, i));
  const closefrom = optional(ffi, 'posix_spawn_file_actions_addclosefrom_np', 'ptr', 'i32');
  if (closefrom) {
    closefrom(ffi.word(actions), sources.length);
    return;
  }
  const close = ffi.func('posix_spawn_file_actions_addclose', 'ptr', 'i32');
  // One by one, where libc can't close all by one call.
  for (const fd of listDescriptors(ffi)) if (fd >= sources.length) close(ffi.word(actions), fd);
}

function blockAll(ffi: Ffi, arena: Arena, attributes: number): void {
  const set = arena.take(SIGSET_SIZE);
  arena.bytes(set, SIGSET_SIZE).fill(0xff);
  ffi.func('posix_spawnattr_setsigmask', 'ptr', 'ptr')(ffi.word(attributes), ffi.word(set));
}

/** Runs posix_spawn with descriptors that are out of the way of those that they become. */
function start(ffi: Ffi, { path, name = path, args, env, isSheltered }: Program, sources: readonly number[]): number {
  const argv = [name, ...args];
  const envp = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const arena = new Arena(
    ffi,
    Arena.roomFor(argv) + Arena.roomFor(envp) + Arena.roomFor([path]) + 2 * OPAQUE_SIZE + SIGSET_SIZE + 128,
  );
  const [pid, actions, attributes] = [arena.take(4), arena.take(OPAQUE_SIZE), arena.take(OPAQUE_SIZE)];
  const call = (name: string, address: number): number => ffi.func(name, 'ptr')(ffi.word(address));
  call('posix_spawn_file_actions_init', actions);
  call('posix_spawnattr_init', attributes);
  try {
    addDescriptors(ffi, actions, sources);
    const flags = POSIX_SPAWN_SETSID | (isSheltered ? POSIX_SPAWN_SETSIGMASK : 0);
    ffi.func('posix_spawnattr_setflags', 'ptr', 'i32')(ffi.word(attributes), flags);
    if (isSheltered) blockAll(ffi, arena, attributes);
    const spawn = ffi.func('posix_spawn', 'ptr', 'ptr', 'ptr', 'ptr', 'ptr', 'ptr');
    const [program] = arena.strings([path]).each;
    const pointers = [pid, program!, actions, attributes, arena.strings(argv).list, arena.strings(envp).list];
    const error = spawn(...pointers.map((pointer) => ffi.word(pointer)));
    return error === 0 ? arena.view.getInt32(arena.at(pid), true) : -error;
  } finally {
    call('posix_spawn_file_actions_destroy', actions);
    call('posix_spawnattr_destroy', attributes);
  }
}

/**
 * Starts `program`: its pid, or -errno. The caller has to wait for its end (waitpid(2)).
 */
export function spawn(ffi: Ffi, program: Program): number {
  const fcntl = ffi.func('fcntl', 'i32', 'i32', 'i32');
  const close = ffi.func('close', 'i32');
  const sources: number[] = [];
  try {
    for (const fd of program.fds) {
      const copy = fcntl(fd, F_DUPFD_CLOEXEC, program.fds.length);
      if (copy < 0) return -ffi.errno();
      sources.push(copy);
    }
    return start(ffi, program, sources);
  } finally {
    for (const fd of sources) close(fd);
  }
}
