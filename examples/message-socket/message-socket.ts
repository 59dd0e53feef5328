// SPDX-License-Identifier: LGPL-2.1-or-later

// A socket of a network stack in user space: messages, and urgent messages out of band, as a TCP socket has them (recv(2), MSG_OOB). Its
// descriptor is a vpoll, so that a poller learns of both as of any other socket. Where tcp carries it, io_uring tells of urgent data as
// of ordinary data too, as it does for a real socket (docs/carriers.md).

import { VPoll } from 'vpoll';

const EAGAIN = 11;
const EINVAL = 22;
const MSG_OOB = 1;

export class MessageSocket {
  readonly #vp: VPoll;
  readonly #inBand: Uint8Array[] = [];
  readonly #urgent: Uint8Array[] = [];
  #isEnded = false;

  /**
   * `outOfBand`: it has urgent messages as well, which needs a backend that shows PRI alone.
   *
   * @throws VPollError EOPNOTSUPP where this kernel has none, before anything was made
   */
  constructor(outOfBand: boolean) {
    this.#vp = VPoll.create({ needs: outOfBand ? 'IN|PRI' : 'IN' });
  }

  /** What the program polls. */
  get fd(): number {
    return this.#vp.fd;
  }

  get backend(): string {
    return this.#vp.backend;
  }

  /** The stack has got a message. */
  deliver(text: string): void {
    this.#inBand.push(new TextEncoder().encode(text));
    this.#vp.add('IN');
  }

  /** The stack has got an urgent one. */
  deliverUrgent(text: string): void {
    // Asserted first: where it is refused, no message may be waiting that nobody is told of.
    this.#vp.add('PRI');
    this.#urgent.push(new TextEncoder().encode(text));
  }

  /** The other side has nothing more to say. */
  end(): void {
    this.#isEnded = true;
    this.#vp.add('IN|RDHUP');
  }

  /** recv(2): one message, cut to `size`; none at the end; or -errno. What was received shows no more. */
  receive(size: number, flags: number): Uint8Array | number {
    const isUrgent = (flags & MSG_OOB) !== 0;
    const queue = isUrgent ? this.#urgent : this.#inBand;
    const message = queue.shift();
    if (queue.length === 0 && (isUrgent || !this.#isEnded)) this.#vp.delete(isUrgent ? 'PRI' : 'IN');
    if (message) return message.subarray(0, size);
    if (isUrgent) return -EINVAL;
    return this.#isEnded ? new Uint8Array(0) : -EAGAIN;
  }

  close(): void {
    this.#vp.close();
  }
}
