// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * What a thread of vpoll's runs: one of two jobs, each an endless wait in poll(2). tools/bundle.ts makes a text of it and of the runtime's FFI (src/thread.ts), which
 * a Worker is started with. So no bundler can lose a file, and the thread loads nothing of the program's.
 */
import type { MessagePort } from 'node:worker_threads';
import { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, EPOLLEXCLUSIVE, EPOLLIN } from '../abi.js';
import type { Ffi } from '../ffi.js';
import { createEpoll, type Epoll } from '../linux/epoll.js';
import { opened } from './started.js';
import type { Ending, Threads } from './threads.js';

/** What each is told. */
interface Common {
  /** What the runtime's {@link Threads.hint} said. */
  readonly hint: unknown;
  readonly epfd: number;
  /** An eventfd that gets the thread out of poll(2). */
  readonly wakefd: number;
  /** Notified when it has all that it needs (started.ts). */
  readonly started: Int32Array;
}

/** Tells when the set is readable, and takes nothing of it (source.ts). */
export interface LookData extends Common {
  readonly job: 'look';
  /** {@link State}. */
  readonly state: Int32Array;
}

/** Keeps the set: changes it, and takes what is ready (watch-thread.ts). */
export interface KeepData extends Common {
  readonly job: 'keep';
  /** Where its commands come from. */
  readonly port: MessagePort;
  /** See {@link Ending}. */
  readonly ended: Ending['ended'];
  readonly clock: Int32Array;
}

/** The word that both sides of a `look` share. */
export const State = { REST: 0, LOOK: 1, END: 2 } as const;

export type Command = { op: 'end' | 'look' | 'glance' } | { op: number; fd: number; events: number; id: number };

/** What a `keep` says: a batch, or a command that the kernel has refused. */
export type Said = { ready: Uint32Array; at: number; isGlance: boolean } | { id: number; errno: number };

/** The most that a batch holds. */
const BATCH = 1024;

/** poll(2) for the readability of two descriptors, which must not be in an epoll set of the runtime's: it leaves no trace. */
class Pair {
  /** Two of struct pollfd, and 8 bytes for what an eventfd has counted. A use of it keeps it: an address doesn't. */
  readonly #room: Int32Array;
  readonly #poll: (count: number) => number;
  readonly #read: () => number;

  constructor(ffi: Ffi, first: number, second: number, timeoutMs: number) {
    const room = new Int32Array([first, EPOLLIN, second, EPOLLIN, 0, 0]);
    const [poll, read] = [ffi.func('poll', 'ptr', 'len', 'i32'), ffi.func('read', 'i32', 'ptr', 'len')];
    const address = ffi.address(room.buffer);
    const [at, countAt, eight] = [ffi.word(address), ffi.word(address + 16), ffi.word(8)];
    const counts = [ffi.word(0), ffi.word(1), ffi.word(2)];
    this.#room = room;
    this.#poll = (count) => poll(at, counts[count]!, timeoutMs);
    this.#read = () => read(first, countAt, eight);
  }

  /** Waits for the first, or for both: whether either shows anything. */
  wait(count: 1 | 2): boolean {
    this.#room[1] = this.#room[3] = EPOLLIN;
    return this.#poll(count) > 0;
  }

  /** Whether the one at `index` showed anything: the upper half of the word is `revents`. */
  shows(index: 0 | 1): boolean {
    return this.#room[2 * index + 1] !== EPOLLIN;
  }

  /** Takes what the first, an eventfd, has counted. */
  drain(): void {
    this.#read();
    this.#room[4] = 0;
  }
}

type Post = (said: Said | 0) => void;

/** It must not call epoll_wait(2), which would take edges and have to hand them over. */
function look(pair: Pair, state: Int32Array, post: Post): void {
  for (;;) {
    Atomics.wait(state, 0, State.REST);
    if (Atomics.load(state, 0) === State.END) return;
    const isReady = pair.wait(2) && pair.shows(0);
    if (isReady && Atomics.compareExchange(state, 0, State.LOOK, State.REST) === State.LOOK) post(0);
  }
}

/** The set, as its commands change it. */
class Kept {
  readonly #epoll: Epoll;
  readonly #data: KeepData;
  readonly #post: Post;
  isLooking = false;
  isOver = false;

  constructor(epoll: Epoll, data: KeepData, post: Post) {
    this.#epoll = epoll;
    this.#data = data;
    this.#post = post;
  }

  obey(command: Command): void {
    if (command.op === 'end') this.isOver = true;
    else if (command.op === 'look') this.isLooking = true;
    else if (command.op === 'glance') this.tell(true);
    else this.#control(command as Exclude<Command, { op: string }>);
  }

  #control({ op, fd, events, id }: Exclude<Command, { op: string }>): void {
    const { epfd } = this.#data;
    // One with EPOLLEXCLUSIVE can't be modified (epoll_ctl(2)): it goes and comes again.
    const isExclusive = op === EPOLL_CTL_MOD && (events & EPOLLEXCLUSIVE) !== 0;
    if (isExclusive) this.#epoll.control(epfd, EPOLL_CTL_DEL, fd, events, id);
    const status = this.#epoll.control(epfd, isExclusive ? EPOLL_CTL_ADD : op, fd, events, id);
    if (op === EPOLL_CTL_DEL) this.#epoll.close(fd);
    else if (status < 0) this.#post({ id, errno: -status });
  }

  /** Tells what is ready now. */
  tell(isGlance: boolean): void {
    const at = Atomics.load(this.#data.clock, 0);
    const count = this.#epoll.wait(this.#data.epfd, BATCH, 0);
    if (count < 0) {
      this.#post({ id: 0, errno: -count });
      return;
    }
    if (count === 0 && !isGlance) return;
    if (!isGlance) this.isLooking = false;
    const ready = new Uint32Array(count * 2);
    for (let i = 0; i < count; i++) {
      ready[2 * i] = this.#epoll.generation(i);
      ready[2 * i + 1] = this.#epoll.events(i);
    }
    this.#post({ ready, at, isGlance });
  }
}

function keep(pair: Pair, kept: Kept, { port, ended }: KeepData): void {
  const { receiveMessageOnPort } = process.getBuiltinModule('node:worker_threads');
  for (;;) {
    for (let one; (one = receiveMessageOnPort(port));) kept.obey(one.message as Command);
    if (kept.isOver) break;
    if (!pair.wait(kept.isLooking ? 2 : 1)) continue;
    if (pair.shows(0)) pair.drain();
    if (kept.isLooking && pair.shows(1)) kept.tell(false);
  }
  port.close();
  Atomics.store(ended, 0, 1);
  Atomics.notify(ended, 0);
}

/** Ends with the job. */
export function main({ openLibc, sliceMs }: Pick<Threads, 'openLibc' | 'sliceMs'>): void {
  const worker = process.getBuiltinModule('node:worker_threads');
  const data = worker.workerData as LookData | KeepData;
  const { hint, epfd, wakefd, started } = data;
  const post: Post = (said) => {
    worker.parentPort!.postMessage(said);
  };
  if (data.job === 'look') {
    look(
      opened(started, () => new Pair(openLibc(hint), epfd, wakefd, sliceMs)),
      data.state,
      post,
    );
    return;
  }
  const { pair, kept } = opened(started, () => {
    const ffi = openLibc(hint);
    return {
      pair: new Pair(ffi, wakefd, epfd, sliceMs),
      kept: new Kept(createEpoll(ffi, process.arch), data, post),
    };
  });
  keep(pair, kept, data);
}
