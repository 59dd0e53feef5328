// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Looking at an epoll set in Node: a uv_poll handle of koffi's, in the event loop's own epoll set. No thread, and nothing that has to
 * end before the process can.
 *
 * uv_poll shows neither PRI nor ERR, and koffi's aborts the process over a descriptor that can't be polled or has a handle already:
 * so it never sees any but an epoll descriptor that only the Poller knows.
 */
import type { Ready, Source, SourceFactory } from './waiter.js';

/** koffi's uv_poll. Its callback gets (status, events); neither says more than that the set is worth a look. */
export interface KoffiPoll {
  node: { poll(fd: number, options: typeof READABLE, callback: () => void): PollHandle };
}

interface PollHandle {
  start(options: typeof READABLE, callback: () => void): void;
  stop(): void;
  close(): void;
  ref(): void;
  unref(): void;
}

const READABLE = { readable: true };

/** The handle is a field, and the callback holds this object: the garbage collector would close one that nobody holds. */
class NodeSource implements Source {
  readonly #tell: () => void;
  readonly #handle: PollHandle;
  #isLooking = true;

  constructor(koffi: KoffiPoll, epfd: number, tell: Ready) {
    this.#tell = () => {
      // After a close of the handle nothing comes; while it rests, neither.
      if (this.#isLooking) tell();
    };
    this.#handle = koffi.node.poll(epfd, READABLE, this.#tell);
  }

  look(): void {
    if (this.#isLooking) return;
    this.#handle.start(READABLE, this.#tell);
    this.#isLooking = true;
  }

  rest(): void {
    if (this.#isLooking) this.#handle.stop();
    this.#isLooking = false;
  }

  ref(on: boolean): void {
    if (on) this.#handle.ref();
    else this.#handle.unref();
  }

  /** Takes the descriptor out of the loop's epoll set before it returns. */
  close(done: () => void): void {
    this.#isLooking = false;
    this.#handle.close();
    done();
  }
}

/** Sources by koffi. */
export function createNodeSources(koffi: KoffiPoll): SourceFactory {
  return (epfd, tell) => new NodeSource(koffi, epfd, tell);
}
