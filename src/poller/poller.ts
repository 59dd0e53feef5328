// SPDX-License-Identifier: LGPL-2.1-or-later
import { GROUND as VPOLLS } from '../ground.js';
import { outsideOfTasks } from '../tasks.js';
import { getWaitHost } from '../wait/host.js';
import { MAKING, PollerBase } from './base.js';
import type { Closable, PollerGround } from './ground.js';

/** Pollers that have listeners: the garbage collector must not think them forgotten. A pending wait holds its Poller itself. */
const awake = new Set<Closable>();

/** A Poller that was forgotten: nobody else knows its descriptors, so they can be closed. */
const forgotten = new FinalizationRegistry((sets: Closable) => void sets.close());

/** A timer doesn't keep the process alive: the armed waiter does, where it is wanted. No delay is a turn of the event loop, so that a caller that asks again and again lets others run. */
function after(run: () => void, delayMs: number): () => void {
  const { clearImmediate, clearTimeout, setImmediate, setTimeout } = process.getBuiltinModule('node:timers');
  if (delayMs === 0) {
    const immediate = setImmediate(run);
    return () => {
      clearImmediate(immediate);
    };
  }
  const timer = setTimeout(run, delayMs);
  timer.unref();
  return () => {
    clearTimeout(timer);
  };
}

/** Throws where nobody could catch it, so that the process hears of it. */
function uncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

async function outlive(gone: Promise<unknown>): Promise<void> {
  const { clearInterval, setInterval } = process.getBuiltinModule('node:timers');
  // What goes at last keeps no process alive by itself.
  const alive = setInterval(() => undefined, 0x7fffffff);
  await gone;
  clearInterval(alive);
}

let ground: PollerGround | undefined;

/** Throws ENOSYS where this runtime can't wait, EACCES where it forbids it. */
function openGround(): PollerGround {
  if (ground) return ground;
  const host = getWaitHost();
  return (ground = {
    host,
    listening: host,
    vpolls: VPOLLS,
    watchesApart: false,
    after,
    goOn: (_set, run) => {
      run();
    },
    uncaught,
    opened: (poller, sets) => {
      forgotten.register(poller, sets, poller);
    },
    closed: (poller) => {
      forgotten.unregister(poller);
    },
    hold: (poller, on) => {
      if (on) awake.add(poller);
      else awake.delete(poller);
    },
    outlive,
  });
}

/**
 * Waits for any number of descriptors without blocking the event loop: epoll(7) with exact masks. It takes {@link VPoll}s, what Node, Bun or Deno
 * opened, and what others did: sockets, pipes, terminals, timers, inotify, ...
 *
 * ```ts
 * const poller = Poller.create();
 * poller.add(fd, 'IN|PRI');
 * for (const { fd, events } of await poller.wait({ timeoutMs: 1000 })) console.log(fd, formatEvents(events));
 * poller.close();
 * ```
 *
 * By default a target is reported as long as it is ready (level-triggered). Those that were reported come last next time: one that is always ready
 * keeps none from being served. Only a pending wait (or step of an iteration) keeps the process alive.
 *
 * Every method throws {@link VPollError}, those that return a promise by its rejection: EBADF after {@link Poller.close} and for a descriptor that isn't
 * open, EINVAL for a wrong argument, and what epoll_ctl(2) gives. After an error nothing has changed, with one exception: after EBADF
 * and ENOENT of {@link Poller.modify} and {@link Poller.delete} the target is forgotten, since the kernel has ceased to watch it.
 */
export class Poller<Data = unknown> extends PollerBase<Data> {
  private constructor(key: symbol) {
    super(key, openGround);
  }

  /**
   * A new Poller, with nothing in it. `Poller.create<string>()` takes a text as `data` of each target, and hands one back with each event.
   *
   * @throws {@link VPollError} EMFILE or ENFILE (no descriptors left), ENOMEM, ENOSYS where this isn't Linux
   */
  static create<Data = unknown>(): Poller<Data> {
    outsideOfTasks('Poller.create()', 'Poller');
    return new Poller<Data>(MAKING);
  }
}
