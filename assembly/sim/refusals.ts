// SPDX-License-Identifier: LGPL-2.1-or-later

// Which calls are refused: all that Linux takes and this kernel does not, in one place. What Linux itself refuses is not among it.

import {
  AF_UNIX,
  CLOEXEC,
  F_DUPFD_CLOEXEC,
  MSG_OOB,
  NONBLOCK,
  O_NOCTTY,
  SO_DOMAIN,
  SO_ERROR,
  SO_RCVLOWAT,
  SO_SNDBUF,
  SO_TYPE,
  SOL_SOCKET,
} from '../constants';
import * as abi from '../abi';
import * as files from './file';
import * as n from './numbers';
import { SELECT_MAX } from './pollcall';
import * as processes from './process';
import { refuse } from './refuse';
import { SOCK_TYPES, TYPES_END } from './socketcalls';
import { FD_MAX, OpenFile, Task } from './structs';

const FLAGS: i32 = CLOEXEC | NONBLOCK;
const O_NOTIFICATION_PIPE: i32 = abi.O_EXCL; // linux/watch_queue.h
/** No option of SOL_SOCKET has had a number as high. */
const OPTIONS_END: i32 = 128;
/** Where the address of bind(2) and connect(2) ends at most: sizeof(struct sockaddr_storage). */
const ADDRESS_MAX: u32 = 128;

function open(flags: i32): i32 {
  if ((flags & abi.O_ACCMODE) == abi.O_ACCMODE) return refuse('O_ACCMODE for open');
  const others = flags & ~(FLAGS | O_NOCTTY | abi.O_ACCMODE);
  return others ? refuse('open flag', others) : 0;
}

function pair(domain: i32, type: i32): i32 {
  if (domain != AF_UNIX || type & ~(SOCK_TYPES | FLAGS)) return 0;
  const kind = type & SOCK_TYPES;
  if (kind == 2) return refuse('SOCK_DGRAM');
  if (kind == 3) return refuse('SOCK_RAW');
  return kind == 5 ? refuse('SOCK_SEQPACKET') : 0;
}

function pipe(flags: i32): i32 {
  if (flags & ~(FLAGS | abi.O_DIRECT | O_NOTIFICATION_PIPE)) return 0;
  if (flags & abi.O_DIRECT) return refuse('O_DIRECT');
  return flags & O_NOTIFICATION_PIPE ? refuse('O_NOTIFICATION_PIPE') : 0;
}

function timerfd(clock: i32, flags: i32): i32 {
  if (flags & ~FLAGS) return 0;
  if (clock == abi.CLOCK_REALTIME_ALARM) return refuse('CLOCK_REALTIME_ALARM');
  return clock == abi.CLOCK_BOOTTIME_ALARM ? refuse('CLOCK_BOOTTIME_ALARM') : 0;
}

/** By the type of a request, its second byte: those of files in general, of sockets, pipes, timerfds and epolls. */
function ioctl(request: u32): i32 {
  if (request == abi.FIOCLEX || request == abi.FIONCLEX || request == abi.FIONBIO) return 0;
  if (request == abi.FIONREAD || request == abi.SIOCOUTQ) return 0;
  switch ((request >> 8) & 255) {
    case 0x00: // FIBMAP, FIGETBSZ
    case 0x15: // FS_IOC_GETFSUUID
    case 0x54: // FIOASYNC, FIOQSIZE, TFD_IOC_SET_TICKS
    case 0x57: // IOC_WATCH_QUEUE_SET_SIZE
    case 0x58: // FIFREEZE, FS_IOC_FSGETXATTR
    case 0x66: // FS_IOC_GETFLAGS, FS_IOC_FIEMAP
    case 0x89: // SIOCATMARK and all else of sockets
    case 0x8a: // EPIOCSPARAMS
    case 0x8b: // wireless
    case 0x94: // FICLONE
      return refuse('ioctl', request);
    default:
      return 0;
  }
}

/** Commands that Linux has, or may get: F_GETLK to F_GETOWNER_UIDS, F_OFD_GETLK and those behind it, F_SETLEASE and those behind it. */
function fcntl(command: i32, arg: i32): i32 {
  if (command == abi.F_SETFL) {
    if (arg & abi.O_ASYNC) return refuse('O_ASYNC');
    if (arg & abi.O_DIRECT) return refuse('O_DIRECT');
    return arg & abi.O_NOATIME ? refuse('O_NOATIME') : 0;
  }
  if (command == abi.F_SETPIPE_SZ) return refuse('F_SETPIPE_SZ');
  if (command == abi.F_GETPIPE_SZ) return refuse('F_GETPIPE_SZ');
  if (command == F_DUPFD_CLOEXEC) return 0;
  const isKnown = (command > abi.F_SETFL && command < 64) || (command >= 1024 && command < 1152);
  return isKnown ? refuse('fcntl', command) : 0;
}

function option(isSet: bool, level: i32, name: i32): i32 {
  if (level != SOL_SOCKET || name <= 0 || name >= OPTIONS_END) return 0;
  if (name == SO_SNDBUF || name == SO_RCVLOWAT || name == SO_TYPE || name == SO_DOMAIN || name == SO_ERROR) return 0;
  if (isSet && name == abi.SO_PROTOCOL) return 0;
  return refuse(isSet ? 'setsockopt of SOL_SOCKET' : 'getsockopt of SOL_SOCKET', name);
}

/** bind(2) takes a family alone as well (unix_autobind()). */
function address(isBind: bool, at: usize, size: u32): i32 {
  const least: u32 = isBind ? 2 : 3;
  if (size < least || size > ADDRESS_MAX || load<u16>(at) != AF_UNIX) return 0;
  return refuse('an address of AF_UNIX');
}

/** A call on a socket. */
function ofSocket(t: Task): i32 {
  switch (t.call) {
    case n.SEND:
    case n.RECV:
      return t.d & MSG_OOB ? refuse('MSG_OOB') : 0;
    case n.SETSOCKOPT:
    case n.GETSOCKOPT:
      return option(t.call == n.SETSOCKOPT, t.b, t.c);
    case n.BIND:
    case n.CONNECT:
      return address(t.call == n.BIND, t.b, t.c);
    default:
      return 0;
  }
}

function ofFile(t: Task, file: OpenFile): i32 {
  if (t.call == n.IOCTL) return ioctl(t.b);
  if (t.call == n.FCNTL) return fcntl(t.b, t.c);
  return file.kind == files.SOCKET ? ofSocket(t) : 0;
}

/** REFUSED where a call that is about to begin asks for what is not simulated, else 0. */
export function check(t: Task): i32 {
  switch (t.call) {
    case n.OPEN_VPOLL:
      return open(t.a);
    case n.SOCKETPAIR:
      return pair(t.a, t.b);
    case n.PIPE:
      return pipe(t.b);
    case n.TIMERFD:
      return timerfd(t.a, t.b);
    case n.SELECT:
      return t.a > SELECT_MAX ? refuse('select of more descriptors than', SELECT_MAX) : 0;
    case n.LIMIT:
      return t.a > FD_MAX ? refuse('RLIMIT_NOFILE above', FD_MAX) : 0;
    case n.SOCKET: {
      const isType = !(t.b & ~(SOCK_TYPES | FLAGS)) && (t.b & SOCK_TYPES) < TYPES_END;
      return t.a == AF_UNIX && isType ? refuse('socket of AF_UNIX') : 0;
    }
    case n.EVENTFD:
    case n.EPOLL:
    case n.POLL:
      return 0;
    default: {
      const file = processes.get(t.process, t.a);
      return file === null ? 0 : ofFile(t, file);
    }
  }
}
