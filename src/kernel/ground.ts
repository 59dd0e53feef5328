// SPDX-License-Identifier: LGPL-2.1-or-later

/** The system calls of a kernel's files. None of them waits. Statuses are >= 0 or -errno. */
export interface FileCalls {
  /** pipe2(2): the end that is read, then the one that is written. */
  pipe(): readonly [number, number] | number;
  /** socketpair(2) of AF_UNIX and SOCK_STREAM. */
  socketpair(): readonly [number, number] | number;
  eventfd(count: number, flags: number): number;
  /** timerfd_create(2) of CLOCK_MONOTONIC. */
  timerfd(): number;
  /** read(2) of at most `size` bytes, which is at most {@link PIECE_MAX}: bytes of the caller's own. */
  read(fd: number, size: number): Uint8Array | number;
  /** recv(2), likewise. */
  recv(fd: number, size: number): Uint8Array | number;
  /** write(2) of at most {@link PIECE_MAX} bytes. */
  write(fd: number, data: Uint8Array): number;
  /** send(2), likewise, with MSG_NOSIGNAL. */
  send(fd: number, data: Uint8Array): number;
  shutdown(fd: number, how: number): number;
  /** timerfd_settime(2), relative. */
  setTime(fd: number, value_ns: bigint, interval_ns: bigint): number;
  getTime(fd: number): { readonly value_ns: bigint; readonly interval_ns: bigint } | number;
  close(fd: number): number;
}

/** The most bytes that a call moves: what a pipe holds, and the largest piece that a simulated kernel's memory hands out. */
export const PIECE_MAX = 65536;

/** What a kernel's files stand on. All in which the real kernel and a simulated one differ is a member. */
export interface FileGround {
  /** The calls. Throws where there are none to be had: of a simulation, where none of its tasks runs. */
  readonly calls: () => FileCalls;
  /** One is open from now on: here the program that forgets to close it is told, in a simulation it is closed where its task dies. */
  readonly opened: (file: Closable, fd: number) => void;
  /** It is open no more. */
  readonly closed: (file: Closable) => void;
}

/** What can be closed. */
export interface Closable {
  close(): unknown;
}
