// SPDX-License-Identifier: LGPL-2.1-or-later

// A scriptable kernel for the core: descriptors, the files of test/fake/files.ts, a log of all calls, and faults. Tests act on it beside
// the core, as another process or a careless program would.

import { SYS_NAMES, type HostFactory, type Sys, type SysName } from '../host/sys.js';
import { EBADF, EINVAL, ENOTSOCK, InfoFile, PlainEventfd, UnixSocket, VpollFile, type OpenFile } from './fake/files.js';

const ENOENT = 2;
const EFAULT = 14;
const EMFILE = 24;

/** What the machine offers. */
export interface Machine {
  /** EFD_VPOLL: not known, ours, the reference's (no ioctls), or another feature's number. */
  eventfd: 'absent' | 'ours' | 'reference' | 'plain';
  /** Whether /proc is mounted. */
  proc: boolean;
  /** What opening /dev/vpoll gives: a vpoll, this file, or -errno. */
  device: 'vpoll' | OpenFile | number;
}

export interface Call {
  readonly name: SysName;
  readonly args: readonly number[];
  readonly result: number;
}

interface Fault {
  readonly name: SysName | undefined;
  readonly errno: number;
  skip: number;
  times: number;
}

export class FakeKernel {
  readonly machine: Machine = { eventfd: 'absent', proc: true, device: -ENOENT };
  readonly fds = new Map<number, OpenFile>();
  readonly log: Call[] = [];
  /** RLIMIT_NOFILE */
  limit = 1024;
  /** The lowest number that is given out. */
  lowest = 3;
  private readonly faults: Fault[] = [];
  private memory: (() => WebAssembly.Memory) | undefined;

  /** Fails the n-th call from now (1 = the next one), of all or of a name, `times` times in a row. */
  fail(n: number, errno: number, { name, times = 1 }: { name?: SysName; times?: number } = {}): void {
    this.faults.push({ name, errno, skip: n - 1, times });
  }
  /** Whether a fault is still waiting for its call. */
  get pendingFaults(): boolean {
    return this.faults.some(({ times }) => times > 0);
  }
  clearFaults(): void {
    this.faults.length = 0;
  }

  /** A new descriptor of `file`, at `fd` or the lowest free number: the number or -EMFILE. */
  install(file: OpenFile, fd = -1): number {
    let number = fd < 0 ? this.lowest : fd;
    if (fd < 0) while (this.fds.has(number)) number++;
    if (number >= this.limit) return -EMFILE;
    if (this.fds.has(number)) this.closeFd(number);
    this.fds.set(number, file);
    file.refs++;
    return number;
  }
  /** dup(2), dup2(2) */
  dup(fd: number, to = -1): number {
    return this.install(this.file(fd), to);
  }
  closeFd(fd: number): number {
    const file = this.fds.get(fd);
    if (!file) return -EBADF;
    this.fds.delete(fd);
    if (--file.refs === 0) file.release();
    return 0;
  }
  file(fd: number): OpenFile {
    const file = this.fds.get(fd);
    if (!file) throw new Error(`fd ${fd} is closed`);
    return file;
  }
  socket(fd: number): UnixSocket {
    const file = this.file(fd);
    if (!(file instanceof UnixSocket)) throw new Error(`fd ${fd} is no unix socket`);
    return file;
  }
  /** What poll(2) shows on `fd`. */
  shown(fd: number): number {
    return this.file(fd).poll();
  }

  /** The host to make a core with. */
  readonly host: HostFactory = (memory) => {
    this.memory = memory;
    const calls = this.calls();
    return Object.fromEntries(SYS_NAMES.map((name) => [name, this.recorded(name, calls[name])])) as Record<
      SysName,
      unknown
    > as Sys;
  };

  private recorded(name: SysName, call: (...args: number[]) => number) {
    return (...args: number[]): number => {
      const fault = this.fault(name);
      // close(2) frees the number, whatever it says.
      if (fault !== undefined && name === 'close') call(...args);
      const result = fault ?? call(...args);
      this.log.push({ name, args, result });
      return result;
    };
  }
  private fault(name: SysName): number | undefined {
    for (const fault of this.faults) {
      if (fault.times === 0 || (fault.name !== undefined && fault.name !== name)) continue;
      if (fault.skip-- > 0) continue;
      fault.skip = 0;
      fault.times--;
      return -fault.errno;
    }
    return undefined;
  }

  private get view(): DataView {
    return new DataView(this.memory!().buffer);
  }
  private text(at: number): string {
    const bytes = new Uint8Array(this.memory!().buffer, at);
    return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
  }
  private on(fd: number, act: (file: OpenFile) => number, touch?: string): number {
    const file = this.fds.get(fd);
    if (!file) return -EBADF;
    if (touch) file.touched.push(touch);
    return act(file);
  }
  private onSocket(fd: number, act: (socket: UnixSocket) => number, touch?: string): number {
    return this.on(fd, (file) => (file instanceof UnixSocket ? act(file) : -ENOTSOCK), touch);
  }

  private calls(): Sys {
    return {
      eventfd: (initval, flags) => this.eventfd(initval, flags),
      open: (path) => this.open(this.text(path)),
      ioctl: (fd, request, arg) => this.on(fd, (file) => file.ioctl(request & 0xff, arg)),
      socketpair: (_domain, _type, _protocol, pair) => this.socketpair(pair),
      read: (fd, data, size) => this.on(fd, (file) => this.read(file, data, size), 'read'),
      write: (fd, data) =>
        this.on(fd, (file) => file.writeWord(this.view.getUint32(data + 4, true), this.view.getUint32(data, true)), 'write'),
      send: (fd, _data, size) => this.onSocket(fd, (socket) => socket.send(size), 'send'),
      recv: (fd, _data, size) => this.onSocket(fd, (socket) => socket.recv(size), 'recv'),
      shutdown: (fd, how) => this.onSocket(fd, (socket) => socket.shutdown(how), 'shutdown'),
      fcntl: (fd) => this.on(fd, () => 0),
      setsockopt: (fd, _level, _name, value) =>
        this.onSocket(fd, (socket) => socket.setSndbuf(this.view.getInt32(value, true)), 'setsockopt'),
      getsockopt: (fd, _level, _name, value) => this.onSocket(fd, () => this.put(value, 1)),
      fstat: (fd, stat) => this.on(fd, (file) => this.stat(file, stat)),
      poll: (fds) => this.poll(fds),
      close: (fd) => this.closeFd(fd),
    };
  }

  private put(at: number, value: number): number {
    this.view.setInt32(at, value, true);
    return 0;
  }
  private eventfd(initval: number, flags: number): number {
    if (this.machine.eventfd === 'absent' && flags & 2) return -EINVAL;
    if (this.machine.eventfd === 'plain') return this.install(new PlainEventfd(initval));
    return this.install(new VpollFile(this.machine.eventfd === 'reference' ? 'reference' : 'ours', initval));
  }
  private open(path: string): number {
    const info = /^\/proc\/self\/fdinfo\/(\d+)$/.exec(path);
    if (info) {
      const file = this.machine.proc ? this.fds.get(Number(info[1])) : undefined;
      return file ? this.install(new InfoFile(file.fdinfo())) : -ENOENT;
    }
    if (path !== '/dev/vpoll') throw new Error(`open of ${path}`);
    const { device } = this.machine;
    if (typeof device === 'number') return device;
    return this.install(device === 'vpoll' ? new VpollFile('device', 0) : device);
  }
  private socketpair(pair: number): number {
    const [a, b] = [new UnixSocket(), new UnixSocket()];
    [a.peer, b.peer] = [b, a];
    const first = this.install(a);
    if (first < 0) return first;
    const second = this.install(b);
    if (second < 0) {
      this.closeFd(first);
      return second;
    }
    this.put(pair, first);
    return this.put(pair + 4, second);
  }
  private read(file: OpenFile, data: number, size: number): number {
    const bytes = file.readBytes(size);
    if (typeof bytes === 'number') return bytes;
    new Uint8Array(this.memory!().buffer, data).set(bytes);
    return bytes.length;
  }
  private stat(file: OpenFile, at: number): number {
    this.view.setBigUint64(at, BigInt(file.dev), true);
    this.view.setBigUint64(at + 8, BigInt(file.ino), true);
    this.view.setUint32(at + 16, file.mode, true);
    return 0;
  }
  private poll(fds: number): number {
    if (fds === 0) return -EFAULT;
    const file = this.fds.get(this.view.getInt32(fds, true));
    const asked = this.view.getUint16(fds + 4, true) | 0x18;
    const mask = file ? file.poll() & asked : 0x20;
    this.view.setUint16(fds + 6, mask, true);
    return mask === 0 ? 0 : 1;
  }
}
