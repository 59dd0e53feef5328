// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Looking at an epoll set from a thread of its own, for runtimes that let no program add a descriptor to their event loop. The thread
 * blocks in poll(2) on the set and on an eventfd that wakes it to end. It must not call epoll_wait(2), which would take edges and
 * have to hand them over; poll(2) takes nothing.
 *
 * The two sides share one word, the state. Looking is asked for and told one by one:
 *
 *     main                            thread
 *     state = LOOK, notify    ->      poll(set, wake)
 *     message: tell           <-      LOOK -> REST, post, wait until it is not REST
 *     state = END, wake       ->      ends
 */
import type { CFunction, Ffi } from './ffi.js';
import { awaitStart, opening, word } from './started.js';
import { createWakefds, type Wakefds } from './wakefd.js';
import type { Ready, Source, SourceFactory } from './waiter.js';

const REST = 0;
const LOOK = 1;
const END = 2;

/** What this file uses of a Worker of node:worker_threads. */
export interface Thread {
  on(event: 'message' | 'exit', listener: () => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  ref(): void;
  unref(): void;
}

/** Starts a thread that runs `program` with `data` as its workerData. */
export type StartThread = (program: string, data: object) => Thread;

/**
 * The program of the thread. It is text, so that no bundler can lose it. `openPoll` is the runtime's own way to libc: an expression that stands for
 * `(names: string[]) => (fds: Int32Array) => number`, poll(2) of two descriptors without a timeout.
 */
function program(openPoll: string): string {
  return `
const { parentPort, workerData: { names, epfd, wakefd, state, started } } = require('node:worker_threads');
const poll = ${opening(`(${openPoll})(names)`)};
const POLLIN = 1;
const fds = new Int32Array([epfd, POLLIN, wakefd, POLLIN]);
for (;;) {
  Atomics.wait(state, 0, ${REST});
  if (Atomics.load(state, 0) === ${END}) break;
  fds[1] = fds[3] = POLLIN;
  const ready = poll(fds) > 0 && fds[1] !== POLLIN;
  if (ready && Atomics.compareExchange(state, 0, ${LOOK}, ${REST}) === ${LOOK}) parentPort.postMessage(0);
}
`;
}

interface Calls {
  wakefds: Wakefds;
  close: CFunction;
}

/** See the top of the file. */
class ThreadSource implements Source {
  readonly #calls: Calls;
  readonly #thread: Thread;
  readonly #wakefd: number;
  readonly #state: Int32Array;
  readonly #tell: Ready;
  #failure: Error | undefined;
  #isOver = false;
  #done: (() => void) | undefined;

  constructor(calls: Calls, thread: Thread, wakefd: number, state: Int32Array, tell: Ready) {
    this.#calls = calls;
    this.#thread = thread;
    this.#wakefd = wakefd;
    this.#state = state;
    this.#tell = tell;
    this.#thread.on('message', () => {
      if (!this.#done) tell();
    });
    this.#thread.on('error', (error) => {
      this.#failure = error;
      if (!this.#done) tell(error);
    });
    this.#thread.on('exit', () => {
      this.#isOver = true;
      this.#calls.close(this.#wakefd);
      this.#done?.();
    });
  }

  look(): void {
    if (Atomics.compareExchange(this.#state, 0, REST, LOOK) === REST) Atomics.notify(this.#state, 0);
    const failure = this.#failure;
    if (!failure) return;
    queueMicrotask(() => {
      this.#tell(failure);
    });
  }

  rest(): void {
    Atomics.compareExchange(this.#state, 0, LOOK, REST);
  }

  ref(on: boolean): void {
    if (on) this.#thread.ref();
    else this.#thread.unref();
  }

  close(done: () => void): void {
    this.#done = done;
    if (this.#isOver) {
      done();
      return;
    }
    Atomics.store(this.#state, 0, END);
    Atomics.notify(this.#state, 0);
    this.#calls.wakefds.wake(this.#wakefd);
    // Whoever waits for its end is not to be cut off.
    this.#thread.ref();
  }
}

/** Sources by threads: `openPoll` as in {@link program}, `names` of libraries that may be libc, `threadFds` as in wakefd.ts. */
export function createThreadSources(
  ffi: Ffi,
  start: StartThread,
  openPoll: string,
  names: string[],
  threadFds: number,
): SourceFactory {
  const text = program(openPoll);
  const calls = { wakefds: createWakefds(ffi), close: ffi.func('close', 'i32') };
  return (epfd, tell) => {
    const wakefd = calls.wakefds.create(threadFds);
    if (wakefd < 0) return wakefd;
    const [state, started] = [word(), word()];
    try {
      const thread = start(text, { names, epfd, wakefd, state, started });
      awaitStart(started);
      return new ThreadSource(calls, thread, wakefd, state, tell);
    } catch (error) {
      calls.close(wakefd);
      throw error;
    }
  };
}
