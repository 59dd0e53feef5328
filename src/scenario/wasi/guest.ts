// SPDX-License-Identifier: LGPL-2.1-or-later

// A WASI program (preview 1) as a task of a scenario: it waits, reads and writes by the simulated kernel. It runs within the calls that drive that
// (Machine), so that while it sleeps in one, the other tasks go on.

import { F_GETFL, F_SETFL, O_NONBLOCK } from '../../../host/abi.js';
import { POLLFD } from '../../../host/structs.js';
import { N } from '../../sim/numbers.js';
import { toWasi, WASI } from './errno.js';
import { keepApart } from './own-thread.js';
import { bound, boundFiles, LINES_MAX, PIECES_MAX, PRINTED_MAX, sizeOf } from './bounds.js';
import type { Calls, FdCall } from './command.js';
import { FDFLAGS_NONBLOCK, writeFdstat } from './fdstat.js';
import { FAILURE, GUEST, Stopped, type Machine } from '../machine.js';
import * as oneoff from './poll-oneoff.js';
import { fill, makeRandom } from './random.js';
import { socketCalls } from './sockets.js';

/** The guest's descriptors of the simulated kernel begin here; those below are @wasmer/wasi's. */
const FD_FIRST = 10;

const STDOUT = 1;
const STDERR = 2;

/** The calls of one program. */
export class Guest {
  readonly #machine: Machine;
  readonly #onPrint: (fd: number, bytes: Uint8Array) => void;
  readonly #random: () => bigint;
  readonly #closed = new Set<number>();
  #memory: WebAssembly.Memory | undefined;
  #printed = 0;
  #lines = 0;

  /** `onPrint` gets what it writes to stdout (1) and stderr (2): bytes of its memory. */
  constructor(machine: Machine, seed: bigint, onPrint: (fd: number, bytes: Uint8Array) => void) {
    this.#machine = machine;
    this.#random = makeRandom(seed);
    this.#onPrint = onPrint;
  }

  /** Its memory is known once it has been instantiated. */
  attach(instance: WebAssembly.Instance): void {
    this.#memory = instance.exports.memory as WebAssembly.Memory;
  }

  get #view(): DataView {
    return new DataView(this.#memory!.buffer);
  }

  /** The room that the simulated kernel's calls use. */
  get #room(): Uint8Array {
    const { exports } = this.#machine;
    return new Uint8Array(exports.memory.buffer, exports.guestRoom(), exports.guestRoomMax());
  }

  #now_ns(): bigint {
    return BigInt.asUintN(64, this.#machine.exports.now());
  }

  #step(): void {
    if (!this.#machine.exports.guestSteps()) throw new Stopped(this.#machine.mistake(FAILURE));
  }

  #stop(what: string): never {
    throw new Stopped({ status: FAILURE, message: `the guest has ${what}` });
  }

  /** Makes a call and lets the scenario go on until it is over: its result. */
  #call(number: number, a = 0, b = 0, c = 0, d = 0): number {
    const { exports } = this.#machine;
    exports.guestCall(number, a, b, c, d);
    const mistake = this.#machine.goOn();
    if (mistake !== GUEST) throw new Stopped(mistake ?? { status: 1, message: 'the scenario ended before its guest' });
    return exports.guestResult();
  }

  /** Whether a number stands for a descriptor of the simulated kernel, open or not. */
  #isTaken(fd: number): boolean {
    return fd >= FD_FIRST && fd < FD_FIRST + this.#machine.exports.guestFdCount();
  }

  /** The scenario's number of a descriptor; undefined where it is not one of the simulated kernel's. */
  #find(fd: number): number | undefined {
    const { exports } = this.#machine;
    if (!this.#isTaken(fd) || this.#closed.has(fd)) return undefined;
    return new DataView(exports.memory.buffer).getInt32(exports.guestFds() + 4 * (fd - FD_FIRST), true);
  }

  /** The pieces that an array of iovec names. */
  #pieces(at: number, count: number): Uint8Array[] {
    const view = this.#view;
    if (count >>> 0 > PIECES_MAX) throw new RangeError('too many pieces');
    return Array.from({ length: count }, (_, index) => {
      const iovec = at + 8 * index;
      return new Uint8Array(view.buffer, view.getUint32(iovec, true), view.getUint32(iovec + 4, true));
    });
  }

  /** read(2), or recv(2) with flags: into pieces. */
  #read(fd: number, at: number, count: number, gotAt: number, recvFlags?: number): number {
    const size = Math.min(sizeOf(this.#pieces(at, count)), this.#room.length);
    const got = this.#call(recvFlags === undefined ? N.READ : N.RECV, fd, this.#room.byteOffset, size, recvFlags);
    if (got < 0) return toWasi(got);
    let from = 0;
    for (const piece of this.#pieces(at, count)) {
      const part = this.#room.subarray(from, Math.min(from + piece.length, got));
      piece.set(part);
      from += part.length;
    }
    this.#view.setUint32(gotAt, got, true);
    return 0;
  }

  /** write(2), or send(2) with flags: of pieces. */
  #write(fd: number, at: number, count: number, writtenAt: number, sendFlags?: number): number {
    const room = this.#room;
    let size = 0;
    for (const piece of this.#pieces(at, count)) {
      const part = piece.subarray(0, room.length - size);
      room.set(part, size);
      size += part.length;
    }
    const written = this.#call(sendFlags === undefined ? N.WRITE : N.SEND, fd, room.byteOffset, size, sendFlags);
    if (written < 0) return toWasi(written);
    this.#view.setUint32(writtenAt, written, true);
    return 0;
  }

  /** A line of its own in the trace. */
  says(line: Uint8Array): void {
    if (++this.#lines > LINES_MAX) this.#stop(`printed ${LINES_MAX} lines, and no end is in sight`);
    const { exports } = this.#machine;
    for (let from = 0; from === 0 || from < line.length; from += exports.guestRoomMax()) {
      const part = line.subarray(from, from + exports.guestRoomMax());
      this.#room.set(part);
      exports.guestSays(part.length);
    }
  }

  #print(fd: number, at: number, count: number, writtenAt: number): number {
    const pieces = this.#pieces(at, count);
    const size = sizeOf(pieces);
    this.#printed += size;
    if (this.#printed > PRINTED_MAX) this.#stop(`printed ${PRINTED_MAX} bytes, and no end is in sight`);
    for (const piece of pieces) this.#onPrint(fd, piece);
    this.#view.setUint32(writtenAt, size, true);
    return 0;
  }

  #fdstat(fd: number, at: number): number {
    const flags = this.#call(N.FCNTL, fd, F_GETFL);
    if (flags < 0) return toWasi(flags);
    writeFdstat(this.#view, at, flags);
    return 0;
  }

  #setFlags(fd: number, flags: number): number {
    if (flags & ~FDFLAGS_NONBLOCK) return WASI.EINVAL;
    const r = this.#call(N.FCNTL, fd, F_SETFL, flags & FDFLAGS_NONBLOCK ? O_NONBLOCK : 0);
    return r < 0 ? toWasi(r) : 0;
  }

  #close(guestFd: number, fd: number): number {
    this.#closed.add(guestFd);
    const r = this.#call(N.CLOSE, fd);
    return r < 0 ? toWasi(r) : 0;
  }

  /** poll(2) of descriptors, or nanosleep(2) where there are none; `due_ns`: until then, or for good. Its result. */
  #sleep(fds: readonly (readonly [fd: number, events: number])[], due_ns: bigint | undefined): number {
    const now_ns = this.#now_ns();
    const left_ns = due_ns === undefined ? undefined : due_ns > now_ns ? due_ns - now_ns : 0n;
    if (fds.length === 0 && left_ns !== undefined) return this.#call(N.SLEEP, oneoff.toInt(left_ns, 1_000n));
    const room = this.#room;
    const view = new DataView(room.buffer, room.byteOffset, room.length);
    fds.forEach(([fd, events], index) => {
      view.setInt32(index * POLLFD.size + POLLFD.fd, fd, true);
      view.setUint16(index * POLLFD.size + POLLFD.events, events, true);
      view.setUint16(index * POLLFD.size + POLLFD.revents, 0, true);
    });
    return this.#call(N.POLL, room.byteOffset, fds.length, left_ns === undefined ? -1 : oneoff.toInt(left_ns, 1_000_000n));
  }

  /** What has happened without a wait: what can't be waited for, and streams and files of memory, which are always ready. */
  #atOnce(all: readonly oneoff.Subscription[], isOpen: (fd: number) => boolean): oneoff.Happened[] {
    return all.flatMap((subscription) => {
      const { error, fd } = subscription;
      if (error !== undefined) return { subscription, error };
      if (fd === undefined || this.#find(fd) !== undefined) return [];
      return { subscription, error: isOpen(fd) ? 0 : WASI.EBADF };
    });
  }

  #pollOneoff(from: number, to: number, count: number, gotAt: number, isOpen: (fd: number) => boolean): number {
    if (count === 0 || count >>> 0 > PIECES_MAX) return WASI.EINVAL;
    const all = oneoff.readSubscriptions(this.#view, from, count, this.#now_ns());
    const files = all.filter(({ fd }) => fd !== undefined && this.#find(fd) !== undefined);
    if (files.length * POLLFD.size > this.#room.length) return WASI.EINVAL;
    const fds = files.map((one) => [this.#find(one.fd!)!, oneoff.wanted(one)] as const);
    const happened = this.#atOnce(all, isOpen);
    const clocks = all.flatMap(({ due_ns }) => due_ns ?? []);
    const first = clocks.reduce<bigint | undefined>(
      (least, due) => (least === undefined || due < least ? due : least),
      undefined,
    );
    for (;;) {
      const r = this.#sleep(fds, happened.length > 0 ? 0n : first);
      if (r < 0) return toWasi(r);
      const room = this.#room;
      const view = new DataView(room.buffer, room.byteOffset, room.length);
      files.forEach((subscription, index) => {
        const revents = view.getUint16(index * POLLFD.size + POLLFD.revents, true);
        if (r > 0 && revents !== 0) happened.push(oneoff.fromPoll(subscription, revents));
      });
      const now_ns = this.#now_ns();
      const due = all.filter(({ due_ns }) => due_ns !== undefined && due_ns <= now_ns);
      happened.push(...due.map((subscription) => ({ subscription, error: 0 })));
      // A call waits for an int of milliseconds at most: there may be more to come.
      if (happened.length > 0) break;
    }
    oneoff.writeEvents(this.#view, to, happened);
    this.#view.setUint32(gotAt, happened.length, true);
    return 0;
  }

  #clock(id: number, at: number, value: () => bigint): number {
    if (!oneoff.isClock(id)) return WASI.EINVAL;
    this.#view.setBigUint64(at, value(), true);
    return 0;
  }

  #fillRandom(at: number, size: number): number {
    fill(new Uint8Array(this.#memory!.buffer, at, size), this.#random);
    return 0;
  }

  /** What takes the place of the library's calls. */
  calls(library: Calls): Calls {
    return bound(this.#own(boundFiles(library, (at, count) => sizeOf(this.#pieces(at, count)))), {
      step: () => {
        this.#step();
      },
      stop: (what) => this.#stop(what),
      memory: () => this.#memory!,
      isOwn: (error) => error instanceof Stopped,
    });
  }

  #sockets(): Calls {
    return socketCalls({
      receive: (fd, at, count, gotAt, flags) => this.#read(fd, at, count, gotAt, flags),
      send: (fd, at, count, sentAt, flags) => this.#write(fd, at, count, sentAt, flags),
      call: (number, fd, argument) => this.#call(number, fd, argument),
      view: () => this.#view,
    });
  }

  /** The library gets all descriptors but the simulated kernel's. */
  #own(library: Calls): Calls {
    const own =
      (name: string, call: FdCall) =>
      (guestFd: number, ...args: never[]): unknown => {
        const fd = this.#find(guestFd);
        if (fd !== undefined) return call(fd, ...args);
        // Of all calls the library lacks sock_accept alone, and it has no sockets.
        return library[name]?.(...([guestFd, ...args] as never[])) ?? WASI.ENOTSOCK;
      };
    const write = own('fd_write', (fd, at: number, count: number, writtenAt: number) => this.#write(fd, at, count, writtenAt));
    const isTaken = (fd: number): boolean => this.#isTaken(fd);
    return {
      ...library,
      ...keepApart(library, isTaken, (at) => this.#view.getUint32(at, true)),
      poll_oneoff: (from: number, to: number, count: number, gotAt: number) =>
        // What is written there is overwritten.
        this.#pollOneoff(from, to, count, gotAt, (fd) => library.fd_fdstat_get!(...([fd, to] as never[])) === 0),
      clock_time_get: (id: number, _precision: bigint, at: number) => this.#clock(id, at, () => this.#now_ns()),
      clock_res_get: (id: number, at: number) => this.#clock(id, at, () => 1n),
      random_get: (at: number, size: number) => this.#fillRandom(at, size),
      sched_yield: () => this.#call(N.YIELD),
      fd_read: own('fd_read', (fd, at: number, count: number, gotAt: number) => this.#read(fd, at, count, gotAt)),
      fd_write: (fd: number, at: number, count: number, writtenAt: number) => {
        if (fd === STDOUT || fd === STDERR) return this.#print(fd, at, count, writtenAt);
        return write(fd, ...([at, count, writtenAt] as never[]));
      },
      fd_close: (guestFd: number) => {
        const fd = this.#find(guestFd);
        return fd === undefined ? library.fd_close!(...([guestFd] as never[])) : this.#close(guestFd, fd);
      },
      fd_fdstat_get: own('fd_fdstat_get', (fd, at: number) => this.#fdstat(fd, at)),
      fd_fdstat_set_flags: own('fd_fdstat_set_flags', (fd, flags: number) => this.#setFlags(fd, flags)),
      ...Object.fromEntries(Object.entries(this.#sockets()).map(([name, call]) => [name, own(name, call as FdCall)])),
      fd_seek: own('fd_seek', () => WASI.ESPIPE),
      fd_tell: own('fd_tell', () => WASI.ESPIPE),
    };
  }
}
