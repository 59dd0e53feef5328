// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Waiting in Node: a uv_poll handle of koffi's on the epoll descriptor, in the event loop's own epoll set. No thread, and nothing
 * that has to end before the process can.
 *
 * uv_poll shows neither PRI nor ERR, reports a repeated or unpollable descriptor by aborting the process, and a second handle on
 * one descriptor too: so it never sees any but an epoll descriptor that only the Poller knows.
 */
import type { Waiter, WaiterFactory } from './epoll.js';

/** koffi's uv_poll. Its callback gets (status, events); neither says more than that the set is worth a look. */
export interface KoffiNode {
  node: { poll(fd: number, options: { readable: boolean }, callback: () => void): PollHandle };
}

interface PollHandle {
  start(options: { readable: boolean }, callback: () => void): void;
  stop(): void;
  close(): void;
  ref(): void;
  unref(): void;
}

const READABLE = { readable: true };

/** See the top of the file. The handle is made at the first use: one that is ready but not waited for would spin the loop. */
class NodeWaiter implements Waiter {
  readonly #koffi: KoffiNode;
  readonly #epfd: number;
  readonly #ready: () => void;
  #handle: PollHandle | undefined;
  #isArmed = false;
  /** Whether libuv looks at the set. Longer than it is armed: the next wait mostly comes at once, and then costs no call. */
  #isStarted = false;
  #isReffed = true;
  #wantsRef = true;

  constructor(koffi: KoffiNode, epfd: number, ready: () => void) {
    this.#koffi = koffi;
    this.#epfd = epfd;
    this.#ready = ready;
  }

  arm(): void {
    this.#isArmed = true;
    if (!this.#handle) {
      // The callback holds this object and so the handle, which the garbage collector would close otherwise.
      this.#handle = this.#koffi.node.poll(this.#epfd, READABLE, this.#fire);
      this.#isStarted = true;
    } else if (!this.#isStarted) {
      this.#handle.start(READABLE, this.#fire);
      this.#isStarted = true;
    }
    this.#settleRef();
  }

  disarm(): void {
    this.#isArmed = false;
    this.#rest();
  }

  ref(on: boolean): void {
    this.#wantsRef = on;
    this.#settleRef();
  }

  close(done: () => void): void {
    this.#isArmed = false;
    // Takes the descriptor out of the loop's epoll set before it returns.
    this.#handle?.close();
    this.#handle = undefined;
    done();
  }

  readonly #fire = (): void => {
    // Also makes sure that what is resolved below runs in this turn of the loop, whether or not Node drains the microtasks
    // after a callback of koffi's.
    setImmediate(this.#rest);
    if (!this.#isArmed) return;
    this.#isArmed = false;
    this.#ready();
  };

  /** Nobody has waited again by the end of the turn: stop looking, and let the process end. */
  readonly #rest = (): void => {
    if (this.#isArmed || !this.#handle) return;
    if (this.#isStarted) this.#handle.stop();
    this.#isStarted = false;
    this.#settleRef();
  };

  #settleRef(): void {
    const wanted = this.#isArmed && this.#wantsRef;
    if (!this.#handle || wanted === this.#isReffed) return;
    if (wanted) this.#handle.ref();
    else this.#handle.unref();
    this.#isReffed = wanted;
  }
}

/** Waiters over koffi. */
export function createNodeWaiters(koffi: KoffiNode): WaiterFactory {
  return (epfd, ready) => new NodeWaiter(koffi, epfd, ready);
}
