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
import type { CFunction, Ffi } from '../ffi.js';
import { createWakefds, type Wakefds } from '../linux/wakefd.js';
import type { Ready, Source, SourceFactory } from '../waiter.js';
import { State, type LookData } from './main.js';
import { awaitStart, word } from './started.js';
import type { Thread, Threads } from './threads.js';

interface Calls {
  wakefds: Wakefds;
  close: CFunction;
}

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
    if (Atomics.compareExchange(this.#state, 0, State.REST, State.LOOK) === State.REST) Atomics.notify(this.#state, 0);
    const failure = this.#failure;
    if (!failure) return;
    queueMicrotask(() => {
      this.#tell(failure);
    });
  }

  rest(): void {
    Atomics.compareExchange(this.#state, 0, State.LOOK, State.REST);
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
    Atomics.store(this.#state, 0, State.END);
    Atomics.notify(this.#state, 0);
    this.#calls.wakefds.wake(this.#wakefd);
    // A caller that waits for its end must not be cut off.
    this.#thread.ref();
  }
}

/** Sources by threads that run `program`. */
export function createThreadSources(
  ffi: Ffi,
  program: string,
  { start, hint, threadFds }: Pick<Threads, 'start' | 'hint' | 'threadFds'>,
): SourceFactory {
  const calls = { wakefds: createWakefds(ffi), close: ffi.func('close', 'i32') };
  return (epfd, tell) => {
    const wakefd = calls.wakefds.create(threadFds);
    if (wakefd < 0) return wakefd;
    const [state, started] = [word(), word()];
    try {
      const thread = start(program, { job: 'look', hint: hint(), epfd, wakefd, state, started } satisfies LookData);
      awaitStart(started);
      return new ThreadSource(calls, thread, wakefd, state, tell);
    } catch (error) {
      calls.close(wakefd);
      throw error;
    }
  };
}
