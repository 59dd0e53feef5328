// SPDX-License-Identifier: LGPL-2.1-or-later

// The two sets of a Poller: that of wait(), and that of listeners and of watch(), which is made where it is first needed.

import type { Ready as OnReady, WaitHost } from '../../host/waiter.js';
import { followCloses } from '../follow.js';
import { addFailure, createFailure } from './explain.js';
import { dispatch } from './listened.js';
import type { Wanted } from './options.js';
import type { Registration } from './registration.js';
import { PollSet } from './set.js';
import type { PollTarget } from './types.js';
import { waitFailure } from './waits.js';

const EEXIST = 17;

/** See the top of the file. Throws what a Poller throws. */
export class Sets {
  readonly waited: PollSet;
  readonly #host: WaitHost;
  readonly #unfollow: () => void;
  #listened: PollSet | undefined;
  /** When the descriptors of sets that were given up are gone. */
  #gone: Promise<unknown> = Promise.resolve();

  /** `onReady`: see {@link PollSet.create}, of the set of wait(). */
  constructor(host: WaitHost, onReady: OnReady) {
    const waited = PollSet.create(host, onReady);
    if (typeof waited === 'number') throw createFailure(waited);
    this.#host = host;
    this.waited = waited;
    this.#unfollow = followCloses((fd) => {
      for (const set of this.#all()) set.findLost([fd]);
    });
  }

  get listened(): PollSet | undefined {
    return this.#listened;
  }

  /** The set that a target is in, and its registration. */
  find(target: PollTarget): [PollSet, Registration] | undefined {
    for (const set of this.#all()) {
      const registration = set.find(target);
      if (registration) return [set, registration];
    }
    return undefined;
  }

  /** Registers in the set that fits, and gets what it takes to wait for a listener; or throws, and nothing has changed. */
  add(target: PollTarget, fd: number, events: number, wanted: Wanted, syscall: string): Registration {
    const before = this.#listened;
    const set = wanted.listener ? this.#getListened(syscall) : this.waited;
    let registration: Registration | undefined;
    try {
      registration = this.#register(set, target, fd, events, wanted, syscall);
      if (wanted.listener) this.start(set, syscall);
      return registration;
    } catch (error) {
      if (registration) set.delete(registration);
      if (this.#listened !== before) {
        this.#listened = before;
        this.#gone = Promise.all([this.#gone, set.close()]);
      }
      throw error;
    }
  }

  /** Gets what it takes to wait for a set, unless it has. */
  start(set: PollSet, syscall: string): void {
    if (set.isStarted) return;
    this.#findLost();
    let status: number;
    try {
      status = set.start();
    } catch (error) {
      throw waitFailure(error as Error, syscall);
    }
    if (status < 0) throw createFailure(status, syscall);
  }

  /** The promise is for when all descriptors are gone. */
  close(): Promise<unknown> {
    this.#unfollow();
    return Promise.all([this.#gone, ...this.#all().map((set) => set.close())]);
  }

  #all(): PollSet[] {
    return this.#listened ? [this.waited, this.#listened] : [this.waited];
  }

  /** Before a descriptor of the Poller's own takes the number of what is closed. */
  #findLost(): void {
    for (const set of this.#all()) set.findLost();
  }

  #getListened(syscall: string): PollSet {
    if (this.#listened) return this.#listened;
    this.#findLost();
    const set = PollSet.create(this.#host, (error) => {
      dispatch(listened, error);
    });
    if (typeof set === 'number') throw createFailure(set, syscall);
    const listened = set;
    return (this.#listened = set);
  }

  /** The kernel refuses what is in the set already; in the other one it has to be looked for. */
  #register(set: PollSet, target: PollTarget, fd: number, events: number, wanted: Wanted, syscall: string): Registration {
    const other = set === this.waited ? this.#listened : this.waited;
    const rival = other?.find(fd);
    const isTaken = rival && other!.isCurrent(rival);
    const registration = isTaken ? -EEXIST : set.add(target, fd, events, wanted);
    if (typeof registration === 'number') throw addFailure(registration, syscall, fd, events, wanted.bits);
    if (rival) other!.forget(rival);
    return registration;
  }
}
