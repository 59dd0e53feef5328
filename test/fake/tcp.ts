// SPDX-License-Identifier: LGPL-2.1-or-later

// A TCP socket on loopback, after net/ipv4/tcp.c of Linux 6.18, as far as a vpoll needs it. Packets arrive at once. Numbers that are
// compared with a real kernel: the window of the smallest receive buffer.

import * as abi from './abi.js';
import { OpenFile } from './file.js';
import type { Network } from './network.js';
import { tcpInfo } from './tcp-info.js';
import { TcpQueue } from './tcp-queue.js';

const { E, RCV_SHUTDOWN, SEND_SHUTDOWN, SHUTDOWN_MASK } = abi;
const READABLE = abi.IN | abi.RDNORM;
const WRITABLE = abi.OUT | abi.WRNORM;
/** The keys of sock_def_readable() and sk_stream_write_space(). */
const DATA_READY = abi.IN | abi.PRI | abi.RDNORM | abi.RDBAND;
const WRITE_SPACE = abi.OUT | abi.WRNORM | abi.WRBAND;
/** What a receiver with SO_RCVBUF 1 offers at first; after that it offers half, and only when it has read all. */
const WINDOW_FIRST = 1152;

interface Message {
  readonly size: number;
  readonly isStamped: boolean;
}

export class TcpSocket extends OpenFile {
  readonly kind = 'connection';
  override readonly dev = 8;
  override readonly mode = abi.S_IFSOCK | 0o777;
  override readonly isSocket = true;
  nonblock = false;
  port = 0;
  /** The other end; undefined where there is no connection. */
  peer: TcpSocket | undefined;
  #waiting: TcpSocket[] | undefined;
  #lowat = 1;
  #notsentLowat = 0xffffffff;
  #stamps = 0;
  readonly #queue = new TcpQueue();
  #stamped = 0;
  #error = 0;
  #shutdown = 0;
  #isFinSent = false;
  #unsent: Message[] = [];
  /** What tcp_disconnect() adds to write_seq. */
  #skipped = 0;
  /** What the other end takes. Only the one that was connected meets a small receiver. */
  #window = Infinity;

  constructor(
    override readonly ino: number,
    private readonly network: Network<TcpSocket>,
    private readonly nextIno: () => number,
  ) {
    super();
  }

  get #notsent(): number {
    return this.#unsent.reduce((sum, { size }) => sum + size, this.#skipped);
  }

  #isWritable(): boolean {
    return (this.#notsent * 2) % 2 ** 32 < this.#notsentLowat;
  }

  #isReadable(): boolean {
    return this.#queue.isReadable(this.#lowat);
  }

  /** tcp_poll() */
  poll(): number {
    if (this.#waiting) return this.#waiting.length > 0 ? READABLE : 0;
    let mask = 0;
    if (this.#shutdown === SHUTDOWN_MASK || !this.peer) mask |= abi.HUP;
    if (this.#shutdown & RCV_SHUTDOWN) mask |= READABLE | abi.RDHUP;
    if (this.#isReadable()) mask |= READABLE;
    if (this.#shutdown & SEND_SHUTDOWN || this.#isWritable()) mask |= WRITABLE;
    if (this.#queue.isUrgent) mask |= abi.PRI;
    if (this.#error || this.#stamped > 0) mask |= abi.ERR;
    return mask;
  }

  #takeError(): number {
    const error = this.#error;
    this.#error = 0;
    return error;
  }

  /** tcp_sendmsg_locked() */
  override send(size: number, flags: number): number {
    if (!(flags & abi.MSG_NOSIGNAL) || !(flags & abi.MSG_DONTWAIT)) throw new Error('a send that would block or raise SIGPIPE');
    const error = this.#takeError();
    if (error) return -error;
    if (!this.peer || this.#shutdown & SEND_SHUTDOWN) return -E.EPIPE;
    if (this.#notsent >= this.#notsentLowat) return -E.EAGAIN;
    if (this.peer.#shutdown === SHUTDOWN_MASK) this.#abort(this.peer, flags);
    else if (flags & abi.MSG_OOB) this.peer.#receiveUrgent(size);
    else {
      this.#unsent.push({ size, isStamped: (this.#stamps & abi.TX_SCHED) !== 0 });
      this.#transmit();
    }
    return size;
  }

  /** tcp_write_xmit(): what the window takes goes out, and its stamps come back. */
  #transmit(): void {
    for (let [first] = this.#unsent; first && first.size <= this.#window; [first] = this.#unsent) {
      this.#unsent.shift();
      this.#window -= first.size;
      this.peer!.#receive(first.size);
      if (!first.isStamped) continue;
      this.#stamped++;
      this.wake(abi.ERR);
    }
    // tcp_send_fin(): it goes after all that is queued.
    if (!(this.#shutdown & SEND_SHUTDOWN) || this.#unsent.length > 0 || this.#isFinSent) return;
    this.#isFinSent = true;
    this.peer!.#shutdown |= RCV_SHUTDOWN;
    this.peer!.wake();
  }

  #receive(size: number): void {
    this.#queue.put(size);
    if (this.#isReadable()) this.wake(DATA_READY);
  }

  #receiveUrgent(size: number): void {
    this.#queue.putUrgent(size);
    this.wake(DATA_READY);
  }

  /** tcp_recv_urg() */
  #recvUrgent(): number {
    if (!this.#queue.isUrgent) return -E.EINVAL;
    if (!this.peer) return -E.ENOTCONN;
    this.#queue.isUrgent = false;
    return 1;
  }

  override recv(size: number, flags: number): number {
    if (!(flags & abi.MSG_DONTWAIT)) throw new Error('a receive that would block');
    if (flags & abi.MSG_ERRQUEUE) return this.#stamped > 0 ? (this.#stamped--, 0) : -E.EAGAIN;
    if (flags & abi.MSG_OOB) return this.#recvUrgent();
    const queue = this.#queue;
    if (flags & abi.MSG_PEEK && queue.length > 0) return Math.min(size, queue.length);
    const n = queue.take(size);
    if (n > 0 && queue.size === 0 && this.peer) this.peer.#open();
    if (n > 0) return n;
    const error = this.#takeError();
    if (error) return -error;
    if (this.#shutdown & RCV_SHUTDOWN) return 0;
    return this.peer ? -E.EAGAIN : -E.ENOTCONN;
  }

  /** The other end has read all. */
  #open(): void {
    if (this.#window === Infinity) return;
    this.#window = WINDOW_FIRST / 2;
    this.#transmit();
  }

  override shutdown(how: number): number {
    if (how < 0 || how > 2) return -E.EINVAL;
    this.#shutdown |= how + 1;
    if (this.peer) this.#transmit();
    this.wake();
    return this.peer ? 0 : -E.ENOTCONN;
  }

  /** tcp_rcv_state_process(): data for one that was shut down both ways is answered by a reset, once an urgent byte was taken out. */
  #abort(peer: TcpSocket, flags: number): void {
    if (flags & abi.MSG_OOB) peer.#queue.announceUrgent();
    peer.#reset();
    this.#reset();
  }

  /** tcp_reset() */
  #reset(): void {
    this.peer = undefined;
    this.#error = E.ECONNRESET;
    this.#shutdown = SHUTDOWN_MASK;
    this.wake();
  }

  /** tcp_disconnect() */
  #disconnect(): number {
    const { peer } = this;
    this.peer = undefined;
    if (peer) this.#error = E.ECONNRESET;
    this.#skipped = this.#notsent + WINDOW_FIRST + 2;
    this.#unsent = [];
    this.#isFinSent = false;
    this.#queue.clear();
    this.#shutdown = 0;
    if (peer) peer.#reset();
    this.wake(abi.ERR);
    return 0;
  }

  override bind(address: bigint): number {
    if (this.port) return -E.EINVAL;
    if (Number((address >> 16n) & 0xffffn) !== 0) throw new Error('the fake kernel chooses the port');
    this.port = this.network.freePort();
    return 0;
  }

  override listen(): number {
    if (this.peer) return -E.EINVAL;
    this.port ||= this.network.freePort();
    this.#waiting ??= [];
    this.network.listeners.set(this.port, this);
    return 0;
  }

  override accept(): OpenFile | number {
    if (!this.#waiting) return -E.EINVAL;
    if (!this.nonblock) throw new Error('an accept that would block');
    return this.#waiting.shift() ?? -E.EAGAIN;
  }

  override connect(address: bigint): number {
    if ((address & 0xffffn) === 0n) return this.#disconnect();
    if (this.peer) return -E.EISCONN;
    if (!this.network.isUp()) return -E.ENETUNREACH;
    const listener = this.network.listeners.get(Number((address >> 16n) & 0xffffn));
    if (!listener) return this.#refused();
    const other = new TcpSocket(this.nextIno(), this.network, this.nextIno);
    this.port = this.network.freePort();
    this.#skipped = 0;
    this.#window = WINDOW_FIRST;
    this.#shutdown = 0;
    this.peer = other;
    other.peer = this;
    other.port = listener.port;
    listener.#waiting!.push(other);
    this.wake();
    return this.nonblock ? -E.EINPROGRESS : 0;
  }

  /** tcp_rcv_synsent_state_process(), on a reset */
  #refused(): number {
    if (!this.nonblock) return -E.ECONNREFUSED;
    this.#error = E.ECONNREFUSED;
    this.#shutdown = SHUTDOWN_MASK;
    this.wake();
    return -E.EINPROGRESS;
  }

  override name(): bigint {
    return (0x0100007fn << 32n) | (BigInt(this.port) << 16n) | BigInt(abi.AF_INET);
  }

  override peerName(): bigint | number {
    return this.peer ? this.peer.name() : -E.ENOTCONN;
  }

  override setOption(level: number, name: number, value: number): number {
    if (level === abi.IPPROTO_TCP && name === abi.TCP_NOTSENT_LOWAT) {
      this.#notsentLowat = value >>> 0;
      if (this.#isWritable()) this.wake(WRITE_SPACE);
      return 0;
    }
    if (level !== abi.SOL_SOCKET) return -E.ENOPROTOOPT;
    if (name === abi.SO_RCVLOWAT) {
      this.#lowat = value;
      if (this.#isReadable()) this.wake(DATA_READY);
    } else if (name === abi.SO_TIMESTAMPING) this.#stamps = value;
    // The model's are as vpoll sets them.
    else if (![abi.SO_SNDBUF, abi.SO_RCVBUF, abi.SO_SNDTIMEO].includes(name)) return -E.ENOPROTOOPT;
    return 0;
  }

  override getOption(level: number, name: number): number {
    if (level !== abi.SOL_SOCKET) return -E.ENOPROTOOPT;
    if (name === abi.SO_ERROR) return this.#takeError();
    return name === abi.SO_TYPE ? abi.SOCK_STREAM : name === abi.SO_DOMAIN ? abi.AF_INET : -E.ENOPROTOOPT;
  }

  override optionBytes(level: number, name: number): Uint8Array | undefined {
    return level === abi.IPPROTO_TCP && name === abi.TCP_INFO ? tcpInfo(this.#notsent, this.#window) : undefined;
  }

  /** tcp_close(): with bytes unread it is a reset. */
  override release(): void {
    this.network.listeners.delete(this.#waiting ? this.port : -1);
    // inet_csk_listen_stop()
    for (const each of this.#waiting ?? []) if (each.peer) each.peer.#reset();
    const { peer } = this;
    this.peer = undefined;
    if (peer && this.#queue.size > 0) peer.#reset();
    else if (peer) {
      peer.#shutdown |= RCV_SHUTDOWN;
      peer.wake();
    }
    super.release();
  }
}
