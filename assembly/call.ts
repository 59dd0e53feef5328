// SPDX-License-Identifier: LGPL-2.1-or-later

// The sys calls as the backends use them: narrow, restarted after a signal (EINTR, signal(7)), and with the name of the call
// that failed kept for the caller's error. What the core refuses by itself leaves no name.

import * as abi from './abi';
import {
  AF_INET,
  CLOEXEC,
  EINTR,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  NONBLOCK,
  Pollfd,
  SETTABLE,
  SOCK_STREAM,
  SOL_SOCKET,
  Stat,
} from './constants';
import * as sys from './sys';

/** Size in bytes of {@link io}. */
export const IO_SIZE: u32 = 16384;
/** What data is read and received into; nothing is sent from here. */
export const io: usize = memory.data(IO_SIZE);
/** The most that one {@link send} takes. */
export const SEND_MAX: u32 = 4096;
/** What is sent; nothing is ever written here. */
const zeros: usize = memory.data(SEND_MAX);
const stat: usize = memory.data(abi.STAT_ROOM);
const pollfd: usize = memory.data(<i32>offsetof<Pollfd>());
const word: usize = memory.data(8);
const size: usize = memory.data(4);
/** A struct sockaddr_in, ip(7): sin_family, sin_port and sin_addr are its first eight bytes, all of it that counts. */
const NAME_SIZE: u32 = 16;
const name: usize = memory.data(NAME_SIZE);
/** AF_INET, port 0 (any), 127.0.0.1. */
const LOOPBACK: u64 = 0x0100007f00000002;

/** No errno is larger (include/linux/err.h), so that what the core says to itself can have the numbers below -4095. */
const MAX_ERRNO: i32 = 4095;

/** The call that failed last, as an index into SYS_NAMES of host/sys.ts; -1 when the core itself refused. */
export let failed: i32 = -1;

/** A refusal that no system call gave. */
export function refuse(errno: i32): i32 {
  assert(errno > 0 && errno <= MAX_ERRNO);
  failed = -1;
  return -errno;
}

/** Blames `call` (-1: none) for the error that is about to be returned. */
export function blame(call: i32): void {
  assert(call >= -1 && call <= abi.SYS_DUP3);
  failed = call;
}

/** Keeps the name of a call that failed. */
export function noted(call: i32, result: i32): i32 {
  assert(result >= -MAX_ERRNO);
  if (result < 0) failed = call;
  return result;
}

export function eventfd(initval: u32, flags: i32): i32 {
  return noted(abi.SYS_EVENTFD, sys.eventfd(initval, flags));
}

export function open(path: usize, flags: i32): i32 {
  let r: i32;
  do r = sys.open(path, flags);
  while (r == -EINTR);
  return noted(abi.SYS_OPEN, r);
}

export function openat(directory: i32, path: usize, flags: i32): i32 {
  let r: i32;
  do r = sys.openat(directory, path, flags);
  while (r == -EINTR);
  return noted(abi.SYS_OPENAT, r);
}

export function ioctl(fd: i32, request: u32, arg: u32): i32 {
  let r: i32;
  do r = sys.ioctl(fd, request, arg);
  while (r == -EINTR);
  return noted(abi.SYS_IOCTL, r);
}

/** Leaves the two descriptors in {@link pairFirst} and {@link pairSecond}. */
export function socketpair(domain: i32, type: i32): i32 {
  return noted(abi.SYS_SOCKETPAIR, sys.socketpair(domain, type, 0, word));
}

export function pairFirst(): i32 {
  return load<i32>(word);
}

export function pairSecond(): i32 {
  return load<i32>(word, 4);
}

/** Reads up to IO_SIZE bytes into {@link io}. */
export function read(fd: i32): i32 {
  let r: i32;
  do r = sys.read(fd, io, IO_SIZE);
  while (r == -EINTR);
  return noted(abi.SYS_READ, r);
}

/** Reads the one 64-bit word of a vpoll file; its low half, or -errno. */
export function readWord(fd: i32): i32 {
  let r: i32;
  do r = sys.read(fd, word, 8);
  while (r == -EINTR);
  return noted(abi.SYS_READ, r) < 0 ? r : load<i32>(word);
}

/** Writes the word `high << 32 | low`, as the EFD_VPOLL file ABI wants it. */
export function writeWord(fd: i32, high: u32, low: u32): i32 {
  store<u32>(word, low);
  store<u32>(word, high, 4);
  let r: i32;
  do r = sys.write(fd, word, 8);
  while (r == -EINTR);
  return noted(abi.SYS_WRITE, r);
}

/** Sends `count` zeros (at most {@link SEND_MAX}); never blocks, never raises SIGPIPE. */
export function send(fd: i32, count: u32, flags: i32 = 0): i32 {
  assert(count > 0 && count <= SEND_MAX);
  let r: i32;
  do r = sys.send(fd, zeros, count, flags | MSG_DONTWAIT | MSG_NOSIGNAL);
  while (r == -EINTR);
  return noted(abi.SYS_SEND, r);
}

/** Receives up to `count` bytes and forgets them; never blocks. */
export function recv(fd: i32, count: u32, flags: i32 = 0): i32 {
  assert(count > 0 && count <= IO_SIZE);
  let r: i32;
  do r = sys.recv(fd, io, count, flags | MSG_DONTWAIT | MSG_NOSIGNAL);
  while (r == -EINTR);
  return noted(abi.SYS_RECV, r);
}

export function shutdown(fd: i32, how: i32): i32 {
  return noted(abi.SYS_SHUTDOWN, sys.shutdown(fd, how));
}

export function fcntl(fd: i32, command: i32, arg: i32): i32 {
  return noted(abi.SYS_FCNTL, sys.fcntl(fd, command, arg));
}

export function setOption(fd: i32, option: i32, value: i32, level: i32 = SOL_SOCKET): i32 {
  store<i32>(word, value);
  return noted(abi.SYS_SETSOCKOPT, sys.setsockopt(fd, level, option, word, 4));
}

/** An option that is a struct timeval of `seconds`. */
export function setTimeOption(fd: i32, option: i32, seconds: i32): i32 {
  store<u64>(name, seconds);
  store<u64>(name, 0, 8);
  return noted(abi.SYS_SETSOCKOPT, sys.setsockopt(fd, SOL_SOCKET, option, name, 16));
}

export function getOption(fd: i32, option: i32): i32 {
  store<u32>(size, 4);
  const r = noted(abi.SYS_GETSOCKOPT, sys.getsockopt(fd, SOL_SOCKET, option, word, size));
  return r < 0 ? r : load<i32>(word);
}

/** A TCP socket for IPv4. */
export function socket(flags: i32): i32 {
  return noted(abi.SYS_SOCKET, sys.socket(AF_INET, SOCK_STREAM | flags, 0));
}

/** Listens on a port of 127.0.0.1 that the kernel chooses. */
export function listen(fd: i32, backlog: i32): i32 {
  store<u64>(name, LOOPBACK);
  store<u64>(name, 0, 8);
  const r = noted(abi.SYS_BIND, sys.bind(fd, name, NAME_SIZE));
  return r < 0 ? r : noted(abi.SYS_LISTEN, sys.listen(fd, backlog));
}

/** The address that the last call found: family, port and IPv4 address. */
export function address(): u64 {
  return load<u64>(name);
}

/** A connection that waits at `fd`, which doesn't block; {@link address} is where it comes from. */
export function accept(fd: i32): i32 {
  store<u32>(size, NAME_SIZE);
  let r: i32;
  do r = sys.accept4(fd, name, size, CLOEXEC | NONBLOCK);
  while (r == -EINTR);
  return noted(abi.SYS_ACCEPT4, r);
}

/** Connects to an address of {@link address}; 0 ends a connection (AF_UNSPEC, connect(2)). Not restarted: it goes on by itself. */
export function connect(fd: i32, to: u64): i32 {
  store<u64>(name, to);
  store<u64>(name, 0, 8);
  return noted(abi.SYS_CONNECT, sys.connect(fd, name, NAME_SIZE));
}

/** Leaves the socket's own address in {@link address}. */
export function socketName(fd: i32): i32 {
  store<u32>(size, NAME_SIZE);
  return noted(abi.SYS_GETSOCKNAME, sys.getsockname(fd, name, size));
}

/** Leaves the address of the other end in {@link address}. */
export function peerName(fd: i32): i32 {
  store<u32>(size, NAME_SIZE);
  return noted(abi.SYS_GETPEERNAME, sys.getpeername(fd, name, size));
}

/** Puts the file of `fd` under the number `to` as well, in place of what was there. */
export function dup3(fd: i32, to: i32, flags: i32): i32 {
  let r: i32;
  do r = sys.dup3(fd, to, flags);
  while (r == -EINTR);
  return noted(abi.SYS_DUP3, r);
}

/** Lets a millisecond pass. */
export function pause(): void {
  sys.poll(pollfd, 0, 1);
}

/** Afterwards {@link statDev}, {@link statIno} and {@link statMode} tell what was found. */
export function fstat(fd: i32): i32 {
  return noted(abi.SYS_FSTAT, sys.fstat(fd, stat));
}

export function statDev(): u32 {
  return load<u32>(stat, offsetof<Stat>('dev'));
}

export function statIno(): u64 {
  return changetype<Stat>(stat).ino;
}

export function statMode(): u32 {
  return changetype<Stat>(stat).mode;
}

/** What poll(2) shows on `fd` now, of all bits that can be asked for; POLLNVAL where it is closed. */
export function shown(fd: i32): i32 {
  changetype<Pollfd>(pollfd).fd = fd;
  store<u32>(pollfd, SETTABLE, offsetof<Pollfd>('events'));
  let r: i32;
  do r = sys.poll(pollfd, 1, 0);
  while (r == -EINTR);
  return noted(abi.SYS_POLL, r) < 0 ? r : changetype<Pollfd>(pollfd).revents;
}

/** close(2) frees the number whatever it returns (see its NOTES), so there is nothing to do about an error. */
export function close(fd: i32): void {
  assert(fd >= 0);
  sys.close(fd);
}
