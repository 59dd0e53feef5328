// SPDX-License-Identifier: LGPL-2.1-or-later

// The files that a kernel makes for a program: pipes, socketpairs, eventfds and timerfds. One class each, whatever kernel it is of.

import { EFD_SEMAPHORE } from '../../host/abi.js';
import { errnoName, VPollError } from '../errors.js';
import { toCount, toData, toEventfd, toHow, toSize, toTime_ns } from './arguments.js';
import type { FileCalls, FileGround } from './ground.js';
import type {
  Kernel,
  KernelEventfd,
  KernelFile,
  KernelReader,
  KernelSocket,
  KernelTimerfd,
  KernelWriter,
  ShutdownHow,
  TimerSetting,
} from './types.js';

/** What postMessage and structuredClone are refused with; V8 quotes it. They would make an empty object of a file, without a word. */
const CLONING = Symbol('a file of a kernel: its number is all that can be sent');

const NOTHING_YET = 'there is nothing to read yet: a Poller tells when there is, by EPOLLIN';
const NO_ROOM = 'there is no room: a Poller tells when there is, by EPOLLOUT';

/** What an error of these calls means to who made them. */
const WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  read: { EAGAIN: NOTHING_YET },
  recv: { EAGAIN: NOTHING_YET },
  write: { EAGAIN: NO_ROOM, EPIPE: 'the end that reads is closed' },
  send: { EAGAIN: NO_ROOM, EPIPE: 'the other end is closed, or this direction was shut down' },
};

/** This object isn't closed. */
const TAKEN = 'others have closed its number, which may be that of another file now';

/** What a call gave that didn't fail. */
function checked<T>(result: T | number, syscall: string): T {
  if (typeof result !== 'number' || result >= 0) return result as T;
  const code = errnoName(-result);
  throw new VPollError(code, syscall, code === 'EBADF' ? TAKEN : WORDS[syscall]?.[code]);
}

class File implements KernelFile {
  readonly #ground: FileGround;
  #fd: number;

  constructor(ground: FileGround, fd: number) {
    this.#ground = ground;
    this.#fd = fd;
    Object.defineProperty(this, 'cloning', { enumerable: true, value: CLONING });
    ground.opened(this, fd);
  }

  get fd(): number {
    return this.#fd;
  }

  close(): void {
    if (this.#fd < 0) return;
    const fd = this.#fd;
    const calls = this.#ground.calls();
    this.#fd = -1;
    this.#ground.closed(this);
    checked(calls.close(fd), 'close');
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** What JSON.stringify writes. */
  toJSON(): Pick<KernelFile, 'fd'> {
    return { fd: this.#fd };
  }

  /** What console.log shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `${this.constructor.name} { ${this.#fd < 0 ? 'closed' : `fd: ${this.#fd}`} }`;
  }

  /** Makes a call on this file, whose arguments have been checked. */
  protected call<T>(syscall: string, make: (calls: FileCalls, fd: number) => T | number): T {
    if (this.#fd < 0) throw new VPollError('EBADF', syscall, 'it is closed');
    return checked(make(this.#ground.calls(), this.#fd), syscall);
  }

  /** The 64 bits that an eventfd or a timerfd gives. */
  protected count(): bigint {
    const bytes = this.call<Uint8Array>('read', (calls, fd) => calls.read(fd, 8));
    return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  }
}

class PipeReader extends File implements KernelReader {
  read(maxBytes?: number): Uint8Array {
    const size = toSize(maxBytes, 'kernel_read');
    return this.call<Uint8Array>('read', (calls, fd) => calls.read(fd, size));
  }
}

class PipeWriter extends File implements KernelWriter {
  write(data: Uint8Array): number {
    const part = toData(data, 'kernel_write');
    return this.call<number>('write', (calls, fd) => calls.write(fd, part));
  }
}

class Socket extends File implements KernelSocket {
  read(maxBytes?: number): Uint8Array {
    const size = toSize(maxBytes, 'kernel_read');
    return this.call<Uint8Array>('recv', (calls, fd) => calls.recv(fd, size));
  }

  write(data: Uint8Array): number {
    const part = toData(data, 'kernel_write');
    return this.call<number>('send', (calls, fd) => calls.send(fd, part));
  }

  shutdown(how: ShutdownHow): void {
    const number = toHow(how, 'kernel_shutdown');
    this.call<number>('shutdown', (calls, fd) => calls.shutdown(fd, number));
  }
}

class Eventfd extends File implements KernelEventfd {
  read(): bigint {
    return this.count();
  }

  write(count: bigint | number): void {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, toCount(count, 'kernel_write'), true);
    this.call<number>('write', (calls, fd) => calls.write(fd, bytes));
  }
}

class Timerfd extends File implements KernelTimerfd {
  read(): bigint {
    return this.count();
  }

  settime(valueMs: number, intervalMs = 0): void {
    const value_ns = toTime_ns(valueMs, 'valueMs', 'kernel_settime');
    const interval_ns = toTime_ns(intervalMs, 'intervalMs', 'kernel_settime');
    this.call<number>('timerfd_settime', (calls, fd) => calls.setTime(fd, value_ns, interval_ns));
  }

  gettime(): TimerSetting {
    const { value_ns, interval_ns } = this.call('timerfd_gettime', (calls, fd) => calls.getTime(fd));
    return { valueMs: Number(value_ns) / 1e6, intervalMs: Number(interval_ns) / 1e6 };
  }
}

/** The members of a {@link Kernel} that make files. */
export type FileMakers = Pick<Kernel, 'pipe' | 'socketpair' | 'eventfd' | 'timerfd'>;

export function createFileMakers(ground: FileGround): FileMakers {
  return {
    pipe: () => {
      const [reader, writer] = checked(ground.calls().pipe(), 'pipe2');
      return [new PipeReader(ground, reader), new PipeWriter(ground, writer)];
    },
    socketpair: () => {
      const [one, other] = checked(ground.calls().socketpair(), 'socketpair');
      return [new Socket(ground, one), new Socket(ground, other)];
    },
    eventfd: (options) => {
      const { count, semaphore } = toEventfd(options);
      return new Eventfd(ground, checked<number>(ground.calls().eventfd(count, semaphore ? EFD_SEMAPHORE : 0), 'eventfd'));
    },
    timerfd: () => new Timerfd(ground, checked<number>(ground.calls().timerfd(), 'timerfd_create')),
  };
}
