// SPDX-License-Identifier: LGPL-2.1-or-later

// The boundary (host/sys.ts) over the model: calls go in here, are logged, may be made to fail, and reach the process.

import { SYS_NAMES, type HostFactory, type Sys, type SysName } from '../../host/sys.js';
import {
  AF_INET,
  AF_UNIX,
  E,
  ERR,
  FD_CLOEXEC,
  F_DUPFD_CLOEXEC,
  F_GETFD,
  F_SETFD,
  HUP,
  IPPROTO_TCP,
  NVAL,
  O_CLOEXEC,
  O_NONBLOCK,
  SOCK_STREAM,
} from './abi.js';
import { OpenFile } from './file.js';
import type { Process } from './kernel.js';
import { Memory } from './memory.js';
import { TcpSocket } from './tcp.js';

/** One call, as it was made and answered. */
export interface Call {
  readonly name: SysName;
  readonly args: readonly number[];
  readonly result: number;
}

/** Which call fails: the `nth` (from 1) of all, or of those named `name`; only that one, or it and all after it. */
export interface Fault {
  readonly name?: SysName;
  readonly nth: number;
  readonly errno: number;
  readonly always?: boolean;
}

interface Armed extends Fault {
  seen: number;
}

type Handler = (process: Process, memory: Memory, args: readonly number[]) => number;

/** SOCK_TYPE_MASK (include/linux/net.h). */
const SOCK_TYPES = 0xf;
/** SOCK_NONBLOCK and SOCK_CLOEXEC have the numbers of open(2). */
const SOCK_FLAGS = O_NONBLOCK | O_CLOEXEC;

function withFile(process: Process, fd: number, use: (file: OpenFile) => number): number {
  const file = process.file(fd);
  return file ? use(file) : -E.EBADF;
}

/** A call that uses the file, which then remembers it. */
function touching(name: SysName, act: (file: OpenFile, memory: Memory, args: readonly number[]) => number): Handler {
  return (process, memory, args) =>
    withFile(process, args[0]!, (file) => {
      file.touches.push(name);
      return act(file, memory, args);
    });
}

function installed(process: Process, file: OpenFile | number, flags: number): number {
  return typeof file === 'number' ? file : process.install(file, flags);
}

/** __sys_socketpair() and unix_create(), in their order: numbers are taken before the arguments are looked at. */
function makePair(process: Process, memory: Memory, [domain, type, protocol, pair]: readonly number[]): number {
  if (type! & ~(SOCK_TYPES | SOCK_FLAGS)) return -E.EINVAL;
  if (process.room < 2) return -E.EMFILE;
  if (domain !== AF_UNIX) return -E.EAFNOSUPPORT;
  if (protocol! > 1) return -E.EPROTONOSUPPORT;
  if ((type! & SOCK_TYPES) !== SOCK_STREAM) return -E.ESOCKTNOSUPPORT;
  const [first, second] = process.kernel.socketpair();
  first.nonblock = second.nonblock = (type! & O_NONBLOCK) !== 0;
  const a = process.install(first, type);
  const b = a < 0 ? a : process.install(second, type);
  if (b < 0) {
    if (a >= 0) process.close(a);
    return b;
  }
  memory.setInt32(pair!, a);
  memory.setInt32(pair! + 4, b);
  return 0;
}

/** inet_create(), for what a vpoll is made of. */
function makeSocket(process: Process, _: Memory, [domain, type, protocol]: readonly number[]): number {
  if (type! & ~(SOCK_TYPES | SOCK_FLAGS)) return -E.EINVAL;
  if (domain !== AF_INET) return -E.EAFNOSUPPORT;
  if ((type! & SOCK_TYPES) !== SOCK_STREAM) return -E.ESOCKTNOSUPPORT;
  if (protocol !== 0 && protocol !== IPPROTO_TCP) return -E.EPROTONOSUPPORT;
  const file = process.kernel.tcp();
  file.nonblock = (type! & O_NONBLOCK) !== 0;
  return process.install(file, type);
}

/** An address into a struct sockaddr_in. */
function putName(memory: Memory, [address, size]: readonly number[], name: bigint | number): number {
  if (typeof name === 'number') return name;
  memory.setInt64(address!, name);
  memory.setInt64(address! + 8, 0n);
  memory.setInt32(size!, 16);
  return 0;
}

/** One entry, and no waiting: all that the core asks for. */
function pollOne(process: Process, memory: Memory, [fds, count, timeoutMs]: readonly number[]): number {
  if (count! > process.limit) return -E.EINVAL;
  // A pause; nothing is under way in a model where all arrives at once.
  if (count === 0) return 0;
  if (count !== 1 || timeoutMs !== 0) throw new Error('the fake kernel polls one descriptor without waiting');
  const file = process.file(memory.int32(fds!));
  const always = ERR | HUP;
  const revents = file ? file.poll() & (memory.int16(fds! + 4) | always) : NVAL;
  memory.setInt16(fds! + 6, revents);
  return revents === 0 ? 0 : 1;
}

const HANDLERS: Record<SysName, Handler> = {
  eventfd: (process, _, [initval, flags]) => installed(process, process.kernel.eventfd(initval! >>> 0, flags!), flags!),
  open: (process, memory, [path, flags]) => installed(process, process.kernel.open(memory.text(path!), process, flags!), flags!),
  ioctl: (process, _, [fd, request, arg]) => withFile(process, fd!, (file) => file.ioctl(request! >>> 0, arg! >>> 0)),
  socketpair: makePair,
  read: touching('read', (file, memory, [, buffer, size]) => {
    const got = file.read(size!);
    return typeof got === 'number' ? got : memory.put(buffer!, got);
  }),
  write: touching('write', (file, memory, [, buffer, size]) => file.write(memory.bytes(buffer!, size!))),
  send: touching('send', (file, memory, [, buffer, size, flags]) => file.send(memory.bytes(buffer!, size!).length, flags!)),
  recv: touching('recv', (file, memory, [, buffer, size, flags]) => {
    const n = file.recv(size!, flags!);
    return n < 0 ? n : memory.put(buffer!, new Uint8Array(n));
  }),
  shutdown: touching('shutdown', (file, _, [, how]) => file.shutdown(how!)),
  fcntl: (process, _, [fd, command, arg]) => {
    const descriptor = process.descriptors.get(fd!);
    if (!descriptor) return -E.EBADF;
    if (command === F_DUPFD_CLOEXEC) return process.install(descriptor.file, O_CLOEXEC);
    if (command === F_GETFD) return descriptor.cloexec ? 1 : 0;
    if (command !== F_SETFD) return -E.EINVAL;
    descriptor.file.touches.push('fcntl');
    descriptor.cloexec = (arg! & FD_CLOEXEC) !== 0;
    return 0;
  },
  setsockopt: touching('setsockopt', (file, memory, [, level, name, value, size]) =>
    file.isSocket && size! < 4 ? -E.EINVAL : file.setOption(level!, name!, memory.int32(value!)),
  ),
  getsockopt: (process, memory, [fd, level, name, value, size]) =>
    withFile(process, fd!, (file) => {
      const bytes = file.optionBytes(level!, name!);
      if (bytes) {
        const room = Math.min(bytes.length, memory.int32(size!));
        memory.setInt32(size!, room);
        memory.put(value!, bytes.subarray(0, room));
        return 0;
      }
      const got = file.getOption(level!, name!);
      if (got < 0) return got;
      if (memory.int32(size!) < 4) return -E.EINVAL;
      memory.setInt32(value!, got);
      memory.setInt32(size!, 4);
      return 0;
    }),
  fstat: (process, memory, [fd, buffer]) =>
    withFile(process, fd!, (file) => {
      memory.setStat(buffer!, file);
      return 0;
    }),
  poll: pollOne,
  close: (process, _, [fd]) => {
    process.file(fd!)?.touches.push('close');
    return process.close(fd!);
  },
  socket: makeSocket,
  bind: touching('bind', (file, memory, [, address]) => file.bind(memory.int64(address!))),
  listen: touching('listen', (file) => file.listen()),
  accept4: (process, memory, [fd, address, size, flags]) => {
    if (flags! & ~SOCK_FLAGS) return -E.EINVAL;
    return withFile(process, fd!, (listener) => {
      // accept4(2) takes a number first, and keeps the connection waiting where there is none.
      if (listener.isSocket && process.isFull) return -E.EMFILE;
      const file = listener.accept();
      if (typeof file === 'number') return file;
      putName(memory, [address!, size!], file.peerName());
      if (file instanceof TcpSocket) file.nonblock = (flags! & O_NONBLOCK) !== 0;
      return process.install(file, flags);
    });
  },
  connect: touching('connect', (file, memory, [, address]) => file.connect(memory.int64(address!))),
  getsockname: (process, memory, [fd, ...room]) => withFile(process, fd!, (file) => putName(memory, room, file.name())),
  getpeername: (process, memory, [fd, ...room]) => withFile(process, fd!, (file) => putName(memory, room, file.peerName())),
  openat: (process, memory, [folder, path, flags]) =>
    withFile(process, folder!, (file) => installed(process, process.kernel.openat(file, memory.text(path!)), flags!)),
  dup3: (process, _, [fd, to, flags]) => {
    if (flags! & ~O_CLOEXEC || fd === to) return -E.EINVAL;
    const file = process.file(fd!);
    return file ? process.place(to!, file, flags) : -E.EBADF;
  },
};

/** A host for one core in one process. */
export class FakeHost {
  log: Call[] = [];
  /** Runs after each call: to look, or to act in between as another process might. */
  onCall: (call: Call) => void = () => undefined;
  #faults: Armed[] = [];

  constructor(readonly process: Process) {}

  fail(fault: Fault): void {
    this.#faults.push({ ...fault, seen: 0 });
  }

  heal(): void {
    this.#faults = [];
  }

  /** The names of the calls since the log was emptied last. */
  names(): string {
    return this.log.map(({ name }) => name).join(' ');
  }

  /** What a planned fault answers to this call: -errno, or 0. */
  #faultOf(name: SysName): number {
    let result = 0;
    for (const fault of this.#faults) {
      if (fault.name !== undefined && fault.name !== name) continue;
      fault.seen++;
      if (fault.seen === fault.nth || (fault.always && fault.seen > fault.nth)) result = -fault.errno;
    }
    return result;
  }

  #call(name: SysName, memory: Memory, args: readonly number[]): number {
    let result = this.#faultOf(name);
    if (result === 0) result = HANDLERS[name](this.process, memory, args);
    // close(2), NOTES: whatever it says, the number is free afterwards.
    else if (name === 'close' && result !== -E.EBADF) HANDLERS.close(this.process, memory, args);
    const call = { name, args, result };
    this.log.push(call);
    this.onCall(call);
    return result;
  }

  /** What `instantiate()` of src/core.ts takes. */
  readonly factory: HostFactory = (getMemory) => {
    const memory = new Memory(getMemory);
    const entries = SYS_NAMES.map((name) => [name, (...args: number[]) => this.#call(name, memory, args)]);
    return Object.fromEntries(entries) as Sys;
  };
}
