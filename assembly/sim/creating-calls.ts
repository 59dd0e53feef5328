// SPDX-License-Identifier: LGPL-2.1-or-later

// The calls that make files and descriptors.

import { AF_UNIX, EBADF, EINVAL, EMFILE, ENOENT, ENOMEM, F_DUPFD_CLOEXEC, F_SETFD, SETTABLE, SOCK_STREAM } from '../constants';
import * as abi from '../abi';
import * as epolls from './epoll';
import * as eventfds from './eventfd';
import * as files from './file';
import * as n from './numbers';
import * as pipes from './pipe';
import * as processes from './process';
import { checkFamily, SOCK_TYPES } from './socketcalls';
import { OpenFile, Process, Task } from './structs';
import * as timerfds from './timerfd';
import * as unix from './unix';
import * as vpollfiles from './vpollfile';

const FLAGS: i32 = abi.O_CLOEXEC | abi.O_NONBLOCK;
/** What F_SETFL may change here. */
const SETTABLE_FLAGS: i32 = abi.O_APPEND | abi.O_NONBLOCK;

/** What this kernel has: HAS_EFD_VPOLL (linux_patch) and HAS_DEVICE (linux_module). */
let features: u32 = n.HAS_EFD_VPOLL | n.HAS_DEVICE;

export function setFeatures(value: u32): void {
  features = value;
}

/** Whether the arguments of a call that makes files are such that it can fail for lack of room only. */
export function isValid(t: Task): bool {
  if (t.call == n.EVENTFD) {
    const isVpoll = (t.b & abi.EFD_VPOLL) != 0;
    if (t.b & ~(FLAGS | abi.EFD_SEMAPHORE | abi.EFD_VPOLL)) return false;
    return !isVpoll || ((features & n.HAS_EFD_VPOLL) != 0 && !(t.b & abi.EFD_SEMAPHORE) && !(t.a & ~SETTABLE));
  }
  if (t.call == n.OPEN_VPOLL) return (features & n.HAS_DEVICE) != 0;
  if (t.call == n.SOCKETPAIR) return t.a == AF_UNIX && !(t.b & ~(SOCK_STREAM | FLAGS)) && (t.c == 0 || t.c == AF_UNIX);
  if (t.call == n.PIPE) return !(t.b & ~FLAGS);
  if (t.call == n.TIMERFD) return timerfds.check(t.a, t.b) == 0;
  return !(t.a & ~abi.O_CLOEXEC);
}

/** do_eventfd() */
export function eventfd(process: Process, initval: u32, flags: i32): i32 {
  const isVpoll = (flags & abi.EFD_VPOLL) != 0;
  if (flags & ~(FLAGS | abi.EFD_SEMAPHORE | abi.EFD_VPOLL)) return -EINVAL;
  if (!isVpoll) return processes.install(process, eventfds.create(initval, flags), flags);
  if (!(features & n.HAS_EFD_VPOLL) || flags & abi.EFD_SEMAPHORE || initval & ~SETTABLE) return -EINVAL;
  return processes.install(process, vpollfiles.create(initval, flags, false), flags);
}

export function openVpoll(process: Process, flags: i32): i32 {
  // do_sys_openat2() takes a descriptor before it looks for the path.
  if (processes.lowest(process, 0) < 0) return -EMFILE;
  if (!(features & n.HAS_DEVICE)) return -ENOENT;
  return processes.install(process, vpollfiles.create(0, flags, true), flags);
}

/** The second of the two lowest free descriptors, or -EMFILE. */
function lowestPair(process: Process): i32 {
  const first = processes.lowest(process, 0);
  return first < 0 ? first : processes.lowest(process, first + 1);
}

/** Two descriptors at once, left at `to`; none where there is no room for both. */
function installPair(process: Process, first: OpenFile | null, second: OpenFile | null, flags: i32, to: usize): i32 {
  if (first === null || second === null) return -ENOMEM;
  const last = lowestPair(process);
  if (last < 0) {
    files.tellMade(first);
    files.tellMade(second);
    files.hold(first);
    files.put(first);
    files.hold(second);
    files.put(second);
    return last;
  }
  store<i32>(to, processes.install(process, first, flags));
  store<i32>(to, processes.install(process, second, flags), 4);
  return 0;
}

/** __sys_socketpair(), __sock_create() and unix_create(), in their order: descriptors are looked for before the arguments are looked at. */
export function socketpair(process: Process, domain: i32, type: i32, protocol: i32, to: usize): i32 {
  if (type & ~(SOCK_TYPES | FLAGS)) return -EINVAL;
  if (lowestPair(process) < 0) return -EMFILE;
  const created = checkFamily(domain, type);
  if (created != 0) return created;
  if (protocol != 0 && protocol != AF_UNIX) return -abi.EPROTONOSUPPORT;
  if ((type & SOCK_TYPES) != SOCK_STREAM) return -abi.ESOCKTNOSUPPORT;
  const first = unix.create();
  const second = unix.create();
  if (first == 0 || second == 0) return -ENOMEM;
  unix.connect(first, second);
  return installPair(process, unix.open(first, type), unix.open(second, type), type, to);
}

/** do_pipe2() */
export function pipe(process: Process, to: usize, flags: i32): i32 {
  if (flags & ~FLAGS) return -EINVAL;
  const at = pipes.create();
  if (at == 0) return -ENOMEM;
  const ino = files.nextIno();
  const reader = pipes.open(at, 0, flags, ino);
  return installPair(process, reader, pipes.open(at, abi.O_WRONLY, flags, ino), flags, to);
}

export function timerfd(process: Process, clock: i32, flags: i32): i32 {
  const r = timerfds.check(clock, flags);
  return r < 0 ? r : processes.install(process, timerfds.create(flags), flags);
}

export function epoll(process: Process, flags: i32): i32 {
  return flags & ~abi.O_CLOEXEC ? -EINVAL : processes.install(process, epolls.create(), flags);
}

/** do_fcntl(): descriptors, and the flags of a file. refusals.ts refuses what else Linux has. */
export function fcntl(process: Process, fd: i32, command: i32, arg: i32): i32 {
  const file = processes.get(process, fd);
  if (file === null) return -EBADF;
  if (command == abi.F_DUPFD || command == F_DUPFD_CLOEXEC) {
    if (<u32>arg >= <u32>process.limit) return -EINVAL;
    return processes.dup(process, file, arg, command == abi.F_DUPFD ? 0 : abi.O_CLOEXEC);
  }
  if (command == abi.F_GETFD) return i32(processes.isCloexec(process, fd));
  if (command == F_SETFD) processes.setCloexec(process, fd, (arg & 1) != 0);
  else if (command == abi.F_GETFL) return file.flags;
  else if (command == abi.F_SETFL) file.flags = (file.flags & ~SETTABLE_FLAGS) | (arg & SETTABLE_FLAGS);
  else return -EINVAL;
  return 0;
}
