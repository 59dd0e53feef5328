// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * The boundary between the core (WASM) and a host, defined once.
 *
 * The core imports these calls from a module named `sys`. Each is shaped like the Linux system call of its name (section 2 of
 * the manual) and returns what that call returns, or `-errno`. It never throws: status crosses the boundary as a number.
 * A host holds no policy: it turns wasm offsets into addresses, calls, and hands the result back.
 *
 * Kinds of argument:
 * - `i32`, `u32`: a 32-bit integer, passed as it is
 * - `ptr`: an offset into the core's memory
 * - `len`: a byte count (size_t), passed as an unsigned 32-bit integer
 */
export type ArgKind = 'i32' | 'u32' | 'ptr' | 'len';

/** Name and arguments of every call, in the order in which the core numbers them (see {@link SYS_NAMES}). */
export const SYS = {
  /** eventfd(2): initval, flags. */
  eventfd: ['u32', 'i32'],
  /** open(2): path (NUL-terminated), flags. Never creates a file, so it has no mode. */
  open: ['ptr', 'i32'],
  /** ioctl(2): fd, request, argument by value. */
  ioctl: ['i32', 'u32', 'u32'],
  /** socketpair(2): domain, type, protocol, int[2]. */
  socketpair: ['i32', 'i32', 'i32', 'ptr'],
  /** read(2): fd, buffer, size. */
  read: ['i32', 'ptr', 'len'],
  /** write(2): fd, buffer, size. */
  write: ['i32', 'ptr', 'len'],
  /** send(2): fd, buffer, size, flags. */
  send: ['i32', 'ptr', 'len', 'i32'],
  /** recv(2): fd, buffer, size, flags. */
  recv: ['i32', 'ptr', 'len', 'i32'],
  /** shutdown(2): fd, how. */
  shutdown: ['i32', 'i32'],
  /** fcntl(2): fd, command, int argument. */
  fcntl: ['i32', 'i32', 'i32'],
  /** setsockopt(2): fd, level, name, value, size of the value. */
  setsockopt: ['i32', 'i32', 'i32', 'ptr', 'len'],
  /** getsockopt(2): fd, level, name, value, socklen_t* (in: room, out: size). */
  getsockopt: ['i32', 'i32', 'i32', 'ptr', 'ptr'],
  /**
   * fstat(2): fd, buffer of STAT_ROOM bytes. The one call whose layout differs between architectures. So the host leaves st_dev
   * (u64) at offset 0, st_ino (u64) at 8 and st_mode (u32) at 16, on each architecture.
   */
  fstat: ['i32', 'ptr'],
  /** poll(2): pollfd[], count, timeout in milliseconds. */
  poll: ['ptr', 'len', 'i32'],
  /** close(2): fd. */
  close: ['i32'],
  /** socket(2): domain, type, protocol. */
  socket: ['i32', 'i32', 'i32'],
  /** bind(2): fd, address, size of the address. */
  bind: ['i32', 'ptr', 'len'],
  /** listen(2): fd, backlog. */
  listen: ['i32', 'i32'],
  /** accept4(2): fd, room for the address of the other end, socklen_t* (in: room, out: size), flags. */
  accept4: ['i32', 'ptr', 'ptr', 'i32'],
  /** connect(2): fd, address, size of the address. */
  connect: ['i32', 'ptr', 'len'],
  /** getsockname(2): fd, room for the address, socklen_t* (in: room, out: size). */
  getsockname: ['i32', 'ptr', 'ptr'],
  /** getpeername(2): fd, room for the address, socklen_t* (in: room, out: size). */
  getpeername: ['i32', 'ptr', 'ptr'],
  /** dup3(2): fd, the number that it is to have as well, flags. */
  dup3: ['i32', 'i32', 'i32'],
  /** openat(2): a directory, path below it (NUL-terminated), flags. Never creates a file, so it has no mode. */
  openat: ['i32', 'ptr', 'i32'],
} as const satisfies Record<string, readonly ArgKind[]>;

/** The name of a call of the boundary. */
export type SysName = keyof typeof SYS;

/** The calls by number: the core reports the call that failed as an index into this list. */
export const SYS_NAMES = Object.keys(SYS) as SysName[];

/** A call takes a number for each of its arguments. */
type Numbers<T extends readonly ArgKind[]> = { [I in keyof T]: number };

/** What a host gives to the core: the import object's module `sys`. */
export type Sys = { [N in SysName]: (...args: Numbers<(typeof SYS)[N]>) => number };

/** A host: made around the memory of a core that does not run yet, so the memory is asked for at each use. */
export type HostFactory = (memory: () => WebAssembly.Memory) => Sys;
