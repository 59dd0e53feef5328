// SPDX-License-Identifier: LGPL-2.1-or-later

// Many vpolls that two processes control at once, one their IN and the other their OUT, each woken by the other. The other is killed at
// random and started again. Nothing may be lost: no wake-up, no bit, no descriptor, no memory.

import { fileURLToPath } from 'node:url';
import { EPOLLIN, EPOLLOUT, VPoll } from '../../../src/index.js';
import { Random } from '../../support/random.js';
import { command } from '../../support/runtime.js';
import { Child } from '../../real/support/child.js';
import { closeFd, pollNow, sockets } from '../../real/support/libc.js';
import { FDS_MAX, sendFds, unixPair } from '../../real/support/rights.js';
import { Edges } from './edges.js';

const program = fileURLToPath(new URL('child.ts', import.meta.url));

export interface Options {
  vpolls: number;
  /** How many bits each side takes away and gives in a round. */
  changes: number;
  /** One round in so many ends with a kill. */
  roundsPerKill: number;
  seed: number;
  backend?: 'socketpair' | 'eventfd' | 'device';
}

export interface Report {
  rounds: number;
  kills: number;
  /** Wake-ups that did not come, here and there. */
  missedHere: number;
  missedThere: number;
  /** Vpolls that after a kill or at a round's end show what nobody asked for. */
  wrong: number;
  /** Sockets that were not there at the beginning. What loads the program may have closed some of its own meanwhile. */
  leaked: number;
}

export class Soak {
  readonly #vps: VPoll[];
  readonly #edges: Edges;
  readonly #random: Random;
  /** Where IN is asserted. */
  readonly #in = new Set<number>();
  readonly #socketsBefore: Set<string>;
  readonly report: Report = { rounds: 0, kills: 0, missedHere: 0, missedThere: 0, wrong: 0, leaked: 0 };
  #child: Child | undefined;
  #expected: number[] = [];

  constructor(readonly options: Options) {
    this.#random = new Random(options.seed);
    const { backend = 'socketpair' } = options;
    this.#socketsBefore = new Set(sockets());
    this.#vps = Array.from({ length: options.vpolls }, () => VPoll.create({ backend }));
    this.#edges = new Edges(this.#vps, EPOLLOUT);
  }

  /** A new child with all vpolls. */
  async start(): Promise<void> {
    const [here, there] = unixPair();
    const [first, ...args] = command(program);
    this.#child = new Child(first, args, { fds: [there] });
    closeFd(there);
    const shares = this.#vps.map((vp) => vp.share());
    this.#child.tell({ tokens: shares.map(({ token }) => token), seed: this.#random.below(2 ** 31) });
    const fds = shares.flatMap(({ stdio }) => stdio);
    for (let at = 0; at < fds.length; at += FDS_MAX - 1) sendFds(here, fds.slice(at, at + FDS_MAX - 1));
    await this.#child.answer();
    closeFd(here);
    this.#expected = [];
  }

  /** One exchange; or, by chance, a kill in the middle of one. */
  async round(): Promise<void> {
    const { changes, roundsPerKill } = this.options;
    this.report.rounds++;
    if (this.#random.below(roundsPerKill) === 0) return this.#kill();
    const answer = await this.#child!.ask({ expected: this.#expected, changes });
    const { missed, added } = answer as unknown as { missed: number[]; added: number[] };
    const woken = this.#edges.harvest();
    this.report.missedThere += missed.length;
    this.report.missedHere += added.filter((i) => !woken.has(i)).length;
    this.#change(changes);
  }

  #change(changes: number): void {
    for (const i of this.#random.some(changes, this.#vps.length)) {
      this.#vps[i]!.delete(EPOLLIN);
      this.#in.delete(i);
    }
    this.#expected = this.#random.some(changes, this.#vps.length);
    for (const i of this.#expected) {
      this.#vps[i]!.add(EPOLLIN);
      this.#in.add(i);
    }
    // All are still to be seen when the child looks.
    for (const i of this.#expected) if ((pollNow(this.#vps[i]!.fd) & EPOLLIN) === 0) this.report.wrong++;
  }

  /** Kills the child while it changes what it owns and we what we own, and looks at everything that is left. */
  async #kill(): Promise<void> {
    const { changes } = this.options;
    this.#child!.tell({ expected: [], changes });
    for (let turns = this.#random.below(4); turns > 0; turns--) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#change(changes);
    }
    await this.#child!.kill();
    this.report.kills++;
    this.#vps.forEach((vp, i) => {
      const shown = vp.events;
      const [isIn, isOut] = [(shown & EPOLLIN) !== 0, (shown & EPOLLOUT) !== 0];
      if (isIn !== this.#in.has(i) || (shown & ~0x345) !== 0) this.report.wrong++;
      vp.delete(EPOLLOUT);
      vp.add(EPOLLOUT);
      if ((pollNow(vp.fd) & EPOLLOUT) === 0) this.report.wrong++;
      if (!isOut) vp.delete(EPOLLOUT);
    });
    this.#edges.harvest();
    await this.start();
  }

  async end(): Promise<void> {
    await this.#child?.end();
    this.#edges.close();
    for (const vp of this.#vps) vp.close();
    this.report.leaked = sockets().filter((name) => !this.#socketsBefore.has(name)).length;
  }
}
