// SPDX-License-Identifier: LGPL-2.1-or-later

// An epoll set of the kernel and the table of what is in it, kept in step.
//
// The kernel knows a registration by (open file, number), and reports it by the 64 bits of data that were given with it: here the
// number and a generation, so that what was registered before under the same number is never taken for what is there now.

import { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD } from '../../host/abi.js';
import { Waiter, type Ready as OnReady, type WaitHost } from '../../host/waiter.js';
import { EPOLLEXCLUSIVE, EPOLLONESHOT } from '../constants.js';
import { AsideSet } from './aside.js';
import type { Wanted } from './options.js';
import type { Ready, Registration } from './registration.js';
import type { PollTarget } from './types.js';

const EBADF = 9;
const EEXIST = 17;
const EINVAL = 22;
const ENOENT = 2;

function hasStarted(waiter: Waiter): boolean {
  try {
    return waiter.start() === 0;
  } catch {
    return false;
  }
}

/** See the top of the file. Statuses are >= 0 or -errno. */
export class PollSet {
  readonly #host: WaitHost;
  readonly #onReady: OnReady;
  readonly #byFd = new Map<number, Registration>();
  #epfd: number;
  #waiter: Waiter;
  #generation = 0;
  #wantsRef = true;
  /** Those that are not to be polled in this thread, once there are any. */
  #aside: AsideSet | undefined;
  /** Whose turn it is to be taken first. */
  #isAsideFirst = false;

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

  /** The descriptor; another one after a {@link PollSet.take} or {@link PollSet.collect} that found a stranger. */
  get epfd(): number {
    return this.#epfd;
  }

  get size(): number {
    return this.#byFd.size;
  }

  /** Gets what it takes to wait, unless it has: 0 or -errno. Throws what the runtime throws. */
  start(): number {
    return this.#waiter.start();
  }

  /** Asks to be told, once it was started. */
  arm(): void {
    this.#waiter.arm();
    this.#aside?.look();
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
    const aside = this.#aside;
    const gone = [this.#retire(this.#waiter, this.#epfd)];
    if (aside)
      gone.push(
        new Promise((resolve) => {
          aside.close(resolve);
        }),
      );
    return Promise.all(gone);
  }

  /** Calls `done`, in this call or later, when {@link take} finds all that is ready now. */
  glance(done: () => void): void {
    if (this.#aside && !this.#aside.isEmpty) this.#aside.glance(done);
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
    const found = this.#byFd.get(typeof target === 'number' ? target : target.fd);
    if (found && (typeof target === 'number' || typeof found.target === 'number' || found.target === target)) return found;
    if (typeof target === 'number') return undefined;
    for (const each of this.#byFd.values()) if (each.target === target) return each;
    return undefined;
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
    const registration = { ...wanted, target, fd, generation: this.#next(), events, isArmed: true, copy: undefined };
    const isFuse = this.#host.files.isFuse(fd);
    if (isFuse < 0) return isFuse;
    const status = isFuse === 1 ? this.#addAside(registration) : this.#control(EPOLL_CTL_ADD, registration);
    if (status < 0) return status;
    const before = this.#byFd.get(fd);
    if (before) this.#aside?.remove(before);
    this.#byFd.set(fd, registration);
    return registration;
  }

  /** A generation that none has: the count of 32 bits may come round. */
  #next(): number {
    do this.#generation = (this.#generation + 1) >>> 0 || 1;
    while (this.#aside?.has(this.#generation));
    return this.#generation;
  }

  #addAside(registration: Registration): number {
    const before = this.#byFd.get(registration.fd);
    if (before && this.isCurrent(before)) return -EEXIST;
    const refused = AsideSet.check(registration.events, registration.bits);
    if (refused < 0) return refused;
    const copy = this.#host.files.copy(registration.fd);
    if (copy < 0) return copy;
    // A thread that nothing could be given to would have been started for nothing.
    let aside: AsideSet | number = -EBADF;
    try {
      aside = this.#aside ?? AsideSet.create(this.#host, (error) => this.#waiter.tell(error));
    } finally {
      if (typeof aside === 'number') this.#host.files.close(copy);
    }
    if (typeof aside === 'number') return aside;
    this.#aside = aside;
    aside.add(registration, copy);
    return 0;
  }

  /** Changes a registration, and arms it again: 0 or -errno. Where the kernel has it no more it is forgotten. */
  modify(registration: Registration, events: number, wanted: Wanted): number {
    if (registration.copy !== undefined) return this.#modifyAside(registration, events, wanted);
    const status = this.#control(EPOLL_CTL_MOD, { ...registration, ...wanted, events });
    if (status === 0) Object.assign(registration, wanted, { events, isArmed: true });
    else if (status === -EBADF || status === -ENOENT) this.#byFd.delete(registration.fd);
    return status;
  }

  #modifyAside(registration: Registration, events: number, wanted: Wanted): number {
    const status = this.#lack(registration);
    if (status < 0) this.forget(registration);
    else if (registration.bits & EPOLLEXCLUSIVE) return -EINVAL;
    else this.#aside!.modify(registration, { ...wanted, events, generation: this.#next() });
    return status;
  }

  /** What epoll_ctl(2) would say of a number that is closed or reused: -EBADF or -ENOENT; else 0. */
  #lack(registration: Registration): number {
    if (this.isCurrent(registration)) return 0;
    return this.#host.files.isOpen(registration.fd) ? -ENOENT : -EBADF;
  }

  /** Takes a registration out: 0, or -errno where the kernel has it no more. It is forgotten in any case. */
  delete(registration: Registration): number {
    if (registration.copy !== undefined) {
      const status = this.#lack(registration);
      this.forget(registration);
      return status;
    }
    this.#byFd.delete(registration.fd);
    return this.#control(EPOLL_CTL_DEL, registration);
  }

  /**
   * Whether the file that was registered under this number is still there. Asked by adding it once more, which changes nothing
   * about a registration that exists.
   */
  isCurrent(registration: Registration): boolean {
    if (registration.copy !== undefined) return this.#aside!.isCurrent(registration);
    const status = this.#control(EPOLL_CTL_ADD, { ...registration, events: 0, bits: 0 });
    if (status === 0) this.#control(EPOLL_CTL_DEL, registration);
    return status === -EEXIST;
  }

  forget(registration: Registration): void {
    this.#byFd.delete(registration.fd);
    this.#aside?.remove(registration);
  }

  /** Takes what is ready, up to `max`, without waiting: a list or -errno. */
  take(max: number): Ready[] | number {
    if (!this.#aside) return this.#takeHere(max);
    this.#isAsideFirst = !this.#isAsideFirst;
    const first = this.#isAsideFirst ? this.#aside.take(max) : this.#takeHere(max);
    if (typeof first === 'number' || first.length === max) return first;
    const second = this.#isAsideFirst ? this.#takeHere(max - first.length) : this.#aside.take(max - first.length);
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
    let strangers = 0;
    for (let i = 0; i < count; i++) {
      const registration = this.#byFd.get(epoll.fd(i));
      if (!registration || registration.generation !== epoll.generation(i)) strangers++;
      else if (registration.isArmed) {
        if (registration.bits & EPOLLONESHOT) registration.isArmed = false;
        all.push({ registration, events: epoll.events(i) });
      }
    }
    if (strangers > 0) this.#rebuild();
    return all;
  }

  /**
   * A file that was closed here but lives on in a dup or another process is still reported, for good, and can't be deleted by a number
   * that stands for another file now (epoll(7), Q6). A new set without it is the way out. Where none can be made (EMFILE, ENOMEM) the old one
   * stays: the strangers keep the loop busy, and each time the way out is tried again.
   */
  #rebuild(): void {
    const epfd = this.#host.epoll.create();
    if (epfd < 0) return;
    for (const registration of this.#byFd.values()) {
      if (registration.copy !== undefined) continue;
      // The number may stand for a file by now that nobody asked to watch.
      if (!this.isCurrent(registration) || this.#control(EPOLL_CTL_ADD, registration, epfd) === 0) continue;
      this.#host.epoll.close(epfd);
      return;
    }
    const waiter = new Waiter(this.#host, epfd, this.#onReady);
    if (this.#waiter.isStarted && !hasStarted(waiter)) {
      this.#host.epoll.close(epfd);
      return;
    }
    void this.#retire(this.#waiter, this.#epfd);
    this.#epfd = epfd;
    this.#waiter = waiter;
    this.#waiter.ref(this.#wantsRef);
  }

  #control(op: number, { fd, events, bits, generation }: Registration, epfd = this.#epfd): number {
    return this.#host.epoll.control(epfd, op, fd, events | bits, generation);
  }
}
