// SPDX-License-Identifier: LGPL-2.1-or-later

// Files whose events a program decides, and the plain ones that may stand in their place.

import * as abi from './abi.js';
import { OpenFile } from './file.js';

const { E, VPOLL_IOC } = abi;

/** How a vpoll file wants to be spoken to: `ours` by ioctl, write and read; the `reference`'s kernel patch by write and read alone. */
export type Flavour = 'ours' | 'reference';

/** An EFD_VPOLL eventfd (with an id) or /dev/vpoll (without). */
export class VPollFile extends OpenFile {
  readonly kind = 'vpoll';
  override readonly mode: number;

  constructor(
    readonly flavour: Flavour,
    public events: number,
    override readonly eventfdId: number | undefined,
  ) {
    super();
    this.mode = eventfdId === undefined ? abi.S_IFCHR | 0o666 : 0o600;
  }

  poll(): number {
    return this.events;
  }

  /** The new mask, or -EINVAL. Our kernel's wake key is what the request raises; the reference's is all that is set then, and it wakes on DEL. */
  ctl(op: number, events: number): number {
    if (op < abi.ADD || op > abi.SET || (op !== abi.DEL && events & ~abi.SETTABLE)) return -E.EINVAL;
    if (op === abi.ADD) this.events |= events;
    else if (op === abi.DEL) this.events &= ~events;
    else this.events = events;
    if (this.flavour === 'reference') this.wake(this.events);
    else if (op !== abi.DEL && events !== 0) this.wake(events);
    return this.events;
  }

  override ioctl(request: number, arg: number): number {
    if (this.flavour === 'reference' || request <= VPOLL_IOC || request > VPOLL_IOC + abi.SET) return -E.ENOTTY;
    return this.ctl(request - VPOLL_IOC, arg);
  }

  /** `op << 32 | events`, in the machine's order. */
  override write(data: Uint8Array): number {
    if (data.length < 8) return -E.EINVAL;
    const view = new DataView(data.buffer, data.byteOffset);
    const r = this.ctl(view.getUint32(4, true), view.getUint32(0, true));
    return r < 0 ? r : 8;
  }

  override read(size: number): Uint8Array | number {
    if (size < 8) return -E.EINVAL;
    const word = new Uint8Array(8);
    new DataView(word.buffer).setUint32(0, this.events, true);
    return word;
  }
}

/** A file of a helper's FUSE mount: a regular one, and each open of its one inode is a vpoll. With the helper dead it answers nothing (fuse_send_one()). */
export class FuseFile extends VPollFile {
  override readonly dev = 77;
  override readonly ino = 1;
  override readonly mode = abi.S_IFREG | 0o666;

  constructor(readonly isDead: () => boolean) {
    super('ours', 0, undefined);
  }

  override poll(): number {
    return this.isDead() ? abi.ERR : super.poll();
  }

  override ctl(op: number, events: number): number {
    return this.isDead() ? -E.ENOTCONN : super.ctl(op, events);
  }

  override read(size: number): Uint8Array | number {
    return this.isDead() ? -E.ENOTCONN : super.read(size);
  }
}

/** Files of other people that may take a number over. */
export const FOREIGN_KINDS = ['pipe', 'eventfd', 'tcp', 'null', 'epoll', 'directory'] as const;
export type ForeignKind = (typeof FOREIGN_KINDS)[number];

const MODES: Record<ForeignKind, number> = {
  pipe: abi.S_IFIFO | 0o600,
  eventfd: 0o600,
  tcp: abi.S_IFSOCK | 0o777,
  null: abi.S_IFCHR | 0o666,
  epoll: 0o600,
  directory: abi.S_IFDIR | 0o755,
};

/** A file that works: what the core does to it by mistake succeeds, and stands in `touches`. */
export class ForeignFile extends OpenFile {
  override readonly dev: number;
  override readonly ino: number;
  override readonly mode: number;
  override readonly isSocket: boolean;

  constructor(
    readonly kind: ForeignKind,
    nextIno: () => number,
    override readonly eventfdId: number | undefined,
  ) {
    super();
    const isAnonymous = kind === 'eventfd' || kind === 'epoll';
    this.dev = isAnonymous ? 16 : kind === 'tcp' ? 8 : 15;
    this.ino = isAnonymous ? 18 : nextIno();
    this.mode = MODES[kind];
    this.isSocket = kind === 'tcp';
  }

  poll(): number {
    return abi.IN | abi.OUT;
  }

  override read(size: number): Uint8Array | number {
    if (this.kind === 'directory') return -E.EISDIR;
    if (this.kind === 'epoll' || (this.kind === 'eventfd' && size < 8)) return -E.EINVAL;
    return new Uint8Array(Math.min(size, 8));
  }

  override write(data: Uint8Array): number {
    // Opened for reading, since nothing else opens a directory.
    if (this.kind === 'directory') return -E.EBADF;
    if (this.kind === 'epoll' || (this.kind === 'eventfd' && data.length < 8)) return -E.EINVAL;
    return data.length;
  }

  /** ep_eventpoll_ioctl() says EINVAL, most others ENOTTY. */
  override ioctl(): number {
    return this.kind === 'epoll' ? -E.EINVAL : -E.ENOTTY;
  }

  override send(size: number): number {
    return this.isSocket ? size : -E.ENOTSOCK;
  }

  override recv(size: number): number {
    return this.isSocket ? Math.min(size, 8) : -E.ENOTSOCK;
  }

  override shutdown(): number {
    // It was never connected.
    return this.isSocket ? -E.ENOTCONN : -E.ENOTSOCK;
  }

  override setOption(): number {
    return this.isSocket ? 0 : -E.ENOTSOCK;
  }

  /** As a TCP socket: AF_INET, SOCK_STREAM. */
  override getOption(_level: number, name: number): number {
    if (!this.isSocket) return -E.ENOTSOCK;
    return name === abi.SO_DOMAIN ? abi.AF_INET : name === abi.SO_TYPE ? abi.SOCK_STREAM : 0;
  }
}
