// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * The event loop's side of an epoll set that a thread keeps. Commands go in order:
 *
 *     main                     thread (main.ts)
 *     add, modify, remove ->   epoll_ctl(2); only a refusal is told
 *     look                ->   waits; batch
 *     glance              ->   epoll_wait(2) without a timeout; batch, perhaps of nothing
 *     end                 ->   ends
 */
import { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD } from '../abi.js';
import type { WatchThread, WatchThreadFactory, WatchListener } from '../watch-thread.js';
import type { Ffi } from '../ffi.js';
import type { Epoll } from '../linux/epoll.js';
import { createWakefds } from '../linux/wakefd.js';
import type { Command, KeepData, Said } from './main.js';
import { awaitStart, word } from './started.js';
import type { Ending, Endings, Thread, Threads } from './threads.js';

interface Port {
  postMessage(message: object): void;
  close(): void;
}

interface Parts extends Pick<KeepData, 'ended' | 'clock'> {
  readonly thread: Thread;
  readonly port: Port;
}

class EpollThread implements WatchThread, Ending {
  readonly ended: Int32Array;
  readonly #clock: Int32Array;
  readonly #port: Port;
  readonly #wake: () => void;
  readonly #held = new Set<number>();
  #done: (() => void) | undefined;
  #isOver = false;

  constructor(
    { thread, port, ended, clock }: Parts,
    wake: () => void,
    listener: WatchListener,
    closeAll: (fds: Iterable<number>) => void,
    endings: Endings,
  ) {
    this.ended = ended;
    this.#clock = clock;
    this.#port = port;
    this.#wake = wake;
    // Not made before it is needed: an error knows by its stack who has called, the Poller, which could never be collected then.
    let failure: Error | undefined;
    thread.on('message', (message) => {
      if (this.#done) return;
      const said = message as Said;
      if ('ready' in said) listener.onBatch(said.ready, said.at, said.isGlance);
      else listener.onRefused(said.id, said.errno);
    });
    thread.on('error', (error) => (failure = error));
    thread.on('exit', () => {
      this.#isOver = true;
      endings.delete(this);
      port.close();
      // Those that it was told to close last may be closed already: they are not held any more.
      closeAll(this.#held);
      this.#held.clear();
      if (this.#done) this.#done();
      else listener.onFailure(failure ?? new Error('the thread has ended'));
    });
    thread.unref();
    endings.add(this);
  }

  add(fd: number, events: number, id: number): void {
    this.#held.add(fd);
    this.#tell({ op: EPOLL_CTL_ADD, fd, events, id });
  }

  modify(fd: number, events: number, id: number): void {
    this.#tell({ op: EPOLL_CTL_MOD, fd, events, id });
  }

  remove(fd: number): void {
    if (this.#held.delete(fd)) this.#tell({ op: EPOLL_CTL_DEL, fd, events: 0, id: 0 });
  }

  look(): void {
    this.#tell({ op: 'look' });
  }

  glance(): void {
    this.#tell({ op: 'glance' });
  }

  tick(): number {
    return (Atomics.add(this.#clock, 0, 1) + 1) | 0;
  }

  close(done: () => void): void {
    this.#done = done;
    if (this.#isOver) done();
    else this.end();
  }

  end(): void {
    this.#tell({ op: 'end' });
  }

  #tell(command: Command): void {
    if (this.#isOver) return;
    this.#port.postMessage(command);
    this.#wake();
  }
}

/** Asides of a runtime, whose threads run `program`. `endings` has each that lives. */
export function createWatchThreads(
  ffi: Ffi,
  epoll: Epoll,
  program: string,
  threads: Threads,
  endings: Endings,
): WatchThreadFactory {
  const { MessageChannel } = process.getBuiltinModule('node:worker_threads');
  const wakefds = createWakefds(ffi);
  return (listener) => {
    const epfd = epoll.create();
    if (epfd < 0) return epfd;
    const wakefd = wakefds.create(threads.threadFds);
    const status = Math.min(wakefd, 0);
    const closeAll = (fds: Iterable<number>): void => {
      for (const fd of [...fds, epfd, wakefd]) if (fd >= 0) epoll.close(fd);
    };
    try {
      if (status === 0) {
        const shared = { ended: word(), clock: word() };
        const started = word();
        const { port1, port2: port } = new MessageChannel();
        const data: KeepData = { job: 'keep', hint: threads.hint(), epfd, wakefd, started, ...shared, port };
        const thread = threads.start(program, data, [port]);
        awaitStart(started);
        const wake = (): void => {
          wakefds.wake(wakefd);
        };
        return new EpollThread({ thread, port: port1, ...shared }, wake, listener, closeAll, endings);
      }
    } catch (error) {
      closeAll([]);
      throw error;
    }
    closeAll([]);
    return status;
  };
}
