// SPDX-License-Identifier: LGPL-2.1-or-later

import { E, EFD_SEMAPHORE, EFD_VPOLL, O_ACCMODE, O_CLOEXEC, O_NONBLOCK } from './abi.js';
import { TextFile, type OpenFile } from './file.js';
import { Network } from './network.js';
import { TcpSocket } from './tcp.js';
import { unixPair, type UnixSocket } from './unix.js';
import { ForeignFile, FuseFile, VPollFile, type Flavour, type ForeignKind } from './vpollfile.js';

/** What this kernel has. All of it may change while it runs. */
export interface Features {
  /** EFD_VPOLL: our patch, the reference's, none (EINVAL), or another feature that took the flag's number: a plain eventfd. */
  eventfd: Flavour | 'absent' | 'plain';
  /** /dev/vpoll: there, not there, not for us, or a device of someone else. */
  device: 'absent' | 'denied' | 'foreign' | 'present';
  /** A helper that serves FUSE: there, not started, or started and dead since. */
  fuse: 'absent' | 'dead' | 'served';
  /** Whether /proc is mounted. */
  proc: boolean;
  /** Whether the loopback device is up. */
  loopback: boolean;
  /** net.core.wmem_max, in bytes. */
  wmemMax: number;
}

/** EFD_NONBLOCK and EFD_CLOEXEC have the numbers of open(2). */
const EFD_FLAGS = EFD_VPOLL | EFD_SEMAPHORE | O_NONBLOCK | O_CLOEXEC;
const NAME_MAX = 255;

/** Inodes, devices and features: what all processes share. */
export class Kernel {
  readonly features: Features;
  readonly #network = new Network<TcpSocket>(() => this.features.loopback);
  #ino = 1000;
  #eventfdId = 0;

  constructor(features: Partial<Features> = {}) {
    this.features = {
      eventfd: 'absent',
      device: 'absent',
      fuse: 'absent',
      proc: true,
      loopback: true,
      wmemMax: 212992,
      ...features,
    };
  }

  readonly nextIno = (): number => ++this.#ino;

  eventfd(initval: number, flags: number): OpenFile | number {
    if (flags & ~EFD_FLAGS) return -E.EINVAL;
    if (!(flags & EFD_VPOLL)) return this.foreign('eventfd');
    if (this.features.eventfd === 'absent') return -E.EINVAL;
    if (this.features.eventfd === 'plain') return this.foreign('eventfd');
    return new VPollFile(this.features.eventfd, initval, ++this.#eventfdId);
  }

  socketpair(): [UnixSocket, UnixSocket] {
    return unixPair(this.nextIno, this.features.wmemMax);
  }

  tcp(): TcpSocket {
    return new TcpSocket(this.nextIno(), this.#network, this.nextIno);
  }

  foreign(kind: ForeignKind): ForeignFile {
    return new ForeignFile(kind, this.nextIno, kind === 'eventfd' ? ++this.#eventfdId : undefined);
  }

  readonly #isDead = (): boolean => this.features.fuse === 'dead';

  /** The O_PATH descriptor that a process is lent when a helper was started. */
  fuseMount(): FuseFile {
    return new FuseFile(this.#isDead);
  }

  #reopen(file: OpenFile | undefined): OpenFile | number {
    if (!(file instanceof FuseFile)) return -E.ENOENT;
    return this.#isDead() ? -E.ENOTCONN : new FuseFile(this.#isDead);
  }

  /** In a directory is nothing, but where a helper serves its file. */
  openat(directory: OpenFile, path: string): OpenFile | number {
    if (!isDirectory(directory)) return -E.ENOTDIR;
    return path === 'vpoll' && this.features.fuse !== 'absent' ? this.#reopen(this.fuseMount()) : -E.ENOENT;
  }

  open(path: string, process: Process, flags: number): OpenFile | number {
    if (path.split('/').some((name) => name.length > NAME_MAX)) return -E.ENAMETOOLONG;
    if (path.startsWith('/dev/null/')) return -E.ENOTDIR;
    if (path === '/dev/null') return this.foreign('null');
    if (path === '/proc') return flags & O_ACCMODE ? -E.EISDIR : this.foreign('directory');
    const info = /^\/proc\/self\/fdinfo\/(\d+)$/.exec(path);
    if (info) return this.features.proc ? fdinfo(process.file(Number(info[1]))) : -E.ENOENT;
    const link = /^\/proc\/self\/fd\/(\d+)$/.exec(path);
    if (link) return this.#reopen(process.file(Number(link[1])));
    if (path !== '/dev/vpoll' || this.features.device === 'absent') return -E.ENOENT;
    if (this.features.device === 'denied') return -E.EACCES;
    return this.features.device === 'foreign' ? this.foreign('null') : new VPollFile('ours', 0, undefined);
  }
}

/** Whether a path may begin at the file. */
function isDirectory(file: OpenFile): boolean {
  return file instanceof ForeignFile && file.kind === 'directory';
}

/** proc_pid_fdinfo(5), as Linux 6.18 prints it. */
function fdinfo(file: OpenFile | undefined): OpenFile | number {
  if (!file) return -E.ENOENT;
  const common = `pos:\t0\nflags:\t02000002\nmnt_id:\t17\nino:\t${file.ino}\n`;
  const id = file.eventfdId;
  return new TextFile(id === undefined ? common : `${common}eventfd-count: ${'0'.padStart(16)}\neventfd-id: ${id}\n`);
}

interface Descriptor {
  readonly file: OpenFile;
  cloexec: boolean;
}

/** A process: descriptors. Numbers are handed out lowest first, from `floor`. */
export class Process {
  readonly descriptors = new Map<number, Descriptor>();
  /** RLIMIT_NOFILE counts numbers, not files; here the count of open ones is what matters. */
  limit = 1024;
  floor = 3;

  constructor(readonly kernel: Kernel) {}

  file(fd: number): OpenFile | undefined {
    return this.descriptors.get(fd)?.file;
  }

  /** How many descriptors it may still have. */
  get room(): number {
    return Math.max(this.limit - this.descriptors.size, 0);
  }

  get isFull(): boolean {
    return this.room === 0;
  }

  /** A new descriptor of `file`: its number, or -EMFILE. */
  install(file: OpenFile, flags = 0): number {
    if (this.isFull) return -E.EMFILE;
    let fd = this.floor;
    while (this.descriptors.has(fd)) fd++;
    return this.place(fd, file, flags);
  }

  /** Puts `file` under a number of the caller's choice; what was there is closed first, as dup2(2) does. */
  place(fd: number, file: OpenFile, flags = 0): number {
    file.references++;
    this.close(fd);
    this.descriptors.set(fd, { file, cloexec: (flags & O_CLOEXEC) !== 0 });
    return fd;
  }

  dup(fd: number): number {
    const file = this.file(fd);
    return file ? this.install(file) : -E.EBADF;
  }

  dup2(from: number, to: number): number {
    const file = this.file(from);
    return file ? this.place(to, file) : -E.EBADF;
  }

  close(fd: number): number {
    const file = this.file(fd);
    if (!file) return -E.EBADF;
    this.descriptors.delete(fd);
    file.references--;
    if (file.references === 0) file.release();
    return 0;
  }

  /** Another process with the same open files. */
  fork(): Process {
    const child = new Process(this.kernel);
    for (const [fd, { file, cloexec }] of this.descriptors) child.place(fd, file, cloexec ? O_CLOEXEC : 0);
    return child;
  }

  exit(): void {
    for (const fd of [...this.descriptors.keys()]) this.close(fd);
  }
}
