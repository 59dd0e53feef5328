// SPDX-License-Identifier: LGPL-2.1-or-later

// Random programs over a kernel in JavaScript, as data: what is done step by step, whatever the outcome.

import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP, EPOLLRDNORM } from '../../../src/index.js';
import type { Random } from '../../support/random.js';

export type Kind = 'pipe' | 'socketpair' | 'eventfd' | 'semaphore' | 'timerfd' | 'vpoll';

/** What is done at once. Files and Pollers are named, since each kernel has numbers of its own. */
export type Act =
  | { readonly do: 'read'; readonly of: string; readonly size: number }
  | { readonly do: 'write'; readonly of: string; readonly size: number }
  | { readonly do: 'shutdown'; readonly of: string; readonly how: 'read' | 'write' | 'both' }
  | { readonly do: 'take' | 'settle' | 'disarm' | 'far' | 'close'; readonly of: string }
  | { readonly do: 'count'; readonly of: string; readonly value: bigint }
  | { readonly do: 'ADD' | 'DEL' | 'SET'; readonly of: string; readonly events: number }
  | { readonly do: 'add'; readonly in: string; readonly of: string; readonly events: number; readonly options: Options }
  | { readonly do: 'modify'; readonly in: string; readonly of: string; readonly events: number; readonly options: Options }
  | { readonly do: 'delete'; readonly in: string; readonly of: string }
  /** By the number that it had. */
  | { readonly do: 'close, then delete' | 'close, then modify'; readonly in: string; readonly of: string }
  | { readonly do: 'close Poller'; readonly in: string }
  | { readonly do: 'abort' };

export interface Options {
  readonly edge?: boolean;
  readonly oneshot?: boolean;
  readonly exclusive?: boolean;
}

export type Step =
  | Act
  | { readonly do: 'make'; readonly kind: Kind; readonly of: string }
  | { readonly do: 'make Poller'; readonly in: string }
  /** Arms a timer and sleeps past its expiry: a step in time that no machine is too busy for. */
  | { readonly do: 'fire'; readonly of: string; readonly isPeriodic: boolean }
  | { readonly do: 'wait'; readonly in: string; readonly max: number }
  /** A wait that is pending while something else happens. */
  | { readonly do: 'pend'; readonly in: string; readonly max: number; readonly acts: readonly Act[] }
  | {
      readonly do: 'watch';
      readonly in: string;
      readonly of: string;
      readonly events: number;
      readonly edge: boolean;
      readonly acts: readonly Act[];
    }
  /** A listener of one event, and what it was added for is deleted. */
  | { readonly do: 'listen'; readonly in: string; readonly of: string; readonly events: number; readonly acts: readonly Act[] }
  /** A wait that a timer ends, by a Poller of its own. */
  | { readonly do: 'alarm'; readonly of: string; readonly options: Options };

const EITHER = EPOLLIN | EPOLLOUT;
const INTERESTS = [
  EPOLLIN,
  EPOLLIN,
  EPOLLOUT,
  EITHER,
  EITHER,
  EPOLLIN | EPOLLRDHUP,
  EPOLLRDNORM,
  0,
  EPOLLIN | EPOLLPRI | EPOLLERR,
];
/** A socketpair can't show the last two: that they are refused is compared as well. */
const ASSERTED = [
  EPOLLIN,
  EPOLLIN,
  EPOLLIN,
  EPOLLOUT,
  EITHER,
  0,
  EPOLLIN | EPOLLRDHUP,
  EPOLLHUP | EPOLLIN | EPOLLRDHUP,
  EPOLLPRI,
  EPOLLERR,
];
const SIZES = [1, 1, 10, 700, 4096, 5000, 20000, 65536, 70000, 0];
const COUNTS = [1n, 1n, 2n, 0n, 2n ** 63n, 2n ** 64n - 2n, 2n ** 64n - 3n];
const MAXES = [1024, 1024, 1024, 2, 1];
const FILES_MAX = 14;
const POLLERS_MAX = 3;

interface File {
  readonly name: string;
  readonly kind: Kind;
  isOpen: boolean;
}

/** Makes a program, step by step. It knows what is open, and nothing of the outcome. */
class Author {
  readonly #random: Random;
  readonly #files: File[] = [];
  #pollers: string[] = [];
  /** What was added to which Poller, and not deleted. */
  #added: (readonly [poller: string, file: File])[] = [];
  #count = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#random.below(items.length)]!;
  }

  #oneIn(n: number): boolean {
    return this.#random.below(n) === 0;
  }

  /** Mostly one that is open. */
  #file(...kinds: Kind[]): File | undefined {
    const fitting = this.#files.filter(({ kind }) => kinds.length === 0 || kinds.includes(kind));
    const open = fitting.filter(({ isOpen }) => isOpen);
    const from = open.length > 0 && !this.#oneIn(25) ? open : fitting;
    return from.length > 0 ? this.#pick(from) : undefined;
  }

  #make(): Step {
    const kind = this.#pick([
      'pipe',
      'pipe',
      'socketpair',
      'socketpair',
      'eventfd',
      'semaphore',
      'timerfd',
      'vpoll',
      'vpoll',
    ] as const);
    const of = `${kind}${this.#count++}`;
    const names = kind === 'pipe' || kind === 'socketpair' ? [`${of}.0`, `${of}.1`] : [of];
    for (const name of names) this.#files.push({ name, kind, isOpen: true });
    return { do: 'make', kind, of };
  }

  #makePoller(): Step {
    const name = `Poller${this.#count++}`;
    this.#pollers.push(name);
    return { do: 'make Poller', in: name };
  }

  #options(): Options {
    if (this.#oneIn(6)) return { exclusive: true, edge: this.#oneIn(2), oneshot: this.#oneIn(8) };
    return { edge: this.#oneIn(2), oneshot: this.#oneIn(4) };
  }

  /** What is done with a file of this kind. */
  #use({ name: of, kind }: File): Act {
    const size = this.#pick(SIZES);
    if (kind === 'vpoll') return { do: this.#pick(['ADD', 'ADD', 'DEL', 'SET'] as const), of, events: this.#pick(ASSERTED) };
    if (kind === 'timerfd') return { do: this.#pick(['take', 'take', 'settle', 'disarm', 'far'] as const), of };
    if (kind === 'eventfd' || kind === 'semaphore') {
      return this.#oneIn(2) ? { do: 'take', of } : { do: 'count', of, value: this.#pick(COUNTS) };
    }
    if (kind === 'socketpair' && this.#oneIn(12)) {
      return { do: 'shutdown', of, how: this.#pick(['read', 'write', 'both'] as const) };
    }
    const isReader = kind === 'pipe' ? of.endsWith('.0') : this.#oneIn(2);
    return isReader ? { do: 'read', of, size: Math.max(size, 1) } : { do: 'write', of, size };
  }

  #close(file: File): Act {
    file.isOpen = false;
    return { do: 'close', of: file.name };
  }

  #register(poller: string, file: File): Act {
    const [events, options] = [this.#pick(INTERESTS), this.#options()];
    const added = this.#added.filter(([where, { isOpen }]) => where === poller && isOpen);
    const way = this.#random.below(12);
    if (way < 6 || added.length === 0) {
      this.#added.push([poller, file]);
      return { do: 'add', in: poller, of: file.name, events, options };
    }
    const known = this.#oneIn(8) ? file : this.#pick(added)[1];
    const of = known.name;
    const { edge = false, oneshot = false } = options;
    if (way < 9) return { do: 'modify', in: poller, of, events, options: { edge, oneshot } };
    if (way < 11 || !known.isOpen) {
      this.#added = this.#added.filter((each) => each[0] !== poller || each[1] !== known);
      return { do: 'delete', in: poller, of };
    }
    known.isOpen = false;
    return { do: this.#pick(['close, then delete', 'close, then modify'] as const), in: poller, of };
  }

  /** Something that takes no time; `poller`: what waits meanwhile. */
  #act(poller = this.#pick(this.#pollers)): Act {
    const file = this.#file();
    if (!file) return { do: 'delete', in: poller, of: 'nothing' };
    if (this.#oneIn(20)) return this.#close(file);
    return this.#oneIn(3) ? this.#register(poller, file) : this.#use(file);
  }

  #acts(poller: string): Act[] {
    return Array.from({ length: this.#random.below(4) }, () => {
      if (this.#oneIn(8)) return { do: 'abort' };
      if (this.#pollers.length < 2 || !this.#oneIn(20)) return this.#act(poller);
      this.#pollers = this.#pollers.filter((name) => name !== poller);
      return { do: 'close Poller', in: poller };
    });
  }

  #wait(): Step {
    const [poller, file] = [this.#pick(this.#pollers), this.#file()];
    const max = this.#pick(MAXES);
    const way = this.#random.below(13);
    if (way < 7) return { do: 'wait', in: poller, max };
    if (way === 12 && file) {
      // A level that it is told of again and again would take no virtual time.
      const acts = this.#acts(poller).filter((act) => act.do !== 'modify' || act.of !== file.name);
      return { do: 'listen', in: poller, of: file.name, events: this.#pick(INTERESTS), acts };
    }
    if (way < 10 || !file) return { do: 'pend', in: poller, max, acts: this.#acts(poller) };
    return {
      do: 'watch',
      in: poller,
      of: file.name,
      events: this.#pick(INTERESTS),
      edge: this.#oneIn(2),
      acts: this.#acts(poller),
    };
  }

  #time(): Step | undefined {
    const of = this.#file('timerfd')?.name;
    if (of === undefined) return undefined;
    if (this.#oneIn(2)) return { do: 'fire', of, isPeriodic: this.#oneIn(2) };
    return { do: 'alarm', of, options: { edge: this.#oneIn(2), oneshot: this.#oneIn(2) } };
  }

  next(): Step {
    if (this.#pollers.length === 0 || (this.#pollers.length < POLLERS_MAX && this.#oneIn(12))) return this.#makePoller();
    const open = this.#files.filter(({ isOpen }) => isOpen).length;
    if (open < 3 || (open < FILES_MAX && this.#oneIn(6))) return this.#make();
    if (this.#oneIn(3)) return this.#wait();
    return (this.#oneIn(12) ? this.#time() : undefined) ?? this.#act();
  }
}

/** A program of so many steps. */
export function createProgram(random: Random, length: number): Step[] {
  const author = new Author(random);
  return Array.from({ length }, () => author.next());
}

/** A step as a line of a report. */
export function textOf(step: object): string {
  const members = Object.entries(step).map(([name, value]: [string, unknown]) => {
    if (name === 'events') return `0x${Number(value).toString(16)}`;
    if (Array.isArray(value)) return `[${value.map((act) => textOf(act as object)).join('; ')}]`;
    if (typeof value === 'object' && value !== null) return JSON.stringify(value);
    return name === 'do' || name === 'of' || name === 'in' || name === 'kind' ? String(value) : `${name} ${String(value)}`;
  });
  return members.join(' ');
}
