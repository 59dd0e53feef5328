// SPDX-License-Identifier: LGPL-2.1-or-later

import type { TcpSocket } from './tcp.js';

/** Ports and whether there is a loopback: what the sockets of one kernel share. */
export class Network {
  readonly listeners = new Map<number, TcpSocket>();
  #port = 40000;

  constructor(readonly isUp: () => boolean) {}

  freePort(): number {
    do this.#port = this.#port === 0xffff ? 1024 : this.#port + 1;
    while (this.listeners.has(this.#port));
    return this.#port;
  }
}
