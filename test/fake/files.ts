// SPDX-License-Identifier: LGPL-2.1-or-later

// What a descriptor of the scripted kernel can stand for. Each class models one kind of Linux file as far as the core's calls
// reach; the kernel function that a rule comes from is named beside it.

export const EBADF = 9;
const EAGAIN = 11;
export const EINVAL = 22;
const ENOTTY = 25;
const EPIPE = 32;
export const ENOTSOCK = 88;
const ECONNRESET = 104;

let lastIno = 100;

/** An open file: what several descriptors may share. Subclasses answer calls with >= 0 or -errno. */
export class OpenFile {
  readonly ino = ++lastIno;
  readonly dev: number = 8;
  /** st_mode */
  readonly mode: number = 0o100600;
  refs = 0;
  /** The key of each wake-up of its waiters, 0 for one without a key. */
  readonly wakes: number[] = [];
  /** What was done to it by a call that could change it. A stranger's file must stay without. */
  readonly touched: string[] = [];

  poll(): number {
    return 0;
  }
  /** The value (possibly with new state), or -errno. */
  ioctl(_op: number, _events: number): number {
    return -ENOTTY;
  }
  readBytes(_size: number): Uint8Array | number {
    return -EINVAL;
  }
  writeWord(_op: number, _events: number): number {
    return -EINVAL;
  }
  fdinfo(): string {
    return 'pos:\t0\nflags:\t02\nmnt_id:\t15\n';
  }
  /** The last descriptor was closed. */
  release(): void {
    this.touched.push('release');
  }
  /** Whether a waiter with this interest was woken since `from` (an index into `wakes`). */
  wokeFor(interest: number, from: number): boolean {
    return this.wakes.slice(from).some((key) => key === 0 || (key & interest) !== 0);
  }
}

/** A file of somebody else's, of a kind that says `errno` to an ioctl it doesn't know. */
export class Foreign extends OpenFile {
  constructor(
    readonly errno = ENOTTY,
    private readonly shows = 0,
  ) {
    super();
  }
  override poll(): number {
    return this.shows;
  }
  override ioctl(): number {
    return -this.errno;
  }
}

/** A vpoll that the kernel holds: our eventfd, the reference's, or /dev/vpoll. */
export class VpollFile extends OpenFile {
  override readonly mode: number;
  readonly id = ++lastIno;
  constructor(
    private readonly flavour: 'ours' | 'reference' | 'device',
    private events: number,
  ) {
    super();
    this.mode = flavour === 'device' ? 0o020666 : 0o600;
  }
  override poll(): number {
    return this.events;
  }
  private apply(op: number, events: number): number {
    if (op < 1 || op > 3 || events & ~0x27df) return -EINVAL;
    this.events = op === 1 ? this.events | events : op === 2 ? this.events & ~events : events;
    if (op !== 2 && events !== 0) this.wakes.push(events);
    return this.events;
  }
  override ioctl(op: number, events: number): number {
    return this.flavour === 'reference' ? -ENOTTY : this.apply(op, events);
  }
  override writeWord(op: number, events: number): number {
    const status = this.apply(op, events);
    return status < 0 ? status : 8;
  }
  override readBytes(size: number): Uint8Array | number {
    return size < 8 ? -EINVAL : new Uint8Array(new BigUint64Array([BigInt(this.events)]).buffer);
  }
  override fdinfo(): string {
    return `${super.fdinfo()}eventfd-count: ${this.events.toString(16).padStart(16)}\neventfd-id: ${this.id}\n`;
  }
}

/** A plain eventfd: what a kernel would make whose flag 2 means something else. */
export class PlainEventfd extends OpenFile {
  constructor(private count: number) {
    super();
  }
  override poll(): number {
    return this.count > 0 ? 0x5 : 0x4;
  }
  override writeWord(op: number, events: number): number {
    this.count += op * 2 ** 32 + events;
    return 8;
  }
  override readBytes(): Uint8Array | number {
    if (this.count === 0) return -EAGAIN;
    const bytes = new Uint8Array(new BigUint64Array([BigInt(this.count)]).buffer);
    this.count = 0;
    return bytes;
  }
}

/** A file of /proc/self/fdinfo, opened. */
export class InfoFile extends OpenFile {
  constructor(private readonly text: string) {
    super();
  }
  override readBytes(size: number): Uint8Array {
    return new TextEncoder().encode(this.text).subarray(0, size);
  }
  override release(): void {
    // Nobody's state.
  }
}

interface Message {
  bytes: number;
  readonly cost: number;
}

const SOCK_MIN_SNDBUF = 4608;
const WMEM_MAX = 212992;
const KEY_IN = 0xc3; // sock_def_readable()
const KEY_OUT = 0x304; // unix_write_space()

/** One end of a unix stream socketpair, net/unix/af_unix.c. */
export class UnixSocket extends OpenFile {
  override readonly dev = 9;
  override readonly mode: number = 0o140777;
  peer: UnixSocket | undefined;
  private readonly queue: Message[] = [];
  private wmem = 0;
  private sndbuf = WMEM_MAX;
  private shutRead = false;
  private shutWrite = false;
  private error = 0;

  /** SKB_TRUESIZE(): data and skb_shared_info in a kmalloc bucket, and the sk_buff. */
  private static cost(bytes: number): number {
    let bucket = 512;
    while (bucket < bytes + 320) bucket *= 2;
    return bucket + 256;
  }
  private get writable(): boolean {
    return this.wmem * 4 <= this.sndbuf;
  }
  private writeSpace(): void {
    if (this.writable) this.wakes.push(KEY_OUT);
  }
  /** unix_poll() */
  override poll(): number {
    let mask = this.error !== 0 ? 0x8 : 0;
    if (this.shutRead && this.shutWrite) mask |= 0x10;
    if (this.shutRead) mask |= 0x2041;
    if (this.queue.length > 0) mask |= 0x41;
    return this.writable ? mask | 0x304 : mask;
  }
  /** unix_stream_sendmsg() with MSG_DONTWAIT and MSG_NOSIGNAL */
  send(bytes: number): number {
    if (this.shutWrite || !this.peer) return -EPIPE;
    if (this.wmem >= this.sndbuf) return -EAGAIN;
    const cost = UnixSocket.cost(bytes);
    this.wmem += cost;
    this.peer.queue.push({ bytes, cost });
    this.peer.wakes.push(KEY_IN);
    return bytes;
  }
  /** unix_stream_read_generic() with MSG_DONTWAIT */
  recv(size: number): number {
    let total = 0;
    while (total < size && this.queue.length > 0) {
      const message = this.queue[0]!;
      const taken = Math.min(size - total, message.bytes);
      message.bytes -= taken;
      total += taken;
      if (message.bytes === 0) this.free(this.queue.shift()!);
    }
    if (total > 0 || size === 0) return total;
    if (this.error !== 0) {
      const error = this.error;
      this.error = 0;
      return -error;
    }
    return this.shutRead ? 0 : -EAGAIN;
  }
  private free(message: Message): void {
    if (!this.peer) return;
    this.peer.wmem -= message.cost;
    this.peer.writeSpace();
  }
  /** unix_shutdown(): 0 reading, 1 writing, 2 both */
  shutdown(how: number): number {
    if (how !== 1) this.shutRead = true;
    if (how !== 0) this.shutWrite = true;
    if (!this.peer) return 0;
    if (how !== 1) this.peer.shutWrite = true;
    if (how !== 0) this.peer.shutRead = true;
    this.peer.wakes.push(0);
    return 0;
  }
  /** sock_setsockopt(), SO_SNDBUF */
  setSndbuf(value: number): number {
    this.sndbuf = Math.max(Math.min(value, WMEM_MAX) * 2, SOCK_MIN_SNDBUF);
    this.writeSpace();
    return 0;
  }
  /** unix_release_sock() */
  override release(): void {
    const peer = this.peer;
    if (!peer) return;
    peer.shutRead = peer.shutWrite = true;
    if (this.queue.length > 0) peer.error = ECONNRESET;
    while (this.queue.length > 0) this.free(this.queue.shift()!);
    peer.peer = undefined;
    peer.wakes.push(0);
  }
}
