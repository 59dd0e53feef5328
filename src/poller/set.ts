// SPDX-License-Identifier: LGPL-2.1-or-later

// An epoll set of the kernel and the table of what is in it, kept in step.
//
// The kernel knows a registration by (open file, number), and reports it by the 64 bits of data that were given with it: here, the number and a
// generation. So what was registered before under the same number is never taken for what is there now.

import { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD } from '../../host/abi.js';
import { EBADF, EEXIST, EINVAL, ENOENT } from '../../host/errno.js';
import { Waiter, type Ready as OnReady, type WaitHost } from '../../host/waiter.js';
import { EPOLLEXCLUSIVE, EPOLLONESHOT } from '../constants.js';
import { ThreadedSet } from './threaded-set.js';
import { ask, control } from './identity.js';
import type { Wanted } from './options.js';
import { findTarget, Registration, type Ready } from './registration.js';
import type { PollTarget } from './types.js';

/** Statuses are >= 0 or -errno. */
export class PollSet {
  readonly #host: WaitHost;
  readonly #onReady: OnReady;
  readonly #byFd = new Map<number, Registration>();
  #epfd: number;
  #waiter: Waiter;
  #generation = 0;
  #wantsRef = true;
  /** Those that must not be polled in this thread, once there are any. */
  #threaded: ThreadedSet | undefined;
  /** Whose turn it is to be taken first. */
  #isThreadedFirst = false;
  /** Whether the kernel has something that is this set's no more. */
  #hasStrangers = false;

  private constructor(host: WaitHost, epfd: number, onReady: OnReady) {
    this.#host = host;
    this.#epfd = epfd;
    this.#onReady = onReady;
    this.#waiter = new Waiter(host, epfd, onReady);
  }

  /** A new set, or -errno. `onReady` is called from the event loop once for each {@link PollSet.arm}. */
  static create(host: WaitHost, onReady: OnReady): PollSet | number {
    const epfd = host.epoll.create();
    return epfd < 0 ? epfd : new PollSet(host, epfd, onReady);
  }

  /** The descriptor; another one after a {@link PollSet.take} or {@link PollSet.live} that found a file that nobody asked to watch. */
  get epfd(): number {
    return this.#epfd;
  }

  get size(): number {
    return this.#byFd.size;
  }

  /** What is in it, in the order in which it came. */
  list(): Registration[] {
    return [...this.#byFd.values()];
  }

  get isStarted(): boolean {
    return this.#waiter.isStarted;
  }

  /** Gets what it takes to wait, unless it has: 0 or -errno. Throws what the runtime throws. */
  start(): number {
    return this.#waiter.start();
  }

  /** Asks to be told, once it was started. */
  arm(): void {
    this.#waiter.arm();
    this.#threaded?.look();
  }

  disarm(): void {
    this.#waiter.disarm();
  }

  ref(on: boolean): void {
    this.#wantsRef = on;
    this.#waiter.ref(on);
  }

  /** Closes the set. The promise is for when its descriptors are gone, which a waiting thread may delay. */
  close(): Promise<unknown> {
    this.#byFd.clear();
    const gone = this.#retire(this.#waiter, this.#epfd);
    return Promise.all([gone, this.#threaded?.close()]);
  }

  /** Calls `done`, in this call or later, when {@link take} finds all that is ready now. */
  glance(done: () => void): void {
    if (this.#threaded && !this.#threaded.isEmpty) this.#threaded.glance(done);
    else done();
  }

  #retire(waiter: Waiter, epfd: number): Promise<void> {
    return new Promise((resolve) => {
      waiter.close(() => {
        this.#host.epoll.close(epfd);
        resolve();
      });
    });
  }

  /** The registration of a target; one of a VPoll is found after that was closed, too. */
  find(target: PollTarget): Registration | undefined {
    return findTarget(this.#byFd, target);
  }

  /** Whether a registration is still this set's: it may have been deleted, or replaced, since it was reported. */
  holds(registration: Registration): boolean {
    return this.#byFd.get(registration.fd) === registration;
  }

  /**
   * Adds a target: its registration, or -errno. One whose number has been closed and reused makes room.
   * Throws where it takes a thread, and there can be none.
   */
  add(target: PollTarget, fd: number, events: number, wanted: Wanted): Registration | number {
    const registration = new Registration(target, fd, this.#next(), events, wanted);
    const isFuse = this.#host.files.isFuse(fd);
    if (isFuse < 0) return isFuse;
    const status =
      isFuse === 1 ? this.#addThreaded(registration) : control(this.#host.epoll, this.#epfd, EPOLL_CTL_ADD, registration);
    if (status < 0) return status;
    const before = this.#byFd.get(fd);
    if (before) this.#threaded?.remove(before);
    this.#byFd.set(fd, registration);
    return registration;
  }

  /** A generation that none has: the count of 32 bits may come round. */
  #next(): number {
    do this.#generation = (this.#generation + 1) >>> 0 || 1;
    while (this.#threaded?.has(this.#generation));
    return this.#generation;
  }

  #addThreaded(registration: Registration): number {
    const before = this.#byFd.get(registration.fd);
    if (before && this.isCurrent(before)) return -EEXIST;
    if (!this.#threaded) this.findLost();
    const threaded = ThreadedSet.addTo(this.#threaded, registration, this.#host, (error) => this.#waiter.tell(error));
    if (typeof threaded === 'number') return threaded;
    this.#threaded = threaded;
    return 0;
  }

  /** Changes a registration, and arms it again: 0 or -errno. Where the kernel has it no more it is forgotten. */
  modify(registration: Registration, events: number, wanted: Wanted): number {
    let status = this.#known(registration);
    if (status === 0 && registration.copy !== undefined) {
      if (registration.bits & EPOLLEXCLUSIVE) return -EINVAL;
      this.#threaded!.modify(registration, events, wanted, this.#next());
    } else if (status === 0) {
      status = control(this.#host.epoll, this.#epfd, EPOLL_CTL_MOD, registration, events | wanted.bits);
      if (status === 0) registration.change(events, wanted);
    }
    if (status === -EBADF || status === -ENOENT) this.forget(registration);
    return status;
  }

  /** Takes a registration out: 0, or -errno where the kernel has it no more. It is forgotten in any case. */
  delete(registration: Registration): number {
    const status = this.#known(registration);
    this.forget(registration);
    if (status < 0 || registration.copy !== undefined) return status;
    return control(this.#host.epoll, this.#epfd, EPOLL_CTL_DEL, registration);
  }

  /** Whether the file that was registered under this number is still there. */
  isCurrent(registration: Registration): boolean {
    return registration.lost === 0 && this.#ask(registration) === 0;
  }

  /** Whether what was reported is to be handed on: it is still this set's, and its number stands for its file. */
  isLive(registration: Registration): boolean {
    if (!this.holds(registration)) return false;
    if (this.#lose(registration) === 0) return true;
    if (registration.copy === undefined) this.#hasStrangers = true;
    return false;
  }

  /** Takes note of which of these are closed by now, before a descriptor of the Poller's own takes their numbers. */
  findLost(fds: Iterable<number> = this.#byFd.keys()): void {
    for (const fd of fds) {
      const registration = this.#byFd.get(fd);
      if (registration) this.#lose(registration);
    }
  }

  /** {@link Registration.lost} of one. That a VPoll is closed is known without a call: the call that closes it says so. */
  #lose(registration: Registration): number {
    const isTold = typeof registration.target !== 'number' || registration.copy !== undefined;
    if (this.#known(registration) === 0 && !isTold) registration.lost = this.#ask(registration);
    return registration.lost;
  }

  /** The same as far as epoll_ctl(2) need not be asked. */
  #known(registration: Registration): number {
    const { target, fd, copy, lost } = registration;
    if (lost < 0) return lost;
    if (typeof target !== 'number' && target.fd !== fd) registration.lost = -EBADF;
    else if (copy !== undefined) registration.lost = this.#ask(registration);
    // The copy would keep the file open.
    if (registration.lost < 0) this.#threaded?.remove(registration);
    return registration.lost;
  }

  #ask(registration: Registration): number {
    if (registration.copy === undefined) return ask(this.#host.epoll, this.#epfd, registration);
    if (this.#threaded!.isCurrent(registration)) return 0;
    return this.#host.files.isOpen(registration.fd) ? -ENOENT : -EBADF;
  }

  forget(registration: Registration): void {
    this.#byFd.delete(registration.fd);
    this.#threaded?.remove(registration);
  }

  /** Takes what is ready, up to `max`, without waiting: a list or -errno. */
  take(max: number): Ready[] | number {
    for (;;) {
      const { epfd } = this;
      const ready = this.takeAny(max);
      if (typeof ready === 'number') return ready;
      const live = this.live(ready);
      // What was no more may have taken the place of others.
      if (live.length > 0 || epfd === this.epfd) return live;
    }
  }

  /** Of what was reported, all that is to be handed on ({@link PollSet.isLive}). */
  live(ready: Ready[]): Ready[] {
    const live = ready.filter(({ registration }) => this.isLive(registration));
    if (this.#hasStrangers) this.#rebuild();
    return live;
  }

  /** {@link PollSet.take} of what may be no more: ask {@link PollSet.isLive} of each before it is handed on. */
  takeAny(max: number): Ready[] | number {
    if (this.#hasStrangers) this.#rebuild();
    if (!this.#threaded) return this.#takeHere(max);
    this.#isThreadedFirst = !this.#isThreadedFirst;
    const first = this.#isThreadedFirst ? this.#threaded.take(max) : this.#takeHere(max);
    if (typeof first === 'number' || first.length === max) return first;
    const second = this.#isThreadedFirst ? this.#takeHere(max - first.length) : this.#threaded.take(max - first.length);
    // What was taken must be handed on; the error is found again.
    return typeof second === 'number' ? (first.length > 0 ? first : second) : [...first, ...second];
  }

  #takeHere(max: number): Ready[] | number {
    const count = this.#host.epoll.wait(this.#epfd, max, 0);
    return count < 0 ? count : this.collect(count);
  }

  /** The registrations of the `count` events that epoll_wait(2) on {@link PollSet.epfd} has just reported. */
  collect(count: number): Ready[] {
    const { epoll } = this.#host;
    const all: Ready[] = [];
    for (let i = 0; i < count; i++) {
      const registration = this.#byFd.get(epoll.fd(i));
      if (!registration || registration.generation !== epoll.generation(i)) this.#hasStrangers = true;
      else if (registration.isArmed) {
        if (registration.bits & EPOLLONESHOT) registration.isArmed = false;
        all.push({ registration, events: epoll.events(i) });
      }
    }
    return all;
  }

  /**
   * A file that was closed here but lives on in a dup or another process is still reported, for good. It can't be deleted by a number that
   * stands for another file now (epoll(7), Q6). So a new set is made without it. Where none can be made (EMFILE, ENOMEM) the old one stays:
   * such files keep the loop busy, and each time a new set is tried again.
   */
  #rebuild(): void {
    this.findLost();
    const { epoll } = this.#host;
    const epfd = epoll.create();
    if (epfd < 0) return;
    const waiter = new Waiter(this.#host, epfd, this.#onReady);
    // A number may stand for a file by now that nobody asked to watch.
    const isMoved = (one: Registration): boolean =>
      one.copy !== undefined || !this.isCurrent(one) || control(epoll, epfd, EPOLL_CTL_ADD, one) === 0;
    if (![...this.#byFd.values()].every(isMoved) || (this.#waiter.isStarted && !waiter.hasStarted())) {
      epoll.close(epfd);
      return;
    }
    void this.#retire(this.#waiter, this.#epfd);
    this.#epfd = epfd;
    this.#waiter = waiter;
    this.#waiter.ref(this.#wantsRef);
    this.#hasStrangers = false;
  }
}
