// SPDX-License-Identifier: LGPL-2.1-or-later

/** Ports and whether there is a loopback: what the sockets of one kernel share. */
export class Network<Listener> {
  readonly listeners = new Map<number, Listener>();
  #port = 40000;

  constructor(readonly isUp: () => boolean) {}

  freePort(): number {
    do this.#port = this.#port === 0xffff ? 1024 : this.#port + 1;
    while (this.listeners.has(this.#port));
    return this.#port;
  }
}
