// SPDX-License-Identifier: LGPL-2.1-or-later

// A connected pair of unix stream sockets, after net/unix/af_unix.c and net/core/sock.c of Linux 6.18. Numbers that are compared
// with a real kernel: 86 one-byte messages fit into a send buffer that was set to 32768.

import * as abi from './abi.js';
import { OpenFile } from './file.js';

const { E, RCV_SHUTDOWN, SEND_SHUTDOWN, SHUTDOWN_MASK } = abi;
const SOCK_MIN_SNDBUF = 4608;
const WMEM_DEFAULT = 212992;
/** sizeof(struct sk_buff) and of struct skb_shared_info, each as SKB_DATA_ALIGN() rounds them. */
const SKB_SIZE = 256;
const SKB_SHARED_INFO_SIZE = 320;
const WRITABLE = abi.OUT | abi.WRNORM | abi.WRBAND;
const READABLE = abi.IN | abi.RDNORM;
/** The key of sock_def_readable(). */
const DATA_READY = abi.IN | abi.PRI | abi.RDNORM | abi.RDBAND;

interface Skb {
  /** Bytes not yet received. */
  rest: number;
  readonly cost: number;
}

/** skb->truesize of a message: its data and skb_shared_info in one kmalloc() bucket, and the sk_buff. */
function truesize(size: number): number {
  return 2 ** Math.ceil(Math.log2(size + SKB_SHARED_INFO_SIZE)) + SKB_SIZE;
}

export class UnixSocket extends OpenFile {
  readonly kind = 'unix';
  override readonly dev = 8;
  override readonly mode = abi.S_IFSOCK | 0o777;
  override readonly isSocket = true;
  peer!: UnixSocket;
  /** O_NONBLOCK; send and recv have a flag of their own. */
  nonblock = false;
  readonly queue: Skb[] = [];
  sndbuf = WMEM_DEFAULT;
  #wmem = 0;
  #shutdown = 0;
  #error = 0;
  #dead = false;

  constructor(
    override readonly ino: number,
    private readonly wmemMax: number,
  ) {
    super();
  }

  /** unix_poll() */
  poll(): number {
    let mask = 0;
    if (this.#error) mask |= abi.ERR;
    if (this.#shutdown === SHUTDOWN_MASK) mask |= abi.HUP;
    if (this.#shutdown & RCV_SHUTDOWN) mask |= abi.RDHUP | READABLE;
    if (this.queue.length > 0) mask |= READABLE;
    if (this.#isWritable()) mask |= WRITABLE;
    return mask;
  }

  /** unix_writable(): the count of memory begins at 1 (sk_alloc()). */
  #isWritable(): boolean {
    return (this.#wmem + 1) * 4 <= this.sndbuf;
  }

  /** unix_write_space() */
  #writeSpace(): void {
    if (this.#isWritable()) this.wake(WRITABLE);
  }

  /** sock_error(): tells it and takes it away. */
  #takeError(): number {
    const error = this.#error;
    this.#error = 0;
    return error;
  }

  /** unix_stream_sendmsg() */
  override send(size: number, flags: number): number {
    if (this.#shutdown & SEND_SHUTDOWN) return this.#brokenPipe(flags);
    if (size === 0) return 0;
    if (size > 8192) throw new Error('the fake kernel makes one sk_buff of a message');
    const error = this.#takeError();
    if (error) return -error;
    if (this.#wmem >= this.sndbuf) {
      if (!(flags & abi.MSG_DONTWAIT)) throw new Error('a send that would block');
      return -E.EAGAIN;
    }
    if (this.peer.#dead || this.peer.#shutdown & RCV_SHUTDOWN) return this.#brokenPipe(flags);
    const skb = { rest: size, cost: truesize(size) };
    this.#wmem += skb.cost;
    this.peer.queue.push(skb);
    this.peer.wake(DATA_READY);
    return size;
  }

  #brokenPipe(flags: number): number {
    if (!(flags & abi.MSG_NOSIGNAL)) throw new Error('SIGPIPE');
    return -E.EPIPE;
  }

  /** unix_stream_read_generic() */
  override recv(size: number, flags: number): number {
    let copied = 0;
    while (copied < size && this.queue[0]) {
      const skb = this.queue[0];
      const part = Math.min(size - copied, skb.rest);
      skb.rest -= part;
      copied += part;
      if (skb.rest === 0) this.#free();
    }
    if (copied > 0) return copied;
    const error = this.#takeError();
    if (error) return -error;
    if (this.#shutdown & RCV_SHUTDOWN) return 0;
    if (!(flags & abi.MSG_DONTWAIT)) throw new Error('a receive that would block');
    return -E.EAGAIN;
  }

  /** sock_wfree(): the memory of a message belongs to its sender. */
  #free(): void {
    this.peer.#wmem -= this.queue.shift()!.cost;
    this.peer.#writeSpace();
  }

  override read(size: number): Uint8Array | number {
    const n = this.recv(size, this.nonblock ? abi.MSG_DONTWAIT : 0);
    return n < 0 ? n : new Uint8Array(n);
  }

  override write(data: Uint8Array): number {
    return this.send(data.length, this.nonblock ? abi.MSG_DONTWAIT : 0);
  }

  /** unix_shutdown(): wakes without a key, whether or not it changes anything. */
  override shutdown(how: number): number {
    if (how < 0 || how > 2) return -E.EINVAL;
    const mode = how + 1;
    this.#shutdown |= mode;
    this.wake();
    const mirrored = (mode & RCV_SHUTDOWN ? SEND_SHUTDOWN : 0) | (mode & SEND_SHUTDOWN ? RCV_SHUTDOWN : 0);
    this.peer.#shutdown |= mirrored;
    this.peer.wake();
    return 0;
  }

  /** sk_setsockopt(), SO_SNDBUF: doubled, between the kernel's minimum and wmem_max; then sk_write_space(). */
  override setOption(level: number, name: number, value: number): number {
    // unix_stream_ops has no options of its own (do_sock_setsockopt()).
    if (level !== abi.SOL_SOCKET) return -E.EOPNOTSUPP;
    if (name !== abi.SO_SNDBUF) return -E.ENOPROTOOPT;
    this.sndbuf = Math.max(Math.min(value >>> 0, this.wmemMax) * 2, SOCK_MIN_SNDBUF);
    this.#writeSpace();
    return 0;
  }

  override getOption(level: number, name: number): number {
    if (level !== abi.SOL_SOCKET) return -E.EOPNOTSUPP;
    if (name === abi.SO_TYPE) return abi.SOCK_STREAM;
    if (name === abi.SO_DOMAIN) return abi.AF_UNIX;
    if (name === abi.SO_ERROR) return this.#takeError();
    return name === abi.SO_SNDBUF ? this.sndbuf : -E.ENOPROTOOPT;
  }

  /** unix_release_sock(): the other end hangs up, with ECONNRESET where this one had not read all. */
  override release(): void {
    this.#dead = true;
    if (!this.peer.#dead) {
      this.peer.#shutdown = SHUTDOWN_MASK;
      if (this.queue.length > 0) this.peer.#error = E.ECONNRESET;
      this.peer.wake();
    }
    while (this.queue.length > 0) this.#free();
    super.release();
  }
}

/** The two ends, as socketpair(2) makes them. */
export function unixPair(nextIno: () => number, wmemMax: number): [UnixSocket, UnixSocket] {
  const pair: [UnixSocket, UnixSocket] = [new UnixSocket(nextIno(), wmemMax), new UnixSocket(nextIno(), wmemMax)];
  pair[0].peer = pair[1];
  pair[1].peer = pair[0];
  return pair;
}
