// SPDX-License-Identifier: LGPL-2.1-or-later

// The FUSE server: a file system of one regular file, each open of which is a vpoll. It speaks the EFD_VPOLL file ABI (write(2) and read(2) of
// 8 bytes) and the ioctls of /dev/vpoll, and says what linux_module/vpoll.c says.
//
// A request is answered before the next is read, so none is ever pending, and INTERRUPT has nothing to interrupt.

import type { Channel } from './io.js';
import * as fuse from './protocol.js';
import { countForAll, isForAll, isWaking, note, type Served, type VPolls } from './vpolls.js';

const EPERM = 1;
const EINTR = 4;
const EBADF = 9;
const EAGAIN = 11;
const ENODEV = 19;
const ENOENT = 2;
const EINVAL = 22;
const ENOTTY = 25;
const ENOSYS = 38;

/** A request that gets no answer. No errno is that large. */
const SILENT = -4096;
const O_ACCMODE = 3;
/** _IO('^', 0): the ioctls are this number plus the operation. */
const VPOLL_IOC = 0x5e00;
/** Seconds that the kernel may keep the attributes, which never change. */
const ATTR_VALID_S = 3600;

/** See the top of the file. */
export class Server {
  readonly #channel: Channel;
  readonly #vpolls: VPolls;
  readonly #in = new Uint8Array(fuse.REQUEST_ROOM);
  readonly #request = new DataView(this.#in.buffer);
  readonly #out = new Uint8Array(128);
  readonly #reply = new DataView(this.#out.buffer);
  readonly #notice = new Uint8Array(24);
  readonly #notify = new DataView(this.#notice.buffer);

  constructor(channel: Channel, vpolls: VPolls) {
    this.#channel = channel;
    this.#vpolls = vpolls;
  }

  /** Serves until the mount ends: 0, or an errno (positive) where /dev/fuse fails otherwise. */
  run(): number {
    for (;;) {
      const size = this.#channel.read(this.#in);
      if (size >= fuse.IN.size) {
        if (this.#request.getUint32(fuse.IN.opcode, true) === fuse.OPCODE.DESTROY) return 0;
        this.#serve(size);
      } else if (size === -ENODEV || size === 0) return 0;
      // A request that was withdrawn while it was read, ENOENT, and signals.
      else if (size !== -EINTR && size !== -EAGAIN && size !== -ENOENT) return size < 0 ? -size : EINVAL;
    }
  }

  #serve(size: number): void {
    const status = this.#handle(size);
    if (status !== SILENT) this.#answer(Math.max(status, 0), Math.max(-status, 0));
  }

  /** Carries out the request, and leaves what is to be sent behind the header of the answer: its size, -errno, or SILENT. */
  #handle(size: number): number {
    const { OPCODE } = fuse;
    switch (this.#request.getUint32(fuse.IN.opcode, true)) {
      case OPCODE.POLL:
        return this.#poll();
      case OPCODE.IOCTL:
        return this.#ioctl();
      case OPCODE.WRITE:
        return this.#write(size);
      case OPCODE.READ:
        return this.#read();
      case OPCODE.OPEN:
        return this.#open();
      case OPCODE.RELEASE:
        this.#vpolls.release(this.#argument(0));
        return 0;
      case OPCODE.INIT:
        return this.#init();
      case OPCODE.GETATTR:
        return this.#attributes();
      case OPCODE.SETATTR:
        // As a device: its length can be set to anything and stays what it is (O_TRUNC), its owner and mode can't.
        return this.#argument(0) & fuse.ATTR_OWNERSHIP ? -EPERM : this.#attributes();
      case OPCODE.STATFS:
        return 80;
      case OPCODE.FORGET:
      case OPCODE.BATCH_FORGET:
      case OPCODE.INTERRUPT:
        return SILENT;
      default:
        // Then the kernel asks no more. FLUSH is among them: before NOFLUSH (Linux 5.16) each close, at exec too, would wait for a helper that is stopped.
        return -ENOSYS;
    }
  }

  /** The 32-bit argument at `offset` behind the header. Handles are the lower half of a u64. */
  #argument(offset: number): number {
    return this.#request.getUint32(fuse.IN.size + offset, true);
  }

  #served(): Served | undefined {
    return this.#vpolls.get(this.#argument(0));
  }

  /** Sends the answer, of `size` bytes behind the header, and clears what was written there. */
  #answer(size: number, error: number): void {
    const total = fuse.OUT.size + size;
    this.#reply.setUint32(fuse.OUT.len, total, true);
    this.#reply.setInt32(fuse.OUT.error, -error, true);
    this.#reply.setUint32(fuse.OUT.unique, this.#request.getUint32(fuse.IN.unique, true), true);
    this.#reply.setUint32(fuse.OUT.unique + 4, this.#request.getUint32(fuse.IN.unique + 4, true), true);
    // ENOENT: whoever asked was killed meanwhile. Another error means that the mount has ended, which the next read tells.
    this.#channel.write(this.#out, total);
    this.#out.fill(0, fuse.OUT.size, total);
  }

  #put(offset: number, value: number): void {
    this.#reply.setUint32(fuse.OUT.size + offset, value, true);
  }

  /** struct fuse_init_out. Which flags are set matters to what can be mapped, listed or locked: nothing here. */
  #init(): number {
    if (this.#argument(0) < fuse.MAJOR) return -EINVAL;
    // A kernel of a later major asks again with this one.
    this.#put(0, fuse.MAJOR);
    this.#put(4, fuse.MINOR);
    this.#reply.setUint16(fuse.OUT.size + 16, 64, true); // max_background
    this.#reply.setUint16(fuse.OUT.size + 18, 48, true); // congestion_threshold
    this.#put(20, fuse.WRITE_MAX);
    this.#put(24, 1); // time_gran, ns
    return 64;
  }

  /** struct fuse_attr_out: attr_valid (u64), attr_valid_nsec, dummy, struct fuse_attr. */
  #attributes(): number {
    this.#put(0, ATTR_VALID_S);
    this.#put(16, 1); // ino
    this.#put(16 + 60, fuse.S_IFREG | 0o666);
    this.#put(16 + 64, 1); // nlink
    this.#put(16 + 80, 4096); // blksize
    return 104;
  }

  /** struct fuse_open_in: flags. struct fuse_open_out: fh (u64), open_flags. */
  #open(): number {
    const uid = this.#request.getUint32(fuse.IN.uid, true);
    const handle = this.#vpolls.open(uid, (this.#argument(0) & O_ACCMODE) !== 0);
    if (handle < 0) return handle;
    this.#put(0, handle);
    this.#put(8, fuse.OPEN_FLAGS);
    return 16;
  }

  /** struct fuse_poll_in: fh, kh (u64 each), flags, events. struct fuse_poll_out: revents. */
  #poll(): number {
    const served = this.#served();
    if (!served) return -EBADF;
    if (this.#argument(16) & fuse.POLL_SCHEDULE_NOTIFY) {
      served.waiters ??= [this.#argument(8), this.#argument(12)];
      const isNew = note(served, this.#request.getUint32(fuse.IN.pid, true));
      if (isNew && isForAll(served.events)) this.#wake(served.waiters, countForAll(served));
    }
    this.#put(0, served.events);
    return 8;
  }

  /** Carries out a request, and wakes before it is answered: whoever made it sees the wake-up done. The new mask, or -errno. */
  #change(served: Served, op: number, events: number): number {
    const mask = this.#vpolls.request(served, op, events);
    if (mask >= 0 && served.waiters && isWaking(op, events))
      this.#wake(served.waiters, isForAll(events) ? countForAll(served) : 1);
    return mask;
  }

  /** struct fuse_notify_poll_wakeup_out: kh. It has no key: all waiters ask again, but of the exclusive ones one for each time. */
  #wake([low, high]: readonly [number, number], times: number): void {
    this.#notify.setUint32(fuse.OUT.len, 24, true);
    this.#notify.setInt32(fuse.OUT.error, fuse.NOTIFY_POLL, true);
    this.#notify.setUint32(16, low, true);
    this.#notify.setUint32(20, high, true);
    for (let i = 0; i < times; i++) this.#channel.write(this.#notice, 24);
  }

  /** struct fuse_ioctl_in: fh, flags, cmd, arg (u64), in_size, out_size. struct fuse_ioctl_out: result, flags, in_iovs, out_iovs. */
  #ioctl(): number {
    const served = this.#served();
    if (!served) return -EBADF;
    const op = this.#argument(12) - VPOLL_IOC;
    if (op < 1 || op > 3) return -ENOTTY;
    // The upper half holds no event that could be set, and a DEL ignores it.
    const isTooWide = this.#argument(20) !== 0 && op !== 2;
    const mask = isTooWide ? -EINVAL : this.#change(served, op, this.#argument(16));
    if (mask < 0) return mask;
    this.#put(0, mask);
    return 16;
  }

  /** struct fuse_write_in: fh, offset, size, write_flags, lock_owner, flags; then the data. struct fuse_write_out: size. */
  #write(size: number): number {
    const served = this.#served();
    if (!served) return -EBADF;
    if (this.#argument(16) < 8 || size < fuse.IN.size + 48) return -EINVAL;
    const mask = this.#change(served, this.#argument(44), this.#argument(40));
    if (mask < 0) return mask;
    this.#put(0, 8);
    return 8;
  }

  /** struct fuse_read_in: fh, offset, size. The answer is the data. */
  #read(): number {
    const served = this.#served();
    if (!served) return -EBADF;
    if (this.#argument(16) < 8) return -EINVAL;
    this.#put(0, served.events);
    return 8;
  }
}
