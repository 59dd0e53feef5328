// SPDX-License-Identifier: LGPL-2.1-or-later

// A Poller of any kernel: what the one of this kernel (poller.ts) and a simulated one (sim/poller-ground.ts) have in common.

import { calledFrom, VPollError } from '../errors.js';
import type { Events } from '../events.js';
import { Batches } from './batches.js';
import { controlFailure } from './explain.js';
import type { PollerGround } from './ground.js';
import { toChanged, toInterest, toWait, toWanted, toWatch } from './options.js';
import { toWatchedJson, type Registration } from './registration.js';
import type { PollSet } from './set.js';
import { Sets } from './sets.js';
import { checkTarget, toFd } from './target.js';
import type {
  AddArguments,
  PollChanges,
  PollEvent,
  PollListener,
  PollOptions,
  PollerJson,
  PollTarget,
  WaitOptions,
  WatchOptions,
} from './types.js';
import { Waits } from './waits.js';
import { Watch } from './watch.js';

/** Says that its create() is what makes one. */
export const MAKING = Symbol('Poller');

/** What every Poller can do, whatever kernel it is of. `Data` is what its targets are added with, and its events hand back. */
export class PollerBase<Data = unknown> {
  readonly #ground: PollerGround;
  readonly #sets: Sets;
  readonly #waits: Waits;
  readonly #watches = new Set<Watch>();
  #pendingSteps = 0;
  #keepsAlive: 'waits' | 'always' | 'never' = 'waits';
  #isClosed = false;
  /** When the descriptors are gone, once it is closed. */
  #gone: Promise<unknown> = Promise.resolve();

  /** @internal */
  constructor(key: symbol, openGround: () => PollerGround) {
    if (key !== MAKING) throw new VPollError('EINVAL', 'poller_create', 'make one by Poller.create()');
    const ground = openGround();
    this.#ground = ground;
    // Refers to what it needs and not to this object, which could never be collected otherwise.
    this.#sets = new Sets(ground, (error) => {
      waits.onReady(error);
    });
    const waits = new Waits(this.#sets.waited, ground);
    this.#waits = waits;
    ground.opened(this, this.#sets);
  }

  /**
   * Watches a target from now on. It is reported at once if it is ready already.
   *
   * @param target - a descriptor of this process or a VPoll. The Poller never reads, writes or closes it
   * @param events - names, as `'IN|PRI'`, or bits of {@link VPOLL_EVENTS}; ERR and HUP are always reported
   * @param options - how, and the `data` of its events; must be given where the `Data` of this Poller can't be undefined
   * @throws {@link VPollError} EBADF for what isn't open; EEXIST for what is watched by this Poller; EPERM for what can't be polled (a regular file);
   * ENOSPC, ENOMEM, ELOOP, EINVAL; EMFILE or ENFILE for a listener or a FUSE file where what it takes to wait needs more descriptors than are left
   */
  add<Own extends Data = Data>(target: PollTarget, events: Events, ...options: AddArguments<Data, Own>): void;
  add(target: PollTarget, events: Events, ...[options]: [options?: PollOptions]): void {
    try {
      this.#open('poller_add');
      const fd = toFd(target, this.#ground, 'poller_add');
      const wanted = toWanted(options);
      this.#sets.add(target, fd, toInterest(events, 'poller_add'), wanted, 'poller_add');
      this.#settle();
    } catch (error) {
      throw calledFrom(error, PollerBase.prototype, 'add');
    }
  }

  /**
   * Changes what a target is watched for, and arms it again if it was `oneshot`: it is reported if it is ready.
   *
   * @param events - names, or bits of {@link VPOLL_EVENTS}
   * @param options - what isn't given stays as it is
   * @throws {@link VPollError} ENOENT for what isn't watched, or whose number stands for another file now; EBADF where it was closed; EINVAL
   */
  modify<Own extends Data = Data>(target: PollTarget, events: Events, options?: PollChanges<Own>): void {
    try {
      const [set, registration] = this.#find(target, 'poller_modify');
      const wanted = toChanged(options as PollChanges | undefined, registration);
      const mask = toInterest(events, 'poller_modify');
      const status = set.modify(registration, mask, wanted);
      this.#settle();
      if (status < 0) throw controlFailure(status, registration.fd, mask, wanted.bits, false);
    } catch (error) {
      throw calledFrom(error, PollerBase.prototype, 'modify');
    }
  }

  /**
   * Watches a target no more. Nothing of it is reported afterwards.
   *
   * @throws {@link VPollError} ENOENT for what isn't watched, or whose number stands for another file now; EBADF where it was closed
   */
  delete(target: PollTarget): void {
    try {
      const [set, registration] = this.#find(target, 'poller_delete');
      const status = set.delete(registration);
      this.#settle();
      if (status < 0) throw controlFailure(status, registration.fd, registration.events, registration.bits, false);
    } catch (error) {
      throw calledFrom(error, PollerBase.prototype, 'delete');
    }
  }

  /**
   * Waits until something is ready that has no listener: a batch of at most `max` events, or an empty one at the timeout. The event loop goes on
   * meanwhile, and has a turn between any two batches.
   *
   * @throws (by rejection) `signal.reason`; {@link VPollError} EBUSY while another wait is pending; ECANCELED by {@link Poller.close}; EBADF; EINVAL;
   * EMFILE or ENFILE where what it takes to wait needs more descriptors than are left
   */
  wait(options?: WaitOptions): Promise<PollEvent<Data>[]> {
    // Not async: each promise in between would come after the wake.
    try {
      this.#open('poller_wait');
      const wanted = toWait(options);
      if (this.#waits.isPending) throw new VPollError('EBUSY', 'poller_wait', 'another wait is pending');
      wanted.signal?.throwIfAborted();
      if (wanted.timeoutMs !== 0) this.#sets.start(this.#sets.waited, 'poller_wait');
      return this.#waits.start(wanted, this) as Promise<PollEvent<Data>[]>;
    } catch (error) {
      // What a signal was aborted with may be anything.
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      return Promise.reject(calledFrom(error, PollerBase.prototype, 'wait'));
    }
  }

  /** Batch after batch, as {@link Poller.wait} returns them, until {@link Poller.close}. Leaving the loop leaves what is ready to the next. */
  [Symbol.asyncIterator](): AsyncIterator<PollEvent<Data>[], undefined> & AsyncIterable<PollEvent<Data>[]> {
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
  watch(target: PollTarget, events: Events, options?: WatchOptions): AsyncIterator<number, undefined> & AsyncIterable<number> {
    const [{ bits, isEdge, signal }, mask] = this.#toWatch(target, events, options);
    let watched: [PollSet, Registration] | undefined;
    const begin = (listener: PollListener): void => {
      this.#open('poller_watch');
      const fd = toFd(target, this.#ground, 'poller_watch');
      watched = this.#sets.watch(target, fd, mask, { bits, data: undefined, listener }, () => watch.isPending);
      this.#watches.add(watch);
      this.#settle();
    };
    const again = (): void => {
      const [set, registration] = watched!;
      const status = set.modify(registration, mask, registration);
      if (status < 0) throw controlFailure(status, registration.fd, mask, bits, false);
    };
    const end = (): void => {
      this.#watches.delete(watch);
      this.#sets.unwatch(...watched!);
      this.#settle();
    };
    const pend = (on: boolean): void => {
      this.#pendingSteps += on ? 1 : -1;
      this.#sets.step(watched![0], on);
      this.#settle();
    };
    const goOn = (run: () => void): void => {
      this.#ground.goOn(watched![0], run);
    };
    const watch = new Watch({ begin, again, end, pend, goOn }, signal, isEdge);
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
    this.#ground.closed(this);
    this.#isClosed = true;
    for (const watch of [...this.#watches]) watch.stop();
    this.#waits.cancel(new VPollError('ECANCELED', 'poller_wait', 'the Poller was closed'));
    this.#ground.hold(this, false);
    this.#gone = this.#sets.close();
  }

  /** {@link Poller.close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** {@link Poller.close}, for `await using`: resolves when its descriptors are gone, for which Bun and Deno need a moment. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#ground.outlive(this.#gone);
  }

  /** What JSON.stringify writes: what is watched, without its data. Never throws, and asks no kernel. */
  toJSON(): PollerJson {
    return { isClosed: this.#isClosed, watched: this.#isClosed ? [] : this.#sets.list().map(toWatchedJson) };
  }

  /** What console.log shows. Never throws. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const { isClosed, watched } = this.toJSON();
    const each = watched.map(({ fd, events, ...options }) => [`fd ${fd}: ${events}`, ...Object.keys(options)].join(' '));
    return isClosed ? 'Poller { closed }' : `Poller { ${each.join(', ') || 'nothing watched'} }`;
  }

  /** What watch() was given, checked. */
  #toWatch(target: PollTarget, events: Events, options?: WatchOptions): [ReturnType<typeof toWatch>, number] {
    try {
      this.#open('poller_watch');
      const wanted = toWatch(options);
      const mask = toInterest(events, 'poller_watch');
      checkTarget(target, this.#ground, 'poller_watch');
      return [wanted, mask];
    } catch (error) {
      throw calledFrom(error, PollerBase.prototype, 'watch');
    }
  }

  #open(syscall: string): void {
    if (this.#isClosed) throw new VPollError('EBADF', syscall, 'this Poller is closed');
  }

  #find(target: PollTarget, syscall: string): [PollSet, Registration] {
    this.#open(syscall);
    checkTarget(target, this.#ground, syscall);
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
    this.#ground.hold(this, hasListeners);
  }
}
