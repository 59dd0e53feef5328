// SPDX-License-Identifier: LGPL-2.1-or-later

// Which of the events that a thread told are still true, by its clock: races that no real thread runs on demand.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { WatchThread, WatchListener } from '../../host/watch-thread.js';
import type { WaitHost } from '../../host/waiter.js';
import { EPOLLET, EPOLLIN, EPOLLONESHOT, EPOLLPRI, VPOLL_CTL_ADDEVENTS, VPOLL_CTL_DELEVENTS } from '../../src/constants.js';
import { tellChanged } from '../../src/followers.js';
import { ThreadedSet } from '../../src/poller/threaded-set.js';
import { Registration } from '../../src/poller/registration.js';

const FD = 1_000_000;
const COPY = 1_000_001;

/** A set whose thread is the test, with one registration, and what it was told to do. */
class Bench implements WatchThread {
  readonly commands: string[] = [];
  readonly failures: string[] = [];
  readonly registration: Registration;
  readonly #set: ThreadedSet;
  readonly #taken: number[] = [];
  #clock: number;
  #listener: WatchListener | undefined;

  constructor(bits: number, clock = 0) {
    this.#clock = clock;
    const files = { isSame: () => true };
    const createWatchThread = (listener: WatchListener): WatchThread => {
      this.#listener = listener;
      return this;
    };
    const soon = (run: () => void): void => {
      run();
    };
    const set = ThreadedSet.create({ files, createWatchThread, soon } as unknown as WaitHost, (error) => {
      if (error) this.failures.push(error.message);
      this.#taken.push(...this.#set.take(10).map((ready) => ready.events));
      return true;
    });
    assert.ok(set instanceof ThreadedSet);
    this.#set = set;
    this.registration = new Registration(FD, FD, 7, EPOLLIN | EPOLLPRI, { bits, data: 0, listener: undefined });
    set.add(this.registration, COPY);
  }

  add(): void {
    this.commands.push('add');
  }
  modify(): void {
    this.commands.push('modify');
  }
  remove(): void {
    this.commands.push('remove');
  }
  look(): void {
    this.commands.push('look');
  }
  glance(): void {
    this.commands.push('glance');
  }
  tick(): number {
    return (this.#clock = (this.#clock + 1) | 0);
  }
  close(done: () => void): void {
    done();
  }

  /** The thread is gone. */
  die(why: string): void {
    this.#listener!.onFailure(new Error(why));
  }

  /** Somebody waits. */
  ask(): void {
    this.#set.look();
  }

  /** What is reported when the thread tells these events, as it saw them at `at`. */
  tell(events: number, at: number, id = this.registration.generation): number[] {
    this.#listener!.onBatch(new Uint32Array([id, events]), at, false);
    return this.#taken.splice(0);
  }

  end(): void {
    void this.#set.close();
  }

  modifyTo(events: number, generation: number): void {
    this.#set.modify(this.registration, events, this.registration, generation);
  }
}

const take = (events: number): void => {
  tellChanged(FD, VPOLL_CTL_DELEVENTS, events);
};
const give = (events: number): void => {
  tellChanged(FD, VPOLL_CTL_ADDEVENTS, events);
};

/** Runs a body with these options, and where the clock is about to wrap as well. */
function each(name: string, bits: number, body: (bench: Bench, now: number) => void): void {
  test(name, () => {
    for (const now of [0, 0x7fffffff, -1]) {
      const bench = new Bench(bits, now);
      body(bench, now);
      bench.end();
    }
  });
}

each('a level that was seen before it was taken away is not reported, one that was seen after is', 0, (bench, now) => {
  assert.equal(bench.tell(EPOLLIN, now), [EPOLLIN]);
  take(EPOLLIN);
  assert.equal(bench.tell(EPOLLIN, now), []);
  assert.equal(bench.tell(EPOLLIN | EPOLLPRI, now), [EPOLLPRI]);
  assert.equal(bench.tell(EPOLLIN, (now + 1) | 0), [EPOLLIN], 'somebody else asserted it');
  assert.equal(bench.commands, ['add']);
});

each('what was asserted again is reported, whenever it was seen', 0, (bench, now) => {
  take(EPOLLIN | EPOLLPRI);
  give(EPOLLIN);
  assert.equal(bench.tell(EPOLLIN | EPOLLPRI, now), [EPOLLIN]);
  take(EPOLLPRI);
  assert.equal(bench.tell(EPOLLIN | EPOLLPRI, (now + 1) | 0), [EPOLLIN], 'the later of the two counts');
  assert.equal(bench.tell(EPOLLIN | EPOLLPRI, (now + 2) | 0), [EPOLLIN | EPOLLPRI]);
});

each('an edge that is not reported is looked for once more: others may have asserted it meanwhile', EPOLLET, (bench, now) => {
  take(EPOLLIN);
  assert.equal(bench.tell(EPOLLIN, now), []);
  assert.equal(bench.commands, ['add', 'modify']);
  assert.equal(bench.tell(EPOLLIN, (now + 1) | 0), [EPOLLIN]);
  assert.equal(bench.commands, ['add', 'modify']);
});

each('a oneshot that is not reported is armed again, one of which something is left is not', EPOLLONESHOT, (bench, now) => {
  take(EPOLLIN);
  assert.equal(bench.tell(EPOLLIN, now), []);
  assert.equal(bench.commands, ['add', 'modify']);
  assert.equal(bench.tell(EPOLLIN | EPOLLPRI, now), [EPOLLPRI]);
  assert.equal(bench.commands, ['add', 'modify']);
  assert.equal(bench.tell(EPOLLPRI, now), [], 'it was reported');
});

each('what was told of a registration before it was changed is meant for nobody', 0, (bench, now) => {
  bench.modifyTo(EPOLLPRI, 8);
  assert.equal(bench.tell(EPOLLIN, now, 7), []);
  assert.equal(bench.tell(EPOLLPRI, now, 8), [EPOLLPRI]);
  assert.equal(bench.commands, ['add', 'modify']);
});

test('a thread that has ended: who waits afterwards is told so, each time, and sleeps on never', () => {
  const bench = new Bench(0);
  bench.die('it ended');
  assert.equal(bench.failures, ['it ended']);
  bench.ask();
  bench.ask();
  assert.equal(bench.failures, ['it ended', 'it ended', 'it ended']);
});

test('a set that was closed follows no changes', () => {
  const bench = new Bench(0);
  bench.end();
  take(EPOLLIN);
  assert.is(bench.tick(), 1);
});

test.run();
