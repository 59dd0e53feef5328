// SPDX-License-Identifier: LGPL-2.1-or-later

import { E } from './abi.js';

/** What a wake-up without a key carries: every waiter takes it (wake_up_all(), ep_poll_callback()). */
const NO_KEY = 0;

/** An open file description: what descriptors, in whatever process, refer to. The calls that a kind of file lacks say what Linux says. */
export abstract class OpenFile {
  abstract readonly kind: string;
  readonly dev: number = 16;
  /** All anonymous inodes share one number, so that fstat(2) can't tell an eventfd from an epoll. */
  readonly ino: number = 18;
  readonly mode: number = 0o600;
  readonly isSocket: boolean = false;
  /** The id that fdinfo names (proc(5)); only an eventfd has one. */
  readonly eventfdId: number | undefined = undefined;
  references = 0;
  /** The keys of all wake-ups of this file's waiters, in order; 0 where there was none. */
  wakes: number[] = [];
  /** The names of the calls that used the file: all but those that only ask (fstat, poll, ioctl, getsockopt). */
  touches: string[] = [];

  /** What poll(2) shows. */
  abstract poll(): number;

  wake(key = NO_KEY): void {
    this.wakes.push(key);
  }

  /** Whether a waiter that is interested in `interest`, and therefore in ERR and HUP (ep_insert()), has been woken since `wakes` was emptied last. */
  woke(interest: number): boolean {
    return this.wakes.some((key) => key === NO_KEY || (key & (interest | 0x18)) !== 0);
  }

  read(_size: number): Uint8Array | number {
    return -E.EINVAL;
  }

  write(_data: Uint8Array): number {
    return -E.EINVAL;
  }

  ioctl(_request: number, _arg: number): number {
    return -E.ENOTTY;
  }

  send(_size: number, _flags: number): number {
    return -E.ENOTSOCK;
  }

  recv(_size: number, _flags: number): number {
    return -E.ENOTSOCK;
  }

  shutdown(_how: number): number {
    return -E.ENOTSOCK;
  }

  setOption(_level: number, _name: number, _value: number): number {
    return -E.ENOTSOCK;
  }

  getOption(_level: number, _name: number): number {
    return -E.ENOTSOCK;
  }

  /** An option that is no int, as its bytes; undefined where {@link getOption} has it. */
  optionBytes(_level: number, _name: number): Uint8Array | undefined {
    return undefined;
  }

  /** Addresses are the first eight bytes of a struct sockaddr_in. */
  bind(_address: bigint): number {
    return -E.ENOTSOCK;
  }

  listen(): number {
    return -E.ENOTSOCK;
  }

  accept(): OpenFile | number {
    return -E.ENOTSOCK;
  }

  connect(_address: bigint): number {
    return -E.ENOTSOCK;
  }

  name(): bigint | number {
    return -E.ENOTSOCK;
  }

  peerName(): bigint | number {
    return -E.ENOTSOCK;
  }

  /** The last descriptor is gone. */
  release(): void {
    this.wakes = [];
  }
}

/** What `read` gives: a text, once. */
export class TextFile extends OpenFile {
  readonly kind = 'text';
  override readonly mode = 0o100444;
  #rest: Uint8Array;

  constructor(text: string) {
    super();
    this.#rest = new TextEncoder().encode(text);
  }

  poll(): number {
    return 0;
  }

  override read(size: number): Uint8Array {
    const part = this.#rest.subarray(0, size);
    this.#rest = this.#rest.subarray(size);
    return part;
  }
}
