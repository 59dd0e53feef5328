// SPDX-License-Identifier: LGPL-2.1-or-later

// Edges as another process sees them.

import * as assert from 'uvu/assert';
import { EPOLLET } from '../../../src/constants.js';
import { VPoll } from '../../../src/index.js';
import { BACKEND } from './backend.js';
import { Observer } from './observer.js';

export const ET = EPOLLET;

/** A vpoll and a python process that waits for it in an epoll set of its own. */
export class Watched {
  constructor(
    readonly vp: VPoll,
    readonly observer: Observer,
  ) {}

  /** Blocks, changes, and must be woken with `seen`, once. */
  async edge(change: (vp: VPoll) => void, seen: number): Promise<void> {
    await this.observer.block({ do: 'epoll_blocking', name: 'set' });
    change(this.vp);
    assert.is((await this.observer.answer()).events, seen);
    assert.is(await this.now(), 0, 'and no second edge');
  }

  /** Blocks, changes, and must sleep through it. */
  async quiet(change: (vp: VPoll) => void): Promise<void> {
    await this.observer.block({ do: 'epoll_blocking', name: 'set', timeout_s: 0.05 });
    change(this.vp);
    assert.is((await this.observer.answer()).events, 0);
  }

  /** Blocks, changes what it doesn't wait for, and must sleep through it. FUSE wakes without a key: it may be told again of what `isSet`. */
  async aside(change: (vp: VPoll) => void, isSet: number): Promise<void> {
    if (BACKEND !== 'fuse') return this.quiet(change);
    await this.observer.block({ do: 'epoll_blocking', name: 'set', timeout_s: 0.05 });
    change(this.vp);
    const { events } = await this.observer.answer();
    assert.ok(events === 0 || events === isSet, `${String(events)} is neither nothing nor what is set`);
  }

  /** What the epoll set reports without waiting. */
  async now(): Promise<number> {
    return (await this.observer.ask({ do: 'epoll_events', name: 'set' })).events as number;
  }
}

/** For a vpoll that shows `events`, shared and then exclusive: a process that waits for `interest`. */
export async function watched(events: number, interest: number, use: (it: Watched) => Promise<void>): Promise<void> {
  for (const exclusive of [false, true]) {
    using vp = VPoll.create({ backend: BACKEND, events, exclusive });
    await Observer.with([vp.fd], async (observer) => {
      await observer.ask({ do: 'epoll_new', name: 'set', fd: 3, interest: interest >>> 0 });
      const it = new Watched(vp, observer);
      await it.now();
      await use(it);
    });
  }
}
