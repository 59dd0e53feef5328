// SPDX-License-Identifier: LGPL-2.1-or-later

// The boundary as a core sees it: a memory and the calls, over libc of this runtime or over the fake kernel, with the files that the cases need.

import { SYS_NAMES, type HostFactory, type Sys } from '../../../host/sys.js';
import { createHost } from '../../../host/linux/libc.js';
import { openLibc } from '../../../src/runtime.js';
import { E } from '../../fake/abi.js';
import { FakeHost } from '../../fake/host.js';
import { Kernel, Process } from '../../fake/kernel.js';

/** Files that a case can ask for: a closed number, an end of a unix pair, and files of other kinds. */
export const FILES = ['closed', 'unix', 'eventfd', 'pipe', 'tcp', 'null', 'epoll', 'directory'] as const;
export type FileKind = (typeof FILES)[number];

const DATA = 1024;
const PAIR = 512;
const AF_UNIX = 1;
const STREAM_NONBLOCK = 0x80801;
const DONTWAIT_NOSIGNAL = 0x4040;

/** Where a case puts what: offsets in the memory. */
export const AT = { data: DATA, pair: PAIR, stat: 128, pollfd: 64, value: 32, size: 40, address: 256, path: 4096 };

export abstract class Side {
  abstract readonly name: string;
  readonly memory = new WebAssembly.Memory({ initial: 2 });
  readonly sys: Sys;
  #opened: number[] = [];

  constructor(factory: HostFactory) {
    this.sys = factory(() => this.memory);
  }

  /** A file of a kind with no other name: this side's way to get one. */
  protected abstract openForeign(kind: Exclude<FileKind, 'closed' | 'unix'>): number;

  /** Runs `use` while no further descriptor can be opened. */
  abstract withoutRoom<T>(use: () => T): T;

  get view(): DataView {
    return new DataView(this.memory.buffer);
  }

  text(path: string): number {
    new Uint8Array(this.memory.buffer).set(new TextEncoder().encode(`${path}\0`), AT.path);
    return AT.path;
  }

  /** Closed at the end of the case. */
  keep(fd: number): number {
    if (fd < 0) throw new Error(`${this.name}: a file that the case needs gave ${fd}`);
    this.#opened.push(fd);
    return fd;
  }

  pair(): [number, number] {
    const status = this.sys.socketpair(AF_UNIX, STREAM_NONBLOCK, 0, PAIR);
    if (status < 0) throw new Error(`${this.name}: socketpair gave ${status}`);
    return [this.keep(this.view.getInt32(PAIR, true)), this.keep(this.view.getInt32(PAIR + 4, true))];
  }

  open(kind: FileKind): number {
    if (kind === 'closed') return 900;
    return kind === 'unix' ? this.pair()[0] : this.keep(this.openForeign(kind));
  }

  /** A TCP socket that doesn't block. */
  inet(): number {
    return this.sys.socket(2, STREAM_NONBLOCK, 0);
  }

  /** One that listens on a port of 127.0.0.1, whose address is left at AT.address. */
  listener(): number {
    const fd = this.keep(this.inet());
    this.view.setBigUint64(AT.address, 0x0100007f00000002n, true);
    this.view.setInt32(AT.size, 16, true);
    const status = [this.sys.bind(fd, AT.address, 16), this.sys.listen(fd, 4), this.sys.getsockname(fd, AT.address, AT.size)];
    if (status.some((each) => each < 0)) throw new Error(`${this.name}: a listener gave ${status.join(' ')}`);
    return fd;
  }

  /** Both ends of a connection, and what connect(2) said. */
  connected(): [number, number, number] {
    const listener = this.listener();
    const fd = this.keep(this.inet());
    const said = this.sys.connect(fd, AT.address, 16);
    const other = this.keep(this.sys.accept4(listener, AT.address, AT.size, 0x80800));
    return [fd, other, said];
  }

  /** Sends until nothing more fits: what the last send said. */
  fill(fd: number): number {
    let status: number;
    do status = this.sys.send(fd, DATA, 4096, DONTWAIT_NOSIGNAL);
    while (status > 0);
    return status;
  }

  end(): void {
    for (const fd of this.#opened.splice(0)) this.sys.close(fd);
  }
}

export class FakeSide extends Side {
  readonly name = 'fake';
  readonly #process: Process;

  constructor() {
    const process = new Process(new Kernel());
    super(new FakeHost(process).factory);
    this.#process = process;
  }

  protected openForeign(kind: Exclude<FileKind, 'closed' | 'unix'>): number {
    return this.#process.install(this.#process.kernel.foreign(kind));
  }

  withoutRoom<T>(use: () => T): T {
    const { limit } = this.#process;
    this.#process.limit = 0;
    try {
      return use();
    } finally {
      this.#process.limit = limit;
    }
  }
}

const RLIMIT_NOFILE = 7;

export class RealSide extends Side {
  readonly name = 'real';
  readonly #libc = openLibc();
  readonly #setrlimit = this.#libc.func('setrlimit', 'i32', 'ptr');
  readonly #getrlimit = this.#libc.func('getrlimit', 'i32', 'ptr');
  readonly #limits = new BigUint64Array(2);

  constructor() {
    super(createHost(openLibc(), process.arch));
  }

  protected openForeign(kind: Exclude<FileKind, 'closed' | 'unix'>): number {
    const { func, word, address } = this.#libc;
    const O_DIRECTORY_CLOEXEC = 0x90000;
    switch (kind) {
      case 'eventfd':
        return this.sys.eventfd(0, 0x80800);
      case 'null':
        return this.sys.open(this.text('/dev/null'), 0x80002);
      case 'directory':
        // On arm64 O_DIRECTORY is another bit; without it a directory opens as well.
        return this.sys.open(this.text('/proc'), O_DIRECTORY_CLOEXEC & 0x80000);
      case 'tcp':
        return func('socket', 'i32', 'i32', 'i32')(2, 0x80801, 0);
      case 'epoll':
        return func('epoll_create1', 'i32')(0x80000);
      case 'pipe': {
        const room = new Int32Array(2);
        if (func('pipe2', 'ptr', 'i32')(word(address(room.buffer)), 0x80800) < 0) return -1;
        this.keep(room[1]!);
        return room[0]!;
      }
    }
  }

  /** In one turn of the event loop, so that nothing of the runtime wants a descriptor meanwhile. */
  withoutRoom<T>(use: () => T): T {
    const at = this.#libc.word(this.#libc.address(this.#limits.buffer));
    if (this.#getrlimit(RLIMIT_NOFILE, at) < 0) throw new Error('getrlimit');
    const [soft] = this.#limits;
    // The lowest three are taken, by the standard streams.
    this.#limits[0] = 3n;
    if (this.#setrlimit(RLIMIT_NOFILE, at) < 0) throw new Error('setrlimit');
    try {
      return use();
    } finally {
      this.#limits[0] = soft!;
      this.#setrlimit(RLIMIT_NOFILE, at);
    }
  }
}

/** The name of a result: an errno's, else `>= 0`. */
export function nameOf(result: number): string {
  if (result >= 0) return '>= 0';
  const found = Object.entries(E).find(([, errno]) => errno === -result);
  return found ? found[0] : `errno ${-result}`;
}

/** All calls, so that a test can see that it has left none out. */
export const CALLS = SYS_NAMES;
