// SPDX-License-Identifier: LGPL-2.1-or-later

interface Turns {
  setImmediate?: (run: () => void) => unknown;
  MessageChannel: typeof MessageChannel;
}

/** A turn of the event loop: what is called runs when all promises have been followed, in whatever runtime this is. */
export class Drain {
  readonly #channel: MessageChannel | undefined;
  #resolve: () => void = () => undefined;

  constructor() {
    const turns = globalThis as unknown as Turns;
    if (turns.setImmediate) return;
    // A timer would do as well, but a browser holds those back.
    this.#channel = new turns.MessageChannel();
    this.#channel.port1.onmessage = () => {
      this.#resolve();
    };
  }

  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      if (this.#channel) this.#channel.port2.postMessage(null);
      else (globalThis as unknown as Required<Turns>).setImmediate(resolve);
    });
  }

  close(): void {
    this.#channel?.port1.close();
  }
}
