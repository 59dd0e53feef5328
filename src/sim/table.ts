// SPDX-License-Identifier: LGPL-2.1-or-later

// The last steps of a run as a table that people read: when, who, what. It is made of the trace (docs/simulation.md). The system calls that the
// core makes for a vpoll are left out: what they come to stands in a line of its own.

import { EPOLLET, EPOLLEXCLUSIVE, EPOLLONESHOT } from '../../host/abi.js';
import { formatEvents } from '../events.js';
import type { Ownership } from './threads.js';
import { toTimeline, type Moment, type Wake } from './timeline.js';

/** So many steps are shown. */
const ROWS_MAX = 16;
const EVENTS_MASK = 0xffff;
const OPTIONS: readonly (readonly [bit: number, word: string])[] = [
  [EPOLLET, 'edge'],
  [EPOLLONESHOT, 'once'],
  [EPOLLEXCLUSIVE, 'exclusive'],
];

interface Row {
  readonly atNs: number;
  readonly who: string;
  readonly what: string;
}

/** Whose a thread is where the trace has this size. */
export function ownerAt(ownerships: readonly Ownership[], thread: number, size: number): string | undefined {
  return ownerships.findLast((each) => each.thread === thread && each.since <= size)?.task;
}

function events(word: string | undefined): string {
  return formatEvents(Number(word ?? 0) & EVENTS_MASK);
}

/** `IN, edge` */
function interest(word: string | undefined): string {
  const options = OPTIONS.filter(([bit]) => (Number(word ?? 0) & bit) !== 0).map(([, name]) => `, ${name}`);
  return `${events(word)}${options.join('')}`;
}

/** `1.5 ms` */
function inMs(us: number): string {
  return `${us / 1000} ms`;
}

/** Goes through what happened, and says it in words. */
class Steps {
  readonly rows: Row[] = [];
  readonly #ownerships: readonly Ownership[];
  /** How much of the trace is behind. */
  #size = 0;
  /** What a descriptor is, by its number. */
  readonly #names = new Map<string, string>();
  /** Calls that may be part of one of the core's, which follows then, and whom they woke. */
  #parts: readonly Row[] = [];
  #partWakes: readonly string[] = [];

  constructor(ownerships: readonly Ownership[]) {
    this.#ownerships = ownerships;
  }

  add({ atNs, line, task, what, result = '', wakes }: Moment): void {
    const woken = wakes.map((wake) => this.#wake(wake));
    const [call = '', ...args] = what.split(' ');
    const isOfCore = call.startsWith('vpoll_');
    const did = task === undefined ? this.#ofKernel(what) : this.#ofTask(call, args, result);
    if (isOfCore) woken.unshift(...this.#partWakes);
    else if (did !== undefined) this.rows.push(...this.#parts);
    if (did !== undefined) {
      this.#parts = [];
      this.#partWakes = [];
    }
    const row = { atNs, who: task === undefined ? '' : this.#owner(task) };
    const said = [did ?? this.#plain(call, args, result), ...woken].filter((part) => part !== '').join('; ');
    if (did === undefined) {
      this.#parts = [...this.#parts, { ...row, what: said }];
      this.#partWakes = [...this.#partWakes, ...woken];
    } else if (said !== '') this.rows.push({ ...row, what: said });
    this.#size += line.length + 1;
  }

  /** What is over is no part of anything. */
  end(): readonly Row[] {
    return [...this.rows, ...this.#parts];
  }

  #owner(thread: string): string {
    return ownerAt(this.#ownerships, Number(thread.slice(1)), this.#size) ?? thread;
  }

  #wake({ task, events: key, why, lateUs }: Wake): string {
    const about = why !== '' ? why : formatEvents(key);
    return `wakes ${this.#owner(task)} (${about})${lateUs === 0 ? '' : `, which is ${inMs(lateUs)} late`}`;
  }

  #ofKernel(what: string): string {
    return what.startsWith('fault ') ? what : '';
  }

  #name(fd: string | undefined): string {
    return this.#names.get(fd ?? '') ?? `descriptor ${fd ?? ''}`;
  }

  /** A descriptor that has just been made: what it is called from now on. */
  #made(kind: string, fd: string): string {
    if (/^\d+$/.test(fd)) this.#names.set(fd, `${kind} ${fd}`);
    return `creates ${/^\d+$/.test(fd) ? this.#name(fd) : `no ${kind}: ${fd}`}`;
  }

  /** Undefined for a call that may be one of the core's, '' for what says nothing. */
  #ofTask(call: string, args: readonly string[], result: string): string | undefined {
    const [first, second, third, fourth] = args;
    const failed = /^E[A-Z]/.test(result) ? `: ${result}` : '';
    switch (call) {
      case 'process':
      case 'thread':
      case 'run':
        return '';
      case 'vpoll_create':
        return `${this.#made('vpoll', result)}${Number(second) === 0 ? '' : `, which shows ${events(second)}`}`;
      case 'vpoll_ctl':
        return `${this.#change(first, second, third)}${failed}`;
      case 'vpoll_close':
      case 'close':
        return call === 'close' && !this.#name(first).startsWith('poller') ? undefined : `closes ${this.#name(first)}${failed}`;
      case 'epoll_create':
        return this.#made('poller', result);
      case 'epoll_ctl':
        return `${this.#watch(first, second, third, fourth)}${failed}`;
      case 'epoll_wait':
        return this.#got(first, result);
      case 'poll':
        return this.#wait(first, second, result);
      case 'yield':
        return `hands the processor on, and gets it back ${inMs(Number(second))} late`;
      case 'sleep':
        return first === undefined ? `has slept${failed}` : `sleeps ${inMs(Number(first))}`;
      default:
        return /^(signal|dies|exit|says)$/.test(call) ? [call, ...args].join(' ') : undefined;
    }
  }

  #plain(call: string, [fd, ...args]: readonly string[], result: string): string {
    const isOnFile = this.#names.has(fd ?? '');
    return `${[call, isOnFile ? this.#name(fd) : fd, ...args].filter((word) => word !== undefined).join(' ')}${result === '' ? '' : ` = ${result}`}`;
  }

  #change(fd: string | undefined, op: string | undefined, mask: string | undefined): string {
    if (op === '1') return `adds ${events(mask)} to ${this.#name(fd)}`;
    return op === '2' ? `takes ${events(mask)} from ${this.#name(fd)}` : `sets ${this.#name(fd)} to ${events(mask)}`;
  }

  #watch(epoll: string | undefined, op: string | undefined, fd: string | undefined, mask: string | undefined): string {
    if (op === '2') return `drops ${this.#name(fd)} from ${this.#name(epoll)}`;
    return `${op === '1' ? 'adds' : 'changes'} ${this.#name(fd)} ${op === '1' ? 'to' : 'in'} ${this.#name(epoll)} for ${interest(mask)}`;
  }

  /** `2 0x1:0x100000003 ...`: how many, and of each events and data, whose lower half is the descriptor. */
  #got(epoll: string | undefined, result: string): string {
    const [, ...all] = result.split(' ');
    const each = all.map((one) => {
      const [mask, data = '0'] = one.split(':');
      return `${events(mask)} of ${this.#name(String(Number(BigInt(data) & 0xffffffffn)))}`;
    });
    return `gets ${each.length === 0 ? 'nothing' : each.join(', ')} from ${epoll === undefined ? 'its poller' : this.#name(epoll)}`;
  }

  /** Only of a poller: the core asks poll(2) as well. */
  #wait(timeoutMs: string | undefined, asked: string | undefined, result: string): string | undefined {
    if (timeoutMs === undefined) return result.startsWith('1') ? '' : `has waited: ${result === '0' ? 'time is up' : result}`;
    const name = this.#name(asked?.split(':')[0]);
    if (!name.startsWith('poller')) return undefined;
    if (result.startsWith('1')) return '';
    return `waits for ${name}${Number(timeoutMs) < 0 ? '' : `, ${timeoutMs} ms at most`}`;
  }
}

function layOut(rows: readonly Row[]): string {
  const cells = [['ms', 'who', 'what'], ...rows.map(({ atNs, who, what }) => [(atNs / 1e6).toFixed(3), who, what])];
  const widthOf = (column: number): number => Math.max(...cells.map((row) => row[column]!.length));
  const [times, names] = [widthOf(0), widthOf(1)];
  return cells.map(([ms, who, what]) => `  ${ms!.padStart(times)}  ${who!.padEnd(names)}  ${what!}`).join('\n');
}

/** The last steps; '' where there is no trace. */
export function tableOf(trace: string, ownerships: readonly Ownership[]): string {
  const steps = new Steps(ownerships);
  for (const moment of toTimeline(trace)) steps.add(moment);
  const rows = steps.end();
  return rows.length === 0 ? '' : layOut(rows.slice(-ROWS_MAX));
}
