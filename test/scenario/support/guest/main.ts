// SPDX-License-Identifier: LGPL-2.1-or-later

// A program for WASI without a C library: what its first argument says, over descriptors 10 and 11, by the calls of preview 1 themselves.

import * as wasi from './wasi_snapshot_preview1';

const FIRST: i32 = 10;
const SECOND: i32 = 11;
const CLOCK: u8 = 0;
const FD_READ: u8 = 1;
const REALTIME: u32 = 0;
const MONOTONIC: u32 = 1;

const subscriptions: usize = memory.data(48 * 4);
const events: usize = memory.data(32 * 4);
const word: usize = memory.data(8);
const piece: usize = memory.data(16);
const data: usize = memory.data(64);
const stat: usize = memory.data(24);
const line: usize = memory.data(256);
const argv: usize = memory.data(64);
const text: usize = memory.data(256);
let size: usize = 0;

function say(what: string): void {
  for (let i = 0; i < what.length; i++) store<u8>(line + size++, <u8>what.charCodeAt(i));
}

function sayNumber(value: u64): void {
  if (value >= 10) sayNumber(value / 10);
  store<u8>(line + size++, <u8>(48 + (value % 10)));
}

function endLine(): void {
  store<u8>(line + size++, 10);
  store<u32>(piece, <u32>line);
  store<u32>(piece, <u32>size, 4);
  size = 0;
  if (wasi.fd_write(1, piece, 1, word) != 0) unreachable();
}

function sayPair(what: string, value: u64): void {
  say(what);
  say(' ');
  sayNumber(value);
}

function now(): u64 {
  if (wasi.clock_time_get(MONOTONIC, 1, word) != 0) unreachable();
  return load<u64>(word);
}

/** `userdata` says which one it is in the events. */
function onFd(index: u32, fd: i32, type: u8): void {
  const at = subscriptions + <usize>index * 48;
  memory.fill(at, 0, 48);
  store<u64>(at, 100 + index);
  store<u8>(at, type, 8);
  store<u32>(at, fd, 16);
}

function onClock(index: u32, clock: u32, timeout_ns: u64, isAbsolute: bool): void {
  onFd(index, <i32>clock, CLOCK);
  store<u64>(subscriptions + <usize>index * 48, timeout_ns, 24);
  store<u16>(subscriptions + <usize>index * 48, u16(isAbsolute), 40);
}

/** Waits, and says at which moment (in microseconds) what came: userdata, type, error, flags. */
function poll(count: u32): void {
  const error = wasi.poll_oneoff(subscriptions, events, count, word);
  if (error != 0) {
    sayPair('poll_oneoff', error);
    return endLine();
  }
  const got = load<u32>(word);
  sayPair('at', now() / 1000);
  for (let i: u32 = 0; i < got; i++) {
    const at = events + ((<usize>i) << 5);
    sayPair(':', load<u64>(at));
    sayPair('', load<u8>(at, 10));
    sayPair('', load<u16>(at, 8));
    sayPair('', load<u16>(at, 24));
  }
  endLine();
}

/** Reads in two pieces. */
function read(fd: i32): void {
  memory.fill(data, 0, 64);
  store<u32>(piece, <u32>data);
  store<u32>(piece, 3, 4);
  store<u32>(piece, <u32>data + 32, 8);
  store<u32>(piece, 32, 12);
  const error = wasi.fd_read(fd, piece, 2, word);
  if (error != 0) sayPair('fd_read', error);
  else {
    sayPair('read', load<u32>(word));
    sayPair(':', load<u8>(data));
    sayPair('', load<u8>(data, 32));
  }
  endLine();
}

function write(fd: i32, count: u32): void {
  store<u32>(piece, <u32>data);
  store<u32>(piece, count, 4);
  sayPair('fd_write', wasi.fd_write(fd, piece, 1, word));
  endLine();
}

/** Two pipes of which this reads the first and writes the second. */
function pipes(): void {
  onFd(0, FIRST, FD_READ);
  onClock(1, MONOTONIC, 2500000, false);
  poll(2); // time
  onClock(1, REALTIME, 1000000000, true);
  poll(2); // data
  read(FIRST);
  read(FIRST); // waits
  write(SECOND, 5);
  onFd(1, SECOND, 2);
  onFd(2, 77, FD_READ);
  onFd(3, 0, FD_READ);
  poll(4); // at once
  onClock(0, 3, 1, false);
  poll(1); // no such clock
  sayPair('fd_fdstat_set_flags', wasi.fd_fdstat_set_flags(FIRST, 4));
  sayPair(' fd_fdstat_get', wasi.fd_fdstat_get(FIRST, stat));
  sayPair(' flags', load<u16>(stat, 2));
  sayPair(' rights', load<u64>(stat, 8));
  endLine();
  read(FIRST); // would wait
  sayPair('fd_close', wasi.fd_close(FIRST));
  endLine();
  read(FIRST);
  poll(0);
}

/** Two that contend: what happens depends on the seed. */
function race(): void {
  if (wasi.random_get(data, 8) != 0) unreachable();
  sayPair('chance', load<u64>(data) % 1000);
  endLine();
  onFd(0, FIRST, FD_READ);
  onFd(1, SECOND, FD_READ);
  for (let i = 0; i < 20; i++) {
    onClock(2, MONOTONIC, 1000000, false);
    poll(3);
    wasi.fd_fdstat_set_flags(FIRST, 4);
    read(FIRST);
    wasi.sched_yield();
  }
}

/** Receives by sock_recv, and says its error, how much that was, the first bytes of both pieces, and its flags. */
function receive(fd: i32, flags: u32): void {
  memory.fill(data, 0, 64);
  store<u32>(piece, <u32>data);
  store<u32>(piece, 3, 4);
  store<u32>(piece, <u32>data + 32, 8);
  store<u32>(piece, 32, 12);
  store<u16>(stat, 77);
  store<u32>(word, 0);
  sayPair('sock_recv', wasi.sock_recv(fd, piece, 2, flags, word, stat));
  sayPair(':', load<u32>(word));
  sayPair('', load<u8>(data));
  sayPair('', load<u8>(data, 32));
  sayPair('', load<u16>(stat));
  endLine();
}

function send(fd: i32, count: u32, flags: u32): void {
  store<u32>(piece, <u32>data);
  store<u32>(piece, count, 4);
  store<u32>(word, 0);
  sayPair('sock_send', wasi.sock_send(fd, piece, 1, flags, word));
  sayPair(':', load<u32>(word));
  endLine();
}

/** A socket and a pipe's end. */
function sockets(): void {
  receive(FIRST, 0); // waits
  receive(FIRST, 1); // looks
  receive(FIRST, 2); // waits for all of it
  receive(FIRST, 4);
  receive(SECOND, 0);
  receive(1, 0);
  receive(77, 0);
  send(FIRST, 5, 0);
  send(FIRST, 5, 1);
  send(SECOND, 5, 0);
  sayPair('sock_accept', wasi.sock_accept(FIRST, 4, word));
  sayPair('', wasi.sock_accept(SECOND, 0, word));
  sayPair('', wasi.sock_accept(FIRST, 1, word));
  sayPair('', wasi.sock_accept(1, 0, word));
  endLine();
  sayPair('sock_shutdown', wasi.sock_shutdown(FIRST, 0));
  sayPair('', wasi.sock_shutdown(FIRST, 4));
  sayPair('', wasi.sock_shutdown(SECOND, 1));
  sayPair('', wasi.sock_shutdown(FIRST, 2));
  endLine();
  send(FIRST, 1, 0);
  sayPair('sock_shutdown', wasi.sock_shutdown(FIRST, 3));
  endLine();
  receive(FIRST, 0);
}

function environment(): void {
  if (wasi.environ_sizes_get(word, word + 4) != 0 || load<u32>(word) > 16 || wasi.environ_get(argv, text) != 0) unreachable();
  for (let i: usize = 0; i < load<u32>(word); i++) {
    for (let at = load<u32>(argv + 4 * i); load<u8>(at) != 0; at++) store<u8>(line + size++, load<u8>(at));
    endLine();
    // The end of a line leaves its size there.
    if (wasi.environ_sizes_get(word, word + 4) != 0) unreachable();
  }
}

export function _start(): void {
  if (wasi.args_sizes_get(word, word + 4) != 0 || wasi.args_get(argv, text) != 0) unreachable();
  const mode = load<u32>(word) < 2 ? 0 : load<u8>(load<u32>(argv, 4));
  if (mode == 112) pipes();
  else if (mode == 114) race();
  else if (mode == 107) sockets();
  else if (mode == 101) environment();
  else if (mode == 115) read(FIRST);
  else if (mode == 120) wasi.proc_exit(7);
  else if (mode == 116) unreachable();
  else while (mode == 99) now();
}
