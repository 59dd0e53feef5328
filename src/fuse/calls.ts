// SPDX-License-Identifier: LGPL-2.1-or-later

// The calls that starting a helper takes, beyond those of the core: made at the first use. Statuses are >= 0 or -errno.

import type { Ffi } from '../../host/ffi.js';
import { receiveDescriptor } from '../../host/rights.js';
import { spawn, type Program } from '../../host/spawn.js';

const AF_UNIX = 1;
const SOCK_STREAM_CLOEXEC = 0x80001;
const O_ACCMODE = 3;
const O_WRONLY = 1;
const O_PATH_CLOEXEC = 0x280000;
const O_RDWR_CLOEXEC = 0x80002;
const F_GETFL = 3;
const F_DUPFD_CLOEXEC = 1030;
const VPOLL_IOC_DEL = 0x5e02;
const O_CLOEXEC = 0x80000;
const O_RDONLY_NONBLOCK_CLOEXEC = 0x80800;
const O_CREAT_EXCL = 0xc0;
const LOCK_EX_NB = 6;
const ENOENT = 2;
const EINVAL = 22;
const POLLIN = 1;
const EINTR = 4;
const SIGKILL = 9;
/** The same number on every architecture that has the common table (include/uapi/asm-generic/unistd.h), and on x86-64. */
const SYS_PIDFD_OPEN = 434;
/** f_type of struct statfs, its first word (statfs(2)). */
const FUSE_SUPER_MAGIC = 0x65735546;

/** See the top of the file. */
export class Calls {
  readonly #ffi: Ffi;
  readonly #bytes = new Uint8Array(8192);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly #at: number | bigint;

  constructor(ffi: Ffi) {
    this.#ffi = ffi;
    this.#at = ffi.word(ffi.address(this.#bytes.buffer));
  }

  #status(result: number): number {
    return result < 0 ? -this.#ffi.errno() : result;
  }

  /** geteuid(2), getegid(2). */
  ids(): { uid: number; gid: number } {
    return { uid: this.#ffi.func('geteuid')() >>> 0, gid: this.#ffi.func('getegid')() >>> 0 };
  }

  /** access(2): 0 or -errno. */
  access(path: string, mode: number): number {
    this.#bytes.set(new TextEncoder().encode(`${path}\0`));
    return this.#status(this.#ffi.func('access', 'ptr', 'i32')(this.#at, mode));
  }

  /** A connected pair, close-on-exec. */
  socketpair(): [ours: number, theirs: number] | number {
    const r = this.#status(this.#ffi.func('socketpair', 'i32', 'i32', 'i32', 'ptr')(AF_UNIX, SOCK_STREAM_CLOEXEC, 0, this.#at));
    return r < 0 ? r : [this.#view.getInt32(0, true), this.#view.getInt32(4, true)];
  }

  /** Starts a program: its pid, or -errno. It is for whoever starts it to call {@link end}. */
  start(program: Program): number {
    return spawn(this.#ffi, program);
  }

  /** Kills what was started, with all of its session, unless it has ended by itself, and waits for that. */
  end(pid: number): void {
    const WNOHANG = 1;
    if (this.#waitpid(pid, WNOHANG) !== 0) return;
    this.kill(-pid, SIGKILL);
    this.#waitpid(pid, 0);
  }

  /** Starts a program and waits for its end: its pid. */
  run(program: Program): number {
    const pid = this.start(program);
    if (pid > 0) this.#waitpid(pid, 0);
    return pid;
  }

  #waitpid(pid: number, options: number): number {
    const waitpid = this.#ffi.func('waitpid', 'i32', 'ptr', 'i32');
    let r: number;
    do r = this.#status(waitpid(pid, this.#at, options));
    while (r === -EINTR);
    return r;
  }

  /** Waits until `fd` is readable or has hung up: 1, or 0 after the time. */
  wait(fd: number, timeoutMs: number): number {
    const poll = this.#ffi.func('poll', 'ptr', 'len', 'i32');
    const end = performance.now() + timeoutMs;
    for (;;) {
      this.#view.setInt32(0, fd, true);
      this.#view.setInt32(4, POLLIN, true);
      const r = this.#status(poll(this.#at, this.#ffi.word(1), Math.max(0, Math.ceil(end - performance.now()))));
      if (r !== -EINTR) return r;
    }
  }

  /** What can be read at once, at most a few thousand bytes; '' at the end. */
  read(fd: number): string | number {
    const read = this.#ffi.func('read', 'i32', 'ptr', 'len');
    let r: number;
    do r = this.#status(read(fd, this.#at, this.#ffi.word(this.#bytes.length)));
    while (r === -EINTR);
    return r < 0 ? r : new TextDecoder().decode(this.#bytes.slice(0, r));
  }

  /** Sends a short text; SIGPIPE is not raised. */
  send(fd: number, text: string): number {
    const { written } = new TextEncoder().encodeInto(text, this.#bytes);
    const MSG_NOSIGNAL = 0x4000;
    return this.#status(this.#ffi.func('send', 'i32', 'ptr', 'len', 'i32')(fd, this.#at, this.#ffi.word(written), MSG_NOSIGNAL));
  }

  /** Says that nothing more is sent: the other end reads its end. */
  finish(fd: number): void {
    const SHUT_WR = 1;
    this.#ffi.func('shutdown', 'i32', 'i32')(fd, SHUT_WR);
  }

  /** A descriptor that the other end has sent, close-on-exec; -EPROTO where it has closed. Waits for it. */
  receive(fd: number): number {
    return receiveDescriptor(this.#ffi, fd);
  }

  /** Makes an empty file of this user's in the first of `folders` where that can be: its path, or -errno. */
  makeFile(folders: readonly string[]): string | number {
    const mkostemp = this.#ffi.func('mkostemp', 'ptr', 'i32');
    let status = -ENOENT;
    for (const folder of folders) {
      const { written } = new TextEncoder().encodeInto(`${folder}/vpoll-XXXXXX\0`, this.#bytes);
      status = this.#status(mkostemp(this.#at, O_CLOEXEC));
      if (status < 0) continue;
      this.close(status);
      return new TextDecoder().decode(this.#bytes.slice(0, written - 1));
    }
    return status;
  }

  /** unlink(2): 0 or -errno. */
  unlink(path: string): number {
    this.#bytes.set(new TextEncoder().encode(`${path}\0`));
    return this.#status(this.#ffi.func('unlink', 'ptr')(this.#at));
  }

  /** Opens a file, or makes it with this mode, to {@link lock} it: close-on-exec. */
  openToLock(path: string, newMode?: number): number {
    this.#bytes.set(new TextEncoder().encode(`${path}\0`));
    const flags = O_RDONLY_NONBLOCK_CLOEXEC | (newMode === undefined ? 0 : O_CREAT_EXCL);
    return this.#status(this.#ffi.func('open', 'ptr', 'i32', 'u32')(this.#at, flags, newMode ?? 0));
  }

  /** The one flock(2) of a file, until all descriptors of this open are closed; -EAGAIN where another has it. */
  lock(fd: number): number {
    return this.#status(this.#ffi.func('flock', 'i32', 'i32')(fd, LOCK_EX_NB));
  }

  /** A descriptor that names a file and opens nothing (O_PATH). */
  openPath(path: string): number {
    this.#bytes.set(new TextEncoder().encode(`${path}\0`));
    return this.#status(this.#ffi.func('open', 'ptr', 'i32')(this.#at, O_PATH_CLOEXEC));
  }

  /** pidfd_open(2), close-on-exec. */
  pidfd(pid: number): number {
    return this.#status(this.#ffi.func('syscall', 'ptr', 'ptr', 'ptr')(SYS_PIDFD_OPEN, this.#ffi.word(pid), this.#ffi.word(0)));
  }

  /** Whether the file under `fd` is of a FUSE mount: 1 or 0. Its server is asked, so this waits until it runs. */
  isFuse(fd: number): number {
    const r = this.#status(this.#ffi.func('fstatfs', 'i32', 'ptr')(fd, this.#at));
    return r < 0 ? r : Number(this.#view.getUint32(0, true) === FUSE_SUPER_MAGIC);
  }

  /**
   * A descriptor to lend, of the mount that an O_PATH one names, which is closed: close-on-exec, or -errno. It is open for writing, so that nobody can
   * have a lease of the file (F_SETLEASE), which would hold up every open for 45 s. No vpoll is opened for writing alone, which tells them apart.
   */
  hold(mount: number): number {
    this.#bytes.set(new TextEncoder().encode(`/proc/self/fd/${mount}\0`));
    const held = this.#status(this.#ffi.func('open', 'ptr', 'i32')(this.#at, O_WRONLY | O_CLOEXEC));
    this.close(mount);
    return held;
  }

  /** Another descriptor of one that {@link hold} has opened, close-on-exec; -EINVAL for any other. */
  copy(fd: number): number {
    const fcntl = this.#ffi.func('fcntl', 'i32', 'i32', 'i32');
    const copy = this.#status(fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (copy < 0 || (fcntl(copy, F_GETFL, 0) & O_ACCMODE) === O_WRONLY) return copy;
    this.close(copy);
    return -EINVAL;
  }

  /** Whether the descriptor is of a file that a helper serves to this user: by the ioctl that changes nothing. */
  isServed(fd: number): boolean {
    if (this.isFuse(fd) !== 1) return false;
    this.#bytes.set(new TextEncoder().encode(`/proc/self/fd/${fd}\0`));
    const file = this.#ffi.func('open', 'ptr', 'i32')(this.#at, O_RDWR_CLOEXEC);
    if (file < 0) return false;
    const mask = this.#ffi.func('ioctl', 'i32', 'u32', 'u32')(file, VPOLL_IOC_DEL, 0);
    this.close(file);
    return mask === 0;
  }

  /** kill(2). */
  kill(pid: number, signal: number): void {
    this.#ffi.func('kill', 'i32', 'i32')(pid, signal);
  }

  close(fd: number): void {
    this.#ffi.func('close', 'i32')(fd);
  }
}
