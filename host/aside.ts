// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * An epoll set that a thread of its own looks after. Whoever adds a FUSE file to a set, or waits for it, is kept waiting until the file's server
 * answers, which one that is stopped does not: the event loop's thread must do neither, nor hold a lock that such a thread holds.
 *
 * Commands go in order. What is ready is told once for each {@link Aside.look}, as a batch, and once for each {@link Aside.glance}, ready or not.
 *
 *     main                     thread
 *     add, modify, remove ->   epoll_ctl(2); only a refusal is told
 *     look                ->   waits; batch
 *     glance              ->   epoll_wait(2) without a timeout; batch, perhaps of nothing
 *     end                 ->   ends
 *
 * Both know a clock: a batch says what it was when the thread began to take it, so that who advances it after a change knows which batches are older.
 */
import { ABIS, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, EPOLLEXCLUSIVE } from './abi.js';
import type { Epoll } from './epoll.js';
import type { Ffi } from './ffi.js';
import { LastExit, type Ending, type ExitText } from './last-exit.js';
import { awaitStart, opening, word } from './started.js';
import { createWakefds } from './wakefd.js';

/** The most that a batch holds. */
const BATCH = 1024;

/** What a thread says. */
type Said = { ready: Uint32Array; at: number; isGlance: boolean } | { id: number; errno: number };

/** Called from the event loop. */
export interface AsideListener {
  /** Pairs of an id and its events, taken when the clock was `at` or later. */
  onBatch(ready: Uint32Array, at: number, isGlance: boolean): void;
  /** A registration that the kernel refused (errno); the set is as it was. */
  onRefused(id: number, errno: number): void;
  /** No more can be told. */
  onFailure(error: Error): void;
}

/** See the top of the file. Descriptors that were added are closed by it. */
export interface Aside {
  add(fd: number, events: number, id: number): void;
  modify(fd: number, events: number, id: number): void;
  /** Takes it out and closes it. */
  remove(fd: number): void;
  look(): void;
  glance(): void;
  /** Advances the clock: what it is from now on, a number of 32 bits that wraps. */
  tick(): number;
  /** Ends it, and closes what is in it. `done` is called when all is gone. Doesn't keep the process alive. */
  close(done: () => void): void;
}

/** A new one, or -errno. Throws where the runtime starts no thread. */
export type AsideFactory = (listener: AsideListener) => Aside | number;

/** What this file uses of a Worker of node:worker_threads. */
interface Thread {
  on(event: 'message', listener: (said: Said) => void): void;
  on(event: 'exit', listener: () => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  unref(): void;
}

interface Port {
  postMessage(message: object): void;
  close(): void;
}

/** A thread that runs `program`, and the port by which it hears commands. */
export type StartAside = (program: string, data: object) => { thread: Thread; port: Port };

/** How a runtime's threads call libc, and how it ends. */
export interface AsideText extends ExitText {
  /** An expression, since a thread's program is text: stands for `(workerData) => ({ ctl, wait, close, poll, read, errno })`. */
  readonly calls: string;
  /** How long it may be in one call of poll(2); -1: for good. */
  readonly sliceMs: number;
  /** How many descriptors such a thread takes to start, one that it opens and closes included. With less, Bun and Deno end the process. */
  readonly threadFds: number;
}

/** It must not be in an epoll set of a runtime's: poll(2) of it leaves no trace. */
function program({ calls, sliceMs }: AsideText): string {
  return `
const { parentPort, receiveMessageOnPort, workerData } = require('node:worker_threads');
const { epfd, wakefd, port, started, ended, clock, size, eventsAt, dataAt } = workerData;
const { ctl, wait, close, poll, read, errno } = ${opening(`(${calls})(workerData)`)};
const POLLIN = 1;
const event = new DataView(new ArrayBuffer(size));
const room = new DataView(new ArrayBuffer(size * ${BATCH}));
const fds = new Int32Array([wakefd, POLLIN, epfd, POLLIN]);
const count = new BigUint64Array(1);
let isLooking = false;
let isOver = false;

function tell(isGlance) {
  const at = Atomics.load(clock, 0);
  const count = wait(epfd, room, ${BATCH});
  if (count < 0) return parentPort.postMessage({ id: 0, errno: errno() });
  if (count === 0 && !isGlance) return;
  if (!isGlance) isLooking = false;
  const ready = new Uint32Array(count * 2);
  for (let i = 0; i < count; i++) {
    ready[2 * i] = room.getUint32(i * size + dataAt, true);
    ready[2 * i + 1] = room.getUint32(i * size + eventsAt, true);
  }
  parentPort.postMessage({ ready, at, isGlance });
}

function control({ op, fd, events, id }) {
  event.setUint32(eventsAt, events, true);
  event.setUint32(dataAt, id, true);
  // One with EPOLLEXCLUSIVE can't be modified (epoll_ctl(2)): it goes and comes again.
  const isExclusive = op === ${EPOLL_CTL_MOD} && events & ${EPOLLEXCLUSIVE};
  if (isExclusive) ctl(epfd, ${EPOLL_CTL_DEL}, fd, event);
  const status = ctl(epfd, isExclusive ? ${EPOLL_CTL_ADD} : op, fd, event);
  if (op === ${EPOLL_CTL_DEL}) close(fd);
  else if (status < 0) parentPort.postMessage({ id, errno: errno() });
}

function obey(command) {
  if (command.op === 'end') isOver = true;
  else if (command.op === 'look') isLooking = true;
  else if (command.op === 'glance') tell(true);
  else control(command);
}

for (;;) {
  for (let one; (one = receiveMessageOnPort(port)); ) obey(one.message);
  if (isOver) break;
  fds[1] = fds[3] = POLLIN;
  if (poll(fds, isLooking ? 2 : 1, ${sliceMs}) <= 0) continue;
  if (fds[1] !== POLLIN) read(wakefd, count);
  if (isLooking && fds[3] !== POLLIN) tell(false);
}
port.close();
Atomics.store(ended, 0, 1);
Atomics.notify(ended, 0);
`;
}

/** What both sides see. */
interface Shared extends Pick<Ending, 'ended'> {
  clock: Int32Array;
}

class AsideThread implements Aside, Ending {
  readonly ended: Int32Array;
  readonly #clock: Int32Array;
  readonly #port: Port;
  readonly #wake: () => void;
  readonly #held = new Set<number>();
  #done: (() => void) | undefined;
  #isOver = false;

  constructor(
    { thread, port, ended, clock }: ReturnType<StartAside> & Shared,
    wake: () => void,
    listener: AsideListener,
    closeAll: (fds: Iterable<number>) => void,
    lastExit: LastExit,
  ) {
    this.ended = ended;
    this.#clock = clock;
    this.#port = port;
    this.#wake = wake;
    let failure = new Error('the thread has ended');
    thread.on('message', (said) => {
      if (this.#done) return;
      if ('ready' in said) listener.onBatch(said.ready, said.at, said.isGlance);
      else listener.onRefused(said.id, said.errno);
    });
    thread.on('error', (error) => (failure = error));
    thread.on('exit', () => {
      this.#isOver = true;
      lastExit.delete(this);
      port.close();
      // Those that it was told to close last may be closed already: they are not held any more.
      closeAll(this.#held);
      this.#held.clear();
      if (this.#done) this.#done();
      else listener.onFailure(failure);
    });
    thread.unref();
    lastExit.add(this);
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

  #tell(command: object): void {
    if (this.#isOver) return;
    this.#port.postMessage(command);
    this.#wake();
  }
}

/** Asides of a runtime. `data`: what its text wants to know beside the numbers. */
export function createAsides(
  ffi: Ffi,
  arch: string,
  epoll: Epoll,
  start: StartAside,
  text: AsideText,
  data: object,
): AsideFactory {
  const { size, events, data: dataAt } = ABIS[arch]!.epollEvent;
  const wakefds = createWakefds(ffi);
  const lastExit = new LastExit(ffi, text);
  return (listener) => {
    const epfd = epoll.create();
    if (epfd < 0) return epfd;
    const wakefd = wakefds.create(text.threadFds);
    const status = Math.min(wakefd, 0);
    const closeAll = (fds: Iterable<number>): void => {
      for (const fd of [...fds, epfd, wakefd]) if (fd >= 0) epoll.close(fd);
    };
    try {
      if (status === 0) {
        const shared: Shared = { ended: word(), clock: word() };
        const started = word();
        const numbers = { epfd, wakefd, size, eventsAt: events, dataAt };
        const thread = start(program(text), { ...data, ...shared, ...numbers, started });
        awaitStart(started);
        const wake = (): void => {
          wakefds.wake(wakefd);
        };
        return new AsideThread({ ...thread, ...shared }, wake, listener, closeAll, lastExit);
      }
    } catch (error) {
      closeAll([]);
      throw error;
    }
    closeAll([]);
    return status;
  };
}
