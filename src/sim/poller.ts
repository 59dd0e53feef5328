// SPDX-License-Identifier: LGPL-2.1-or-later

import { VPollError } from '../errors.js';
import { describe, invalid } from '../events.js';
import { Batches } from '../poller/batches.js';
import { controlFailure, createFailure } from '../poller/explain.js';
import { toChanged, toInterest, toWait, toWanted, toWatch, type Wanted } from '../poller/options.js';
import type { Ready, Registration } from '../poller/registration.js';
import { PollSet } from '../poller/set.js';
import type { PollChanges, PollOptions, PollTarget, WaitOptions, WatchOptions } from '../poller/types.js';
import { SimEpoll } from './epoll.js';
import type { Simulation } from './simulation.js';
import type { KernelEvent, KernelPoller, KernelVPoll } from './types.js';
import { SimVPoll } from './vpoll.js';
import { SetWait } from './waits.js';
import { SimWatch } from './watch.js';

type Target = number | KernelVPoll;

/** The most events that listeners are called for before others go on. */
const LISTENED_MAX = 1024;

function toEvent({ registration, events }: Ready): KernelEvent {
  return { target: registration.target, fd: registration.fd, events, data: registration.data };
}

/** The descriptor of a target, and the target as a set keeps it. */
function checkTarget(target: unknown, syscall: string): PollTarget {
  // A set only compares its targets, and asks them for their number.
  if (target instanceof SimVPoll) return target as unknown as PollTarget;
  if (typeof target === 'number' && Number.isInteger(target) && target >= -0x80000000 && target <= 0x7fffffff) return target;
  throw invalid(syscall, `what to watch must be a descriptor number or a VPoll of this simulation, not ${describe(target)}`);
}

function toFd(target: PollTarget, syscall: string): number {
  const fd = typeof target === 'number' ? target : target.fd;
  if (fd < 0)
    throw new VPollError('EBADF', syscall, typeof target === 'number' ? `fd ${fd} is not open` : 'this VPoll is closed');
  return fd;
}

/** A poller of a simulation: a wait is epoll_wait(2) of its task, on virtual time. */
export class SimPoller implements KernelPoller {
  readonly #simulation: Simulation;
  readonly #epoll: SimEpoll;
  readonly #waited: PollSet;
  #listened: PollSet | undefined;
  #loop: SetWait | undefined;
  #wait: SetWait | undefined;
  /** Those that have begun, with their sets. */
  readonly #watches = new Map<SimWatch, PollSet>();
  readonly #forget: () => void;
  #isClosed = false;

  private constructor(simulation: Simulation) {
    this.#simulation = simulation;
    this.#epoll = new SimEpoll(simulation);
    this.#waited = this.#createSet();
    const { made } = simulation.current;
    const close = (): void => {
      this.close();
    };
    made.add(close);
    this.#forget = () => made.delete(close);
  }

  static create(simulation: Simulation): SimPoller {
    return new SimPoller(simulation);
  }

  add(target: Target, events: number, options?: PollOptions): void {
    this.#open('poller_add');
    const checked = checkTarget(target, 'poller_add');
    const wanted = toWanted(options);
    this.#add(checked, toInterest(events, 'poller_add'), wanted, 'poller_add');
  }

  modify(target: Target, events: number, options?: PollChanges): void {
    const [set, registration] = this.#find(target, 'poller_modify');
    const wanted = toChanged(options, registration);
    const mask = toInterest(events, 'poller_modify');
    const status = set.modify(registration, mask, wanted);
    if (status < 0) throw controlFailure(status, registration.fd, mask, wanted.bits, false);
  }

  delete(target: Target): void {
    const [set, registration] = this.#find(target, 'poller_delete');
    const status = set.delete(registration);
    if (status < 0) throw controlFailure(status, registration.fd, registration.events, registration.bits, false);
  }

  async wait(options?: WaitOptions): Promise<KernelEvent[]> {
    this.#open('poller_wait');
    const { timeoutMs, signal, max } = toWait(options);
    if (this.#wait) throw new VPollError('EBUSY', 'poller_wait', 'another wait is pending');
    signal?.throwIfAborted();
    const wait = this.#newWait(this.#waited, max, timeoutMs);
    const onAbort = (): void => {
      wait.end(signal?.reason);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#wait = wait;
    try {
      return (await wait.run()).map(toEvent);
    } finally {
      this.#wait = undefined;
      signal?.removeEventListener('abort', onAbort);
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<KernelEvent[], undefined> {
    const batches = new Batches(
      () => this.wait() as ReturnType<ConstructorParameters<typeof Batches>[0]>,
      (error) => {
        this.#wait?.end(error);
      },
      () => this.#isClosed,
    );
    return batches;
  }

  watch(target: Target, events: number, options?: WatchOptions): AsyncIterator<number, undefined> & AsyncIterable<number> {
    this.#open('poller_watch');
    const { bits, isEdge, signal } = toWatch(options);
    const mask = toInterest(events, 'poller_watch');
    const checked = checkTarget(target, 'poller_watch');
    const wanted = { bits, data: undefined, listener: undefined };
    let registration: Registration | undefined;
    const begin = (): PollSet => {
      this.#open('poller_watch');
      const set = this.#createSet();
      try {
        registration = this.#addTo(set, checked, mask, wanted, 'poller_watch');
      } catch (error) {
        this.#epoll.close(set.epfd);
        throw error;
      }
      this.#watches.set(watch, set);
      return set;
    };
    const again = (set: PollSet): void => {
      const status = set.modify(registration!, mask, wanted);
      if (status < 0) throw controlFailure(status, registration!.fd, mask, bits, false);
    };
    const wait = (set: PollSet): SetWait => this.#newWait(set, 1, -1);
    const end = (set: PollSet | undefined): void => {
      this.#watches.delete(watch);
      if (set) this.#epoll.close(set.epfd);
    };
    const watch = new SimWatch({ begin, again, wait, end }, signal, isEdge);
    return watch;
  }

  /** A simulation ends with its tasks: what keeps a process alive means nothing here. */
  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  close(): void {
    if (this.#isClosed) return;
    for (const watch of [...this.#watches.keys()]) watch.stop();
    this.#isClosed = true;
    this.#forget();
    const error = new VPollError('ECANCELED', 'poller_wait', 'the Poller was closed');
    this.#wait?.end(error);
    this.#loop?.end(error);
    this.#epoll.close(this.#waited.epfd);
    if (this.#listened) this.#epoll.close(this.#listened.epfd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  #open(syscall: string): void {
    if (this.#isClosed) throw new VPollError('EBADF', syscall, 'this Poller is closed');
  }

  #createSet(): PollSet {
    const set = PollSet.create(this.#epoll.host, () => undefined);
    if (typeof set === 'number') throw createFailure(set);
    return set;
  }

  #find(target: Target, syscall: string): [PollSet, Registration] {
    this.#open(syscall);
    const checked = checkTarget(target, syscall);
    for (const set of [this.#waited, this.#listened, ...this.#watches.values()]) {
      const registration = set?.find(checked);
      if (set && registration) return [set, registration];
    }
    const what = typeof target === 'number' ? `fd ${target}` : 'this VPoll';
    throw new VPollError('ENOENT', syscall, `${what} is not watched by this Poller`);
  }

  #newWait(set: PollSet, max: number, timeoutMs: number, isBackground = false): SetWait {
    return new SetWait(this.#simulation, this.#epoll, { set, max, timeoutMs, isBackground });
  }

  #add(target: PollTarget, events: number, wanted: Wanted, syscall: string): void {
    if (!wanted.listener) {
      this.#addTo(this.#waited, target, events, wanted, syscall);
      return;
    }
    this.#listened ??= this.#createSet();
    this.#addTo(this.#listened, target, events, wanted, syscall);
    if (!this.#loop) void this.#listen(this.#listened);
  }

  /** Registers in a set. The kernel refuses what is in there already; in the other sets it has to be looked for. */
  #addTo(set: PollSet, target: PollTarget, events: number, wanted: Wanted, syscall: string): Registration {
    const fd = toFd(target, syscall);
    for (const other of [this.#waited, this.#listened, ...this.#watches.values()]) {
      const rival = other === set ? undefined : other?.find(fd);
      if (rival && other!.isCurrent(rival)) throw controlFailure(-17, fd, events, wanted.bits, true);
      if (rival) other!.forget(rival);
    }
    const registration = set.add(target, fd, events, wanted);
    if (typeof registration === 'number') throw controlFailure(registration, fd, events, wanted.bits, true);
    return registration;
  }

  /** Calls listeners, as the event loop would: in the name of the task that added the first of them, and beside what that waits for. */
  async #listen(set: PollSet): Promise<void> {
    try {
      while (set.size > 0) {
        this.#loop = this.#newWait(set, LISTENED_MAX, -1, true);
        for (const ready of await this.#loop.run()) {
          if (set.isLive(ready.registration)) ready.registration.listener?.(toEvent(ready) as never);
        }
      }
    } catch (error) {
      if (!this.#isClosed) this.#simulation.blame(error);
    }
    this.#loop = undefined;
  }
}
