// SPDX-License-Identifier: LGPL-2.1-or-later

// The calls that starting and serving a helper take, beyond those of the core: made at the first use. Statuses are >= 0 or -errno.

import {
  AF_UNIX,
  EPOLLIN,
  F_DUPFD_CLOEXEC,
  F_GETFL,
  FUSE_SUPER_MAGIC,
  LOCK_EX,
  LOCK_NB,
  MSG_NOSIGNAL,
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  SHUT_WR,
  SOCK_STREAM,
  SYS_PIDFD_OPEN,
} from '../abi.js';
import { nowMs } from '../clock.js';
import { EAGAIN, EINTR, ENOENT, ERRNO } from '../errno.js';
import type { Ffi } from '../ffi.js';
import { endChild, endGroup, waitChild } from './child.js';
import { holdInMemory, isOnNoexec, isRegular, openImage, readImage } from './image.js';
import { descriptorsOf, deviceAt } from './proc.js';
import { receiveDescriptor, receiveText, type Received } from './rights.js';
import { spawn, type Program } from './spawn.js';
import { systemCall } from './syscall.js';
import { POLLFD } from '../structs.js';

/** How long the end of what was killed is waited for: it takes less than a millisecond, unless it hangs in the kernel. */
const END_MS = 1000;

/** The longest word of a helper that is heard at once, in bytes. */
const TEXT_MAX = 2048;

/** What there may be too little of for the moment: descriptors, memory, or processes. */
const SHORTAGES = ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN'] as const;
export type Shortage = (typeof SHORTAGES)[number];

/** They share one buffer, so none may be made while another is. */
export class Calls {
  readonly #ffi: Ffi;
  readonly #bytes = new Uint8Array(8192);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly #at: number | bigint;
  #shortage: Shortage | undefined;

  constructor(ffi: Ffi) {
    this.#ffi = ffi;
    this.#at = ffi.word(ffi.address(this.#bytes.buffer));
  }

  #status(result: number): number {
    return result < 0 ? this.#noted(-this.#ffi.errno()) : result;
  }

  #noted(status: number): number {
    // Of any call but the start of a process, EAGAIN is no shortage.
    if (status !== -EAGAIN) this.#shortage = SHORTAGES.find((code) => status === -ERRNO[code]) ?? this.#shortage;
    return status;
  }

  /** The shortage by which a call has failed since this was last asked. */
  takeShortage(): Shortage | undefined {
    const found = this.#shortage;
    this.#shortage = undefined;
    return found;
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
    const r = this.#status(
      this.#ffi.func('socketpair', 'i32', 'i32', 'i32', 'ptr')(AF_UNIX, SOCK_STREAM | O_CLOEXEC, 0, this.#at),
    );
    return r < 0 ? r : [this.#view.getInt32(0, true), this.#view.getInt32(4, true)];
  }

  /** Starts a program: its pid, or -errno. The caller has to {@link end} or {@link reap} it. */
  start(program: Program): number {
    const pid = this.#noted(spawn(this.#ffi, program));
    if (pid === -EAGAIN) this.#shortage = 'EAGAIN';
    return pid;
  }

  /** Kills what was started, with all of its process group, unless it has ended by itself, and waits for that. */
  end(pid: number): void {
    endChild(this.#ffi, pid);
  }

  /** Waits for its end. */
  reap(pid: number): void {
    waitChild(this.#ffi, pid);
  }

  /** Kills a process group, and reaps those of it whom this process has, or has adopted. `fd` is readable or hangs up when they have ended. */
  endGroup(group: number, fd: number): void {
    endGroup(this.#ffi, group, () => this.wait(fd, END_MS) > 0);
  }

  /** Starts a program and waits for its end: its pid, or -errno. */
  run(program: Program): number {
    const pid = this.start(program);
    if (pid > 0) this.reap(pid);
    return pid;
  }

  /** Waits until `fd` is readable or has hung up: 1, 0 after the time, or -errno. */
  wait(fd: number, timeoutMs: number): number {
    const poll = this.#ffi.func('poll', 'ptr', 'len', 'i32');
    const end = nowMs() + timeoutMs;
    for (;;) {
      this.#view.setInt32(POLLFD.fd, fd, true);
      this.#view.setInt32(POLLFD.events, EPOLLIN, true);
      const r = this.#status(poll(this.#at, this.#ffi.word(1), Math.max(0, Math.ceil(end - nowMs()))));
      if (r !== -EINTR) return r;
    }
  }

  /** What can be read at once, at most 8192 bytes; '' at the end; -errno. */
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
    return this.#status(this.#ffi.func('send', 'i32', 'ptr', 'len', 'i32')(fd, this.#at, this.#ffi.word(written), MSG_NOSIGNAL));
  }

  /** Says that nothing more is sent: the other end reads its end. */
  finish(fd: number): void {
    this.#ffi.func('shutdown', 'i32', 'i32')(fd, SHUT_WR);
  }

  /** A descriptor that the other end has sent, close-on-exec; -EPROTO where it has closed. Waits for it. */
  receive(fd: number): number {
    return this.#noted(receiveDescriptor(this.#ffi, fd));
  }

  /** What has been sent, and a descriptor that came with it (close-on-exec); the text is '' at the end. -errno where that fails. */
  hear(fd: number): Received | number {
    const received = receiveText(this.#ffi, fd, TEXT_MAX);
    return typeof received === 'number' ? this.#noted(received) : received;
  }

  /** Opens a program to read and execute it, close-on-exec. */
  openImage(path: string): number {
    return this.#noted(openImage(this.#ffi, path));
  }

  /** Whether it is a regular file: 1, 0 or -errno. */
  isRegular(fd: number): number {
    return isRegular(this.#ffi, fd);
  }

  /** What tells the file that is open from every other, st_dev and st_ino; '' where nothing is open. */
  identify(fd: number): string {
    if (this.#ffi.func('fstat', 'i32', 'ptr')(fd, this.#at) < 0) return '';
    return `${this.#view.getBigUint64(0, true)}:${this.#view.getBigUint64(8, true)}`;
  }

  /** Its bytes, as many as `sizeMax`, or -errno. */
  readImage(fd: number, sizeMax: number): Uint8Array | number {
    return readImage(this.#ffi, fd, sizeMax);
  }

  /** Their SHA-256, where the runtime has a function for it. */
  sha256(bytes: Uint8Array): Uint8Array | undefined {
    return this.#ffi.sha256?.(bytes);
  }

  /** Whether it lies where nothing may be executed: 1 or 0. */
  isOnNoexec(fd: number): number {
    return isOnNoexec(this.#ffi, fd);
  }

  /** A program in memory, sealed and close-on-exec. */
  holdInMemory(bytes: Uint8Array): number {
    return this.#noted(holdInMemory(this.#ffi, bytes));
  }

  /** Makes an empty file of this user's in the first of `folders` where that can be, whose name begins so: its path, or -errno. */
  makeFile(folders: readonly string[], prefix: string): string | number {
    const mkostemp = this.#ffi.func('mkostemp', 'ptr', 'i32');
    let status = -ENOENT;
    for (const folder of folders) {
      const { written } = new TextEncoder().encodeInto(`${folder}/${prefix}XXXXXX\0`, this.#bytes);
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
    const flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | (newMode === undefined ? 0 : O_CREAT | O_EXCL);
    return this.#status(this.#ffi.func('open', 'ptr', 'i32', 'u32')(this.#at, flags, newMode ?? 0));
  }

  /** The one flock(2) of a file, until all descriptors of this open are closed; -EAGAIN where another has it. */
  lock(fd: number): number {
    return this.#status(this.#ffi.func('flock', 'i32', 'i32')(fd, LOCK_EX | LOCK_NB));
  }

  /** A descriptor that names a file and opens nothing (O_PATH). */
  openPath(path: string): number {
    return this.open(path, O_PATH);
  }

  /** pidfd_open(2), close-on-exec. */
  pidfd(pid: number): number {
    return this.#status(this.#ffi.func('syscall', 'ptr', 'ptr', 'ptr')(SYS_PIDFD_OPEN, this.#ffi.word(pid), this.#ffi.word(0)));
  }

  /** Whether the file under `fd` is of a FUSE mount: 1, 0 or -errno. Its server is asked, so this waits until it runs. */
  isFuse(fd: number): number {
    const r = this.#noted(systemCall(this.#ffi, 'fstatfs', fd, Number(this.#at)));
    return r < 0 ? r : Number(this.#view.getUint32(0, true) === FUSE_SUPER_MAGIC);
  }

  /** open(2), close-on-exec. */
  open(path: string, flags: number): number {
    this.#bytes.set(new TextEncoder().encode(`${path}\0`));
    return this.#status(this.#ffi.func('open', 'ptr', 'i32')(this.#at, flags | O_CLOEXEC));
  }

  /** openat(2), close-on-exec. */
  openAt(folder: number, name: string, flags: number): number {
    this.#bytes.set(new TextEncoder().encode(`${name}\0`));
    return this.#status(this.#ffi.func('openat', 'i32', 'ptr', 'i32')(folder, this.#at, flags | O_CLOEXEC));
  }

  /** fcntl(2) with F_DUPFD_CLOEXEC. */
  dup(fd: number): number {
    return this.#status(this.#ffi.func('fcntl', 'i32', 'i32', 'i32')(fd, F_DUPFD_CLOEXEC, 0));
  }

  /** fcntl(2) with F_GETFL: how it is open. */
  openFlags(fd: number): number {
    return this.#status(this.#ffi.func('fcntl', 'i32', 'i32', 'i32')(fd, F_GETFL, 0));
  }

  /** ioctl(2) with a number. */
  ioctl(fd: number, request: number, argument: number): number {
    return this.#status(this.#ffi.func('ioctl', 'i32', 'u32', 'u32')(fd, request, argument));
  }

  /** Descriptors of this process that are of what the kernel names so. */
  descriptorsOf(names: readonly string[]): number[] {
    return descriptorsOf(this.#ffi, names);
  }

  /** Which device a path leads to, as makedev(3) says; 0: something else; -errno. */
  deviceAt(path: string): number {
    return deviceAt(this.#ffi, path);
  }

  kill(pid: number, signal: number): void {
    this.#ffi.func('kill', 'i32', 'i32')(pid, signal);
  }

  close(fd: number): void {
    this.#ffi.func('close', 'i32')(fd);
  }
}
