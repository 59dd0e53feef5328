// SPDX-License-Identifier: LGPL-2.1-or-later

// The registrations of a set whose files may keep their poller waiting (a FUSE file whose server is stopped). A thread watches them, by
// descriptors of its own. So a close here never is the last one, which would wait as well (eventpoll_release_file() in fs/eventpoll.c).
//
// A level is true only at the moment at which it was told. So it is handed on in that turn of the event loop or not at all; an edge and a oneshot
// are kept until somebody takes them. What this thread takes away from a vpoll meanwhile is taken from all three.

import type { WatchThread, WatchListener } from '../../host/watch-thread.js';
import { EINVAL } from '../../host/errno.js';
import type { WaitHost } from '../../host/waiter.js';
import { EPOLLERR, EPOLLET, EPOLLEXCLUSIVE, EPOLLHUP, EPOLLIN, EPOLLONESHOT, EPOLLOUT } from '../constants.js';
import { errnoName, VPollError } from '../errors.js';
import { followChanges, type Change } from '../followers.js';
import type { Wanted } from './options.js';
import type { Ready, Registration } from './registration.js';

/** What goes with EPOLLEXCLUSIVE (epoll_ctl(2)). */
const EXCLUSIVE_OK = EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP;
const KEPT = EPOLLET | EPOLLONESHOT;
/** How long the end of a wait may be put off by a thread that does not answer. */
const GLANCE_MS = 1000;

/** Statuses are >= 0 or -errno. */
export class ThreadedSet {
  readonly #host: WaitHost;
  readonly #onReady: (error?: Error) => boolean;
  readonly #thread: WatchThread;
  readonly #unfollow: () => void;
  readonly #byId = new Map<number, Registration>();
  readonly #byFd = new Map<number, Registration>();
  /** Bits that were taken away, and the time since when: what the thread saw before then may still have them. */
  readonly #gone = new Map<Registration, { bits: number; since: number }>();
  readonly #ready = new Map<Registration, number>();
  /** When each was reported last, as a count: a target that was served comes last. */
  readonly #served = new WeakMap<Registration, number>();
  #reports = 0;
  #isLooking = false;
  /** Nobody was told of it yet. */
  #failure: Error | undefined;
  /** The thread is gone: each wait is told so. */
  #hasEnded = false;
  #glances: (() => void)[] = [];

  private constructor(host: WaitHost, thread: WatchThread, onReady: (error?: Error) => boolean) {
    this.#host = host;
    this.#thread = thread;
    this.#onReady = onReady;
    this.#unfollow = followChanges((change) => {
      this.#change(change);
    });
  }

  /** A new one, or -errno. Throws where there can be no thread. `onReady` says whether anybody waits. */
  static create(host: WaitHost, onReady: (error?: Error) => boolean): ThreadedSet | number {
    const thread = ThreadedSet.#start(host, {
      onBatch: (ready, at, isGlance) => {
        set.#take(ready, at, isGlance);
      },
      onRefused: (id, errno) => {
        set.#refuse(id, errno);
      },
      onFailure: (error) => {
        set.#hasEnded = true;
        set.#fail(error);
      },
    });
    if (typeof thread === 'number') return thread;
    const set = new ThreadedSet(host, thread, onReady);
    return set;
  }

  /** Adds to a set, or to a new one: that set, or -errno. Throws as {@link ThreadedSet.create} does. */
  static addTo(
    before: ThreadedSet | undefined,
    registration: Registration,
    host: WaitHost,
    onReady: (error?: Error) => boolean,
  ): ThreadedSet | number {
    const { events, bits, fd } = registration;
    if (bits & EPOLLEXCLUSIVE && (events & ~EXCLUSIVE_OK || bits & EPOLLONESHOT)) return -EINVAL;
    // Before the thread is started: one that can be given nothing is of no use.
    const copy = host.files.copy(fd);
    if (copy < 0) return copy;
    let set: ThreadedSet | number = -EINVAL;
    try {
      set = before ?? ThreadedSet.create(host, onReady);
    } finally {
      if (typeof set === 'number') host.files.close(copy);
    }
    if (typeof set !== 'number') set.add(registration, copy);
    return set;
  }

  static #start(host: WaitHost, listener: WatchListener): WatchThread | number {
    try {
      return host.createWatchThread(listener);
    } catch (error) {
      const failure = new VPollError(
        'EIO',
        'poller_add',
        `a FUSE file takes a thread, and none starts: ${(error as Error).message}`,
      );
      failure.cause = error;
      throw failure;
    }
  }

  /** Whether a registration has this generation. */
  has(generation: number): boolean {
    return this.#byId.has(generation);
  }

  get isEmpty(): boolean {
    return this.#byId.size === 0;
  }

  /** Whether the number still stands for the file that was registered. */
  isCurrent({ fd, copy }: Registration): boolean {
    return copy !== undefined && copy >= 0 && this.#host.files.isSame(fd, copy);
  }

  /** `copy`: another descriptor of its file, which is this set's from now on. */
  add(registration: Registration, copy: number): void {
    registration.copy = copy;
    this.#byId.set(registration.generation, registration);
    this.#byFd.set(registration.fd, registration);
    this.#thread.add(copy, registration.events | registration.bits, registration.generation);
  }

  /** Changes it and arms it again. Its new generation keeps what the thread tells of it as it was from being taken for what it is. */
  modify(registration: Registration, events: number, wanted: Wanted, generation: number): void {
    this.#ready.delete(registration);
    this.#byId.delete(registration.generation);
    registration.change(events, wanted);
    registration.generation = generation;
    this.#byId.set(generation, registration);
    this.#arm(registration);
  }

  #arm({ copy, events, bits, generation }: Registration): void {
    this.#thread.modify(copy!, events | bits, generation);
  }

  remove(registration: Registration): void {
    this.#ready.delete(registration);
    this.#gone.delete(registration);
    if (!this.#byId.delete(registration.generation)) return;
    if (this.#byFd.get(registration.fd) === registration) this.#byFd.delete(registration.fd);
    this.#thread.remove(registration.copy!);
    registration.copy = -1;
  }

  /** Has the thread look until it has told once. */
  look(): void {
    if (this.#ready.size > 0 || this.#failure) this.#host.soon(this.#again);
    if (this.#isLooking || this.isEmpty) return;
    this.#isLooking = true;
    this.#thread.look();
  }

  /** Calls `done` when what is ready now can be taken, in that turn of the event loop, or the thread is stuck. */
  glance(done: () => void): void {
    const { clearTimeout, setTimeout } = process.getBuiltinModule('node:timers');
    const end = (): void => {
      clearTimeout(timer);
      this.#glances = this.#glances.filter((each) => each !== end);
      done();
    };
    const timer = setTimeout(end, GLANCE_MS);
    this.#glances.push(end);
    this.#thread.glance();
  }

  /** Takes what was told, at most `max`; those that were reported longest ago first. */
  take(max: number): Ready[] {
    const when = (one: Registration): number => this.#served.get(one) ?? 0;
    const all: Ready[] = [];
    for (const registration of [...this.#ready.keys()].sort((a, b) => when(a) - when(b))) {
      if (all.length === max) break;
      const events = this.#ready.get(registration)!;
      this.#ready.delete(registration);
      if (registration.isArmed) {
        if (registration.bits & EPOLLONESHOT) registration.isArmed = false;
        this.#served.set(registration, ++this.#reports);
        all.push({ registration, events });
      }
    }
    return all;
  }

  /** The promise is for when all is gone. */
  close(): Promise<void> {
    this.#unfollow();
    for (const all of [this.#byId, this.#byFd, this.#gone, this.#ready]) all.clear();
    this.#glances = [];
    return new Promise((resolve) => {
      this.#thread.close(resolve);
    });
  }

  #change({ fd, taken, given }: Change): void {
    const registration = this.#byFd.get(fd);
    if (!registration) return;
    const before = this.#gone.get(registration);
    const bits = ((before?.bits ?? 0) | taken) & ~given;
    if (bits === 0) this.#gone.delete(registration);
    else this.#gone.set(registration, { bits, since: taken === 0 ? before!.since : this.#thread.tick() });
    const events = this.#ready.get(registration) ?? 0;
    if ((events & taken) !== 0) this.#keep(registration, events, events & ~taken);
  }

  /** What is left of events that the thread saw when its clock was `at`, without those that were taken away since. */
  #leave(registration: Registration, events: number, at: number): number {
    const gone = this.#gone.get(registration);
    if (gone && ((at - gone.since) | 0) < 0) return events & ~gone.bits;
    this.#gone.delete(registration);
    return events;
  }

  /** Of `events` those that are `left` are to be reported. */
  #keep(registration: Registration, events: number, left: number): void {
    if (left === 0) this.#ready.delete(registration);
    else this.#ready.set(registration, left >>> 0);
    // Somebody else may have asserted again what was taken away, and the kernel has told of that by now: it is to look once more.
    const { bits } = registration;
    if (left !== events && (bits & EPOLLET || (bits & EPOLLONESHOT && left === 0))) this.#arm(registration);
  }

  #take(ready: Uint32Array, at: number, isGlance: boolean): void {
    if (!isGlance) this.#isLooking = false;
    for (let i = 0; i < ready.length; i += 2) {
      const registration = this.#byId.get(ready[i]!);
      if (!registration) continue;
      const before = registration.bits & KEPT ? (this.#ready.get(registration) ?? 0) : 0;
      const left = this.#leave(registration, ready[i + 1]!, at);
      this.#keep(registration, before | ready[i + 1]!, before | left);
    }
    if (isGlance) this.#glances[0]?.();
    else this.#onReady();
    for (const each of this.#ready.keys()) if (!(each.bits & KEPT)) this.#ready.delete(each);
  }

  #refuse(id: number, errno: number): void {
    const registration = this.#byId.get(id);
    if (registration) this.remove(registration);
    const what = registration ? `fd ${registration.fd} can't be watched` : "the Poller's own descriptor was closed by others";
    this.#fail(new Error(`${errnoName(errno)}, ${what}`));
  }

  /** Says it to the one who waits, or to the next. */
  #fail(error: Error): void {
    const isTold = this.#onReady(error);
    this.#failure = isTold && !this.#hasEnded ? undefined : error;
  }

  readonly #again = (): void => {
    if (this.#failure) this.#fail(this.#failure);
    else if (this.#ready.size > 0) this.#onReady();
  };
}
