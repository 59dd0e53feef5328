// SPDX-License-Identifier: LGPL-2.1-or-later

// The boundary of the core (../sys.ts), answered by the simulated kernel: tools/sim.ts puts this file in the place of that one. No
// call of the core sleeps. They are made by the task that was entered last.

import { EBADF, EINVAL, ENOENT, S_IFCHR } from '../constants';
import { ENOTSOCK } from '../abi';
import * as calls from './calls';
import * as files from './file';
import * as n from './numbers';
import * as processes from './process';
import { OpenFile, Task } from './structs';

/** "/dev/vpo", "ll", lowest byte first. */
const DEV_VPO: u64 = 0x6f70762f7665642f;
const LL: u16 = 0x6c6c;

let caller: Task = changetype<Task>(0);

/** Names the task that the core works for until another one is named. */
export function enter(task: Task): void {
  caller = task;
}

function made(call: i32, a: i32, b: i32, c: i32, d: i32): i32 {
  const r = calls.begin(caller, call, a, b, c, d);
  // A core that sleeps would never come back, and it asks for nothing that isn't simulated.
  if (caller.state != 0 || r == n.REFUSED) unreachable();
  return r;
}

function fileOf(fd: i32): OpenFile | null {
  return processes.get(caller.process, fd);
}

export function eventfd(initval: u32, flags: i32): i32 {
  return made(n.EVENTFD, initval, flags, 0, 0);
}

export function open(path: usize, flags: i32): i32 {
  if (load<u64>(path) != DEV_VPO || load<u16>(path, 8) != LL || load<u8>(path, 10) != 0) return -ENOENT;
  return made(n.OPEN_VPOLL, flags, 0, 0, 0);
}

export function ioctl(fd: i32, request: u32, arg: u32): i32 {
  return made(n.IOCTL, fd, request, arg, 0);
}

export function socketpair(domain: i32, type: i32, protocol: i32, pair: usize): i32 {
  return made(n.SOCKETPAIR, domain, type, protocol, <i32>pair);
}

export function read(fd: i32, buffer: usize, size: u32): i32 {
  return made(n.READ, fd, <i32>buffer, size, 0);
}

export function write(fd: i32, buffer: usize, size: u32): i32 {
  return made(n.WRITE, fd, <i32>buffer, size, 0);
}

export function send(fd: i32, buffer: usize, size: u32, flags: i32): i32 {
  return made(n.SEND, fd, <i32>buffer, size, flags);
}

export function recv(fd: i32, buffer: usize, size: u32, flags: i32): i32 {
  return made(n.RECV, fd, <i32>buffer, size, flags);
}

export function shutdown(fd: i32, how: i32): i32 {
  return made(n.SHUTDOWN, fd, how, 0, 0);
}

export function fcntl(fd: i32, command: i32, arg: i32): i32 {
  return made(n.FCNTL, fd, command, arg, 0);
}

function isSocket(file: OpenFile | null): i32 {
  if (file === null) return -EBADF;
  return file.kind == files.SOCKET ? 0 : -ENOTSOCK;
}

export function setsockopt(fd: i32, level: i32, name: i32, value: usize, size: u32): i32 {
  const r = isSocket(fileOf(fd));
  if (r < 0) return r;
  return size < 4 ? -EINVAL : made(n.SETSOCKOPT, fd, level, name, <i32>value);
}

export function getsockopt(fd: i32, level: i32, name: i32, value: usize, size: usize): i32 {
  const r = isSocket(fileOf(fd));
  if (r < 0) return r;
  if (load<u32>(size) < 4) return -EINVAL;
  store<u32>(size, 4);
  return made(n.GETSOCKOPT, fd, level, name, <i32>value);
}

/** st_dev, st_ino and st_mode at 0, 8 and 16. Anonymous inodes have one number for all. */
export function fstat(fd: i32, buffer: usize): i32 {
  const file = fileOf(fd);
  if (file === null) return -EBADF;
  const isDevice = (file.mode & 0xf000) == S_IFCHR;
  store<u64>(buffer, file.kind == files.SOCKET ? 8 : file.kind == files.PIPE ? 15 : isDevice ? 6 : 16);
  store<u64>(buffer, file.ino != 0 ? file.ino : 18, 8);
  store<u32>(buffer, file.mode, 16);
  return 0;
}

export function poll(fds: usize, count: u32, timeoutMs: i32): i32 {
  return made(n.POLL, <i32>fds, count, timeoutMs, 0);
}

export function close(fd: i32): i32 {
  return made(n.CLOSE, fd, 0, 0, 0);
}

export function socket(domain: i32, type: i32, protocol: i32): i32 {
  return made(n.SOCKET, domain, type, protocol, 0);
}

export function bind(fd: i32, address: usize, size: u32): i32 {
  return made(n.BIND, fd, <i32>address, size, 0);
}

export function listen(fd: i32, backlog: i32): i32 {
  return made(n.LISTEN, fd, backlog, 0, 0);
}

export function accept4(fd: i32, _address: usize, _size: usize, flags: i32): i32 {
  return made(n.ACCEPT4, fd, flags, 0, 0);
}

export function connect(fd: i32, address: usize, size: u32): i32 {
  return made(n.CONNECT, fd, <i32>address, size, 0);
}

export function getsockname(fd: i32, address: usize, size: usize): i32 {
  return made(n.GETSOCKNAME, fd, <i32>address, <i32>size, 0);
}

export function getpeername(fd: i32, address: usize, size: usize): i32 {
  return made(n.GETPEERNAME, fd, <i32>address, <i32>size, 0);
}

export function dup3(fd: i32, to: i32, flags: i32): i32 {
  return made(n.DUP3, fd, to, flags, 0);
}

/** Nothing is there that has a name but /dev/vpoll: this kernel has no helper. */
export function openat(_directory: i32, _path: usize, _flags: i32): i32 {
  return -ENOENT;
}
