// SPDX-License-Identifier: LGPL-2.1-or-later

// What a simulated Poller stands on: the epoll of the simulated kernel, and its tasks, each of which waits itself, on virtual time.

import type { WaitHost } from '../../host/waiter.js';
import type { PollerGround } from '../poller/ground.js';
import type { PollSet } from '../poller/set.js';
import type { VPollGround } from '../vpoll-base.js';
import { SimEpoll } from './epoll.js';
import { Look, type Deadline } from './look.js';
import type { Simulation } from './simulation.js';

function never(): never {
  throw new Error('a simulated set has no event loop');
}

/** No simulated file has a server that poll(2) would wait for. */
const FILES = { isFuse: () => 0, copy: never, isSame: never, isOpen: never, close: never };

/** How the sets of one Poller are looked at. */
class Looks {
  readonly epoll: SimEpoll;
  readonly #simulation: Simulation;
  readonly #byFd = new Map<number, Look>();
  /** Of the wait that is pending, if it has one. */
  #deadline: (Deadline & { readonly set: PollSet }) | undefined;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    this.epoll = new SimEpoll(simulation, (epfd) => {
      this.#byFd.delete(epfd);
    });
  }

  host(isBackground: boolean): WaitHost {
    return {
      epoll: this.epoll,
      files: FILES,
      createSource: (epfd, tell) => {
        const look = this.#at(epfd, isBackground);
        look.tell = tell;
        return look;
      },
      createWatchThread: never,
      soon: never,
      afterTold: (run) => {
        run();
      },
    };
  }

  after(run: () => void, delayMs: number, set: PollSet): () => void {
    this.#deadline = { untilMs: this.#simulation.nowMs() + delayMs, run, set };
    this.#at(set.epfd).look();
    return () => {
      this.#deadline = undefined;
      this.#at(set.epfd).rest();
    };
  }

  goOn(set: PollSet, run: () => void): void {
    this.#at(set.epfd).goOn(run);
  }

  #at(epfd: number, isBackground = false): Look {
    let look = this.#byFd.get(epfd);
    if (!look) {
      const deadline = (): Deadline | undefined => (this.#deadline?.set.epfd === epfd ? this.#deadline : undefined);
      look = new Look(this.#simulation, this.epoll, epfd, isBackground, deadline);
      this.#byFd.set(epfd, look);
    }
    return look;
  }
}

/** The ground of one Poller. */
export function createPollerGround(simulation: Simulation, vpolls: VPollGround): PollerGround {
  const looks = new Looks(simulation);
  return {
    host: looks.host(false),
    listening: looks.host(true),
    vpolls,
    watchesApart: true,
    after: (run, delayMs, set) => looks.after(run, delayMs, set),
    goOn: (set, run) => {
      looks.goOn(set, run);
    },
    uncaught: (error) => {
      simulation.blame(error);
    },
    opened: (poller) => {
      simulation.made(poller, 'a Poller');
    },
    closed: (poller) => {
      simulation.unmade(poller);
    },
    hold: () => undefined,
    outlive: async (gone) => {
      await gone;
    },
  };
}
