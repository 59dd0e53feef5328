// SPDX-License-Identifier: LGPL-2.1-or-later
import { VPollError } from '../errors.js';
import { Batches } from './batches.js';
import { controlFailure } from './explain.js';
import { getWaitHost } from './host.js';
import { toChanged, toInterest, toWait, toWanted, toWatch } from './options.js';
import type { Registration } from './registration.js';
import type { PollSet } from './set.js';
import { Sets } from './sets.js';
import { checkTarget, toFd } from './target.js';
import type { PollChanges, PollEvent, PollListener, PollOptions, PollTarget, WaitOptions, WatchOptions } from './types.js';
import { Waits } from './waits.js';
import { Watch } from './watch.js';

const PRIVATE = Symbol('Poller');

/** Pollers that have listeners: the garbage collector must not think them forgotten. A pending wait holds its Poller itself. */
const awake = new Set<Poller>();

/** A Poller that was forgotten: nobody else knows its descriptors, so they can be closed. */
const forgotten = new FinalizationRegistry((sets: Sets) => void sets.close());

/**
 * Waits for any number of descriptors without blocking the event loop: epoll(7) with exact masks, for what Node, Bun or Deno opened, for what others did
 * (sockets, pipes, terminals, timers, inotify, ...), and for {@link VPoll}s.
 *
 * ```ts
 * const poller = Poller.create();
 * poller.add(fd, EPOLLIN | EPOLLPRI);
 * for (const { fd, events } of await poller.wait({ timeoutMs: 1000 })) console.log(fd, formatEvents(events));
 * poller.close();
 * ```
 *
 * By default a target is reported as long as it is ready (level-triggered), and those that were reported come last next time, so that one that is
 * always ready keeps none from being served. Only a pending wait (or step of an iteration) keeps the process alive.
 *
 * Every method throws {@link VPollError}, those that return a promise by its rejection: EBADF after {@link Poller.close} and for a descriptor that isn't
 * open, EINVAL for a wrong argument, and what epoll_ctl(2) gives. After an error nothing has changed, except that what the kernel has
 * ceased to watch (EBADF and ENOENT of {@link Poller.modify} and {@link Poller.delete}) is forgotten.
 */
export class Poller {
  readonly #sets: Sets;
  readonly #waits: Waits;
  readonly #watches = new Set<Watch>();
  #pendingSteps = 0;
  #keepsAlive: 'waits' | 'always' | 'never' = 'waits';
  #isClosed = false;
  /** When the descriptors are gone, once it is closed. */
  #gone: Promise<unknown> = Promise.resolve();

  private constructor(key: symbol) {
    if (key !== PRIVATE) throw new VPollError('EINVAL', 'poller_create', 'make one by Poller.create()');
    // Refers to what it needs and not to this object, which could never be collected otherwise.
    this.#sets = new Sets(getWaitHost(), (error) => {
      waits.onReady(error);
    });
    const waits = new Waits(this.#sets.waited);
    this.#waits = waits;
    forgotten.register(this, this.#sets, this);
  }

  /**
   * A new Poller, with nothing in it.
   *
   * @throws {@link VPollError} EMFILE or ENFILE (no descriptors left), ENOMEM, ENOSYS where this isn't Linux
   */
  static create(): Poller {
    return new Poller(PRIVATE);
  }

  /**
   * Watches a target from now on. It is reported at once if it is ready already.
   *
   * @param target - a descriptor of this process or a VPoll. The Poller never reads, writes or closes it
   * @param events - bits of {@link VPOLL_EVENTS}; ERR and HUP are always reported
   * @throws {@link VPollError} EBADF for what isn't open, EEXIST for what is watched by this Poller, EPERM for what can't be polled (a regular file),
   * ENOSPC, ENOMEM, ELOOP, EINVAL; EMFILE or ENFILE for a listener or a FUSE file where what it takes to wait needs more descriptors than are left
   */
  add<Data>(target: PollTarget, events: number, options?: PollOptions<Data>): void {
    this.#open('poller_add');
    const fd = toFd(target, 'poller_add');
    const wanted = toWanted(options as PollOptions | undefined);
    this.#sets.add(target, fd, toInterest(events, 'poller_add'), wanted, 'poller_add');
    this.#settle();
  }

  /**
   * Changes what a target is watched for, and arms it again if it was `oneshot`: it is reported if it is ready.
   *
   * @param events - bits of {@link VPOLL_EVENTS}
   * @param options - what isn't given stays as it is
   * @throws {@link VPollError} ENOENT for what isn't watched, or whose number stands for another file now; EBADF where it was closed; EINVAL
   */
  modify<Data>(target: PollTarget, events: number, options?: PollChanges<Data>): void {
    const [set, registration] = this.#find(target, 'poller_modify');
    const wanted = toChanged(options as PollChanges | undefined, registration);
    const mask = toInterest(events, 'poller_modify');
    const status = set.modify(registration, mask, wanted);
    this.#settle();
    if (status < 0) throw controlFailure(status, registration.fd, mask, wanted.bits, false);
  }

  /**
   * Watches a target no more. Nothing of it is reported afterwards.
   *
   * @throws {@link VPollError} ENOENT for what isn't watched, or whose number stands for another file now; EBADF where it was closed
   */
  delete(target: PollTarget): void {
    const [set, registration] = this.#find(target, 'poller_delete');
    const status = set.delete(registration);
    this.#settle();
    if (status < 0) throw controlFailure(status, registration.fd, registration.events, registration.bits, false);
  }

  /**
   * Waits until something is ready that has no listener: a batch of at most `max` events, or an empty one at the timeout. The event loop goes on
   * meanwhile, and has a turn between any two batches.
   *
   * @throws (by rejection) `signal.reason`; {@link VPollError} EBUSY while another wait is pending, ECANCELED by {@link Poller.close}, EBADF, EINVAL,
   * EMFILE or ENFILE where what it takes to wait needs more descriptors than are left
   */
  wait(options?: WaitOptions): Promise<PollEvent[]> {
    // Not async: each promise in between would come after the wake.
    try {
      this.#open('poller_wait');
      const wanted = toWait(options);
      if (this.#waits.isPending) throw new VPollError('EBUSY', 'poller_wait', 'another wait is pending');
      wanted.signal?.throwIfAborted();
      if (wanted.timeoutMs !== 0) this.#sets.start(this.#sets.waited, 'poller_wait');
      return this.#waits.start(wanted, this);
    } catch (error) {
      // What a signal was aborted with may be anything.
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      return Promise.reject(error);
    }
  }

  /** Batch after batch, as {@link Poller.wait} returns them, until {@link Poller.close}. Leaving the loop leaves what is ready to the next. */
  [Symbol.asyncIterator](): AsyncIterator<PollEvent[], undefined> & AsyncIterable<PollEvent[]> {
    return new Batches(
      () => this.wait(),
      (error, batch) => {
        this.#waits.cancel(error, batch);
      },
      () => this.#isClosed,
    );
  }

  /**
   * The events of one target, mask after mask, beside {@link Poller.wait}. It is watched from the first step on, and no more when the loop is left.
   * A level is asked for anew at each step, so what is still ready is reported again, and nothing is reported that nobody asks for.
   *
   * @throws (by rejection of a step) `signal.reason`, and what {@link Poller.add} and {@link Poller.modify} throw
   */
  watch(target: PollTarget, events: number, options?: WatchOptions): AsyncIterator<number, undefined> & AsyncIterable<number> {
    this.#open('poller_watch');
    const { bits, isEdge, signal } = toWatch(options);
    const mask = toInterest(events, 'poller_watch');
    checkTarget(target, 'poller_watch');
    let registration: Registration | undefined;
    const begin = (listener: PollListener): void => {
      this.#open('poller_watch');
      const fd = toFd(target, 'poller_watch');
      registration = this.#sets.add(target, fd, mask, { bits, data: undefined, listener }, 'poller_watch');
      this.#watches.add(watch);
      this.#settle();
    };
    const again = (): void => {
      const status = this.#sets.listened!.modify(registration!, mask, registration!);
      if (status < 0) throw controlFailure(status, registration!.fd, mask, bits, false);
    };
    const end = (): void => {
      this.#watches.delete(watch);
      const { listened } = this.#sets;
      if (listened?.holds(registration!)) listened.delete(registration!);
      this.#settle();
    };
    const pend = (on: boolean): void => {
      this.#pendingSteps += on ? 1 : -1;
      this.#settle();
    };
    const watch = new Watch({ begin, again, end, pend }, signal, isEdge);
    return watch;
  }

  /** Keeps the process alive as long as there is a pending wait (which does anyway) or a listener. */
  ref(): this {
    this.#keepsAlive = 'always';
    this.#settle();
    return this;
  }

  /** Lets the process end even while a wait is pending. */
  unref(): this {
    this.#keepsAlive = 'never';
    this.#settle();
    return this;
  }

  /** Closes the Poller: a pending wait rejects with ECANCELED, iterations end. What was watched stays open. A second call does nothing. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    forgotten.unregister(this);
    for (const watch of [...this.#watches]) watch.stop();
    this.#waits.cancel(new VPollError('ECANCELED', 'poller_wait', 'the Poller was closed'));
    awake.delete(this);
    this.#gone = this.#sets.close();
  }

  /** {@link Poller.close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** {@link Poller.close}, for `await using`: resolves when its descriptors are gone, for which Bun and Deno need a moment. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    const { clearInterval, setInterval } = process.getBuiltinModule('node:timers');
    // What goes at last keeps no process alive by itself.
    const alive = setInterval(() => undefined, 0x7fffffff);
    await this.#gone;
    clearInterval(alive);
  }

  #open(syscall: string): void {
    if (this.#isClosed) throw new VPollError('EBADF', syscall, 'this Poller is closed');
  }

  #find(target: PollTarget, syscall: string): [PollSet, Registration] {
    this.#open(syscall);
    checkTarget(target, syscall);
    const found = this.#sets.find(target);
    if (found) return found;
    const what = typeof target === 'number' ? `fd ${target}` : 'this VPoll';
    throw new VPollError('ENOENT', syscall, `${what} is not watched by this Poller`);
  }

  /** Puts in order what follows from what is watched and waited for: who is armed, and who keeps the process or this object alive. */
  #settle(): void {
    if (this.#isClosed) return;
    const { waited, listened } = this.#sets;
    const hasListeners = listened !== undefined && listened.size > 0;
    waited.ref(this.#keepsAlive !== 'never');
    if (listened) {
      const always = this.#keepsAlive === 'always';
      listened.ref(always || (this.#pendingSteps > 0 && this.#keepsAlive !== 'never'));
      if (hasListeners) listened.arm();
      else listened.disarm();
    }
    if (hasListeners) awake.add(this);
    else awake.delete(this);
  }
}
