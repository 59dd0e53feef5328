// SPDX-License-Identifier: LGPL-2.1-or-later

// The sets of a Poller: that of wait(), and that of listeners and of watch(), which is made where it is first needed. In a simulation each watch() has one.

import { EEXIST } from '../../host/errno.js';
import type { Ready as OnReady } from '../../host/waiter.js';
import { addFailure, createFailure } from './explain.js';
import type { PollerGround } from './ground.js';
import { dispatch } from './listened.js';
import type { Wanted } from './options.js';
import type { Registration } from './registration.js';
import { PollSet } from './set.js';
import type { PollTarget } from './types.js';
import { waitFailure } from './waits.js';

/** Throws what a Poller throws. */
export class Sets {
  readonly waited: PollSet;
  readonly #ground: PollerGround;
  readonly #unfollow: () => void;
  #listened: PollSet | undefined;
  /** Those of watch(), where each has its own. */
  readonly #apart = new Set<PollSet>();
  #all: readonly PollSet[];
  /** When the descriptors of sets that were given up are gone. */
  #gone: Promise<unknown> = Promise.resolve();

  /** `onReady`: see {@link PollSet.create}, of the set of wait(). */
  constructor(ground: PollerGround, onReady: OnReady) {
    const waited = PollSet.create(ground.host, onReady);
    if (typeof waited === 'number') throw createFailure(waited);
    this.#ground = ground;
    this.waited = waited;
    this.#all = [waited];
    this.#unfollow = ground.vpolls.followers.followCloses((fd) => {
      for (const set of this.#all) set.findLost([fd]);
    });
  }

  get listened(): PollSet | undefined {
    return this.#listened;
  }

  /** All that is watched. */
  list(): Registration[] {
    return this.#all.flatMap((set) => set.list());
  }

  /** The set that a target is in, and its registration. */
  find(target: PollTarget): [PollSet, Registration] | undefined {
    for (const set of this.#all) {
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
        this.#list();
        this.#gone = Promise.all([this.#gone, set.close()]);
      }
      throw error;
    }
  }

  /** Registers what watch() watches, with the set that it is in. `isPending`: whether somebody waits for the next event. */
  watch(target: PollTarget, fd: number, events: number, wanted: Wanted, isPending: () => boolean): [PollSet, Registration] {
    if (!this.#ground.watchesApart) {
      const registration = this.add(target, fd, events, wanted, 'poller_watch');
      return [this.#listened!, registration];
    }
    const set = this.#create(false, isPending, 'poller_watch');
    try {
      const registration = this.#register(set, target, fd, events, wanted, 'poller_watch');
      this.start(set, 'poller_watch');
      this.#apart.add(set);
      this.#list();
      return [set, registration];
    } catch (error) {
      this.#gone = Promise.all([this.#gone, set.close()]);
      throw error;
    }
  }

  /** Says whether somebody waits for what {@link Sets.watch} has registered. */
  step(set: PollSet, isPending: boolean): void {
    if (!this.#apart.has(set)) return;
    if (isPending) set.arm();
    else set.disarm();
  }

  /** Takes out what {@link Sets.watch} has registered. */
  unwatch(set: PollSet, registration: Registration): void {
    if (this.#apart.delete(set)) {
      this.#list();
      this.#gone = Promise.all([this.#gone, set.close()]);
    } else if (set.holds(registration)) set.delete(registration);
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
    return Promise.all([this.#gone, ...this.#all.map((set) => set.close())]);
  }

  /** Before a descriptor of the Poller's own takes the number of what is closed. */
  #findLost(): void {
    for (const set of this.#all) set.findLost();
  }

  #getListened(syscall: string): PollSet {
    if (this.#listened) return this.#listened;
    this.#listened = this.#create(true, ({ size }) => size > 0, syscall);
    this.#list();
    return this.#listened;
  }

  #list(): void {
    this.#all = [this.waited, ...(this.#listened ? [this.#listened] : []), ...this.#apart];
  }

  /** One whose listeners are called. */
  #create(isListened: boolean, isWanted: (set: PollSet) => boolean, syscall: string): PollSet {
    this.#findLost();
    const { listening, host } = this.#ground;
    const set = PollSet.create(isListened ? listening : host, (error) => {
      dispatch(made, this.#ground, isWanted, error);
    });
    if (typeof set === 'number') throw createFailure(set, syscall);
    const made = set;
    return set;
  }

  /** The kernel refuses what is in the set already; in the other one it has to be looked for. */
  #register(set: PollSet, target: PollTarget, fd: number, events: number, wanted: Wanted, syscall: string): Registration {
    let rivals: [PollSet, Registration][] | undefined;
    for (const other of this.#all) {
      const rival = other === set ? undefined : other.find(fd);
      if (!rival) continue;
      if (other.isCurrent(rival)) throw addFailure(-EEXIST, syscall, fd, events, wanted.bits);
      (rivals ??= []).push([other, rival]);
    }
    const registration = set.add(target, fd, events, wanted);
    if (typeof registration === 'number') throw addFailure(registration, syscall, fd, events, wanted.bits);
    for (const [other, rival] of rivals ?? []) other.forget(rival);
    return registration;
  }
}
