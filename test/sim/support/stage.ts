// SPDX-License-Identifier: LGPL-2.1-or-later

// What the members of VPoll and Poller are asked on, and with which values.

import { VPOLL_EVENTS, VPollError, type Kernel, type KernelPoller, type KernelVPoll } from '../../../src/sim/index.js';

/** Vpolls and Pollers of one kernel. All that are open show IN. */
export interface Stage {
  readonly kernel: Kernel;
  readonly poller: KernelPoller;
  readonly closedPoller: KernelPoller;
  /** In `poller`. */
  readonly watched: KernelVPoll;
  /** In no Poller. */
  readonly idle: KernelVPoll;
  /** In `poller`, with a listener. */
  readonly listened: KernelVPoll;
  readonly closed: KernelVPoll;
  /** Of another kernel. */
  readonly foreign: KernelVPoll;
  /** How long a step may take that something is to come of, once that is known; a moment where nothing is. */
  patienceMs: number;
  /** A vpoll that shows IN, closed at the end. */
  readonly vpoll: () => KernelVPoll;
  /** What comes of a call: its value, or its error with all that belongs to it. Numbers of descriptors are named by what they are. */
  readonly say: (call: () => unknown) => Promise<string>;
  readonly end: () => Promise<void>;
}

const IN = 1;
const MOMENT_MS = 10;
const PATIENCE_MS = 10_000;

/** The patience for what has come to this elsewhere. */
export function patienceFor(answer: string | undefined): number {
  return answer === undefined || answer.includes('"done"') ? MOMENT_MS : PATIENCE_MS;
}

/** The numbers differ, so they are named. */
type Names = readonly (readonly [fd: number, name: string])[];

function named(text: string, names: Names): string {
  return names.reduce((said, [fd, name]) => said.replaceAll(new RegExp(`\\b(fd:?) ${fd}\\b`, 'g'), `$1 ${name}`), text);
}

function shown(value: unknown): string {
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function') return String(value);
  return value === undefined ? 'undefined' : JSON.stringify(value);
}

function shownError(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${shown(error)}`;
  const { code, errno, syscall } = error as Partial<VPollError>;
  const own = Object.keys(error).sort().join();
  const kind = error instanceof VPollError ? 'VPollError' : 'other';
  return `${kind} ${error.name} ${code} ${errno} ${syscall} (${own}): ${error.message}`;
}

/** Waits until a promise has ended, or nothing more is expected of it. */
export async function hasEnded(kernel: Kernel, promise: Promise<unknown>, patienceMs: number): Promise<void> {
  let isOver = false;
  const end = (): void => {
    isOver = true;
  };
  promise.then(end, end);
  const over = (): boolean => isOver;
  for (let i = 0; i < patienceMs / 2 && !over(); i++) await kernel.sleep(2);
}

/** A stage of its own. */
export function made(kernel: Kernel, foreign: KernelVPoll): Stage {
  const all: KernelVPoll[] = [];
  const vpoll = (): KernelVPoll => {
    const vp = kernel.VPoll.create({ backend: 'socketpair', events: IN });
    all.push(vp);
    return vp;
  };
  const [poller, closedPoller] = [kernel.Poller.create(), kernel.Poller.create()];
  const [watched, idle, listened, closed] = [vpoll(), vpoll(), vpoll(), vpoll()];
  const names: Names = Object.entries({ watched, idle, listened }).map(([name, { fd }]) => [fd, name] as const);
  poller.add(watched, IN);
  poller.add(listened, 4, { listener: () => undefined });
  closed.close();
  closedPoller.close();
  const say = async (call: () => unknown): Promise<string> => {
    try {
      return `gave ${named(shown(await call()), names)}`;
    } catch (error) {
      return named(shownError(error), names);
    }
  };
  const end = async (): Promise<void> => {
    await poller[Symbol.asyncDispose]();
    for (const vp of all) vp.close();
  };
  return { kernel, poller, closedPoller, watched, idle, listened, closed, foreign, patienceMs: MOMENT_MS, vpoll, say, end };
}

class Named {
  toString(): string {
    throw new Error('nobody may ask for this');
  }
}

const NUMBERS = [
  0,
  -0,
  1,
  2,
  4,
  5,
  8,
  0x10,
  0x20,
  0x2011,
  0x2001,
  0x41,
  0x40,
  0x300,
  0x305,
  VPOLL_EVENTS,
  0x400,
  0x2000,
  -1,
  -2,
  0.5,
  NaN,
  Infinity,
  -Infinity,
  1024,
  65536,
  65537,
  99_999,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  -(2 ** 31) - 1,
  2 ** 30,
  2 ** 29,
  2 ** 28,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53,
];
const TEXTS = ['', '0', '1', 'IN', 'socketpair', 'eventfd', 'strict', 'closest', 'seed', 'truest', 'x'.repeat(60)];

/** Right values and wrong ones, by what they are called. */
export function valuesFor({ watched, idle, listened, closed, foreign, poller }: Stage): Record<string, unknown> {
  return {
    ...Object.fromEntries(NUMBERS.map((value) => [`number ${Object.is(value, -0) ? '-0' : value}`, value])),
    ...Object.fromEntries(TEXTS.map((value) => [`text '${value}'`, value])),
    undefined: undefined,
    null: null,
    true: true,
    false: false,
    bigint: 1n,
    symbol: Symbol('IN'),
    object: {},
    'object without a prototype': Object.create(null) as unknown,
    'object that has no text': new Named(),
    'boxed number': Object(1) as unknown,
    array: [1],
    function: () => 1,
    signal: new AbortController().signal,
    'aborted signal': AbortSignal.abort('enough'),
    'what looks like a signal': { aborted: false, addEventListener: () => undefined, throwIfAborted: () => undefined },
    watched,
    idle,
    listened,
    closed,
    foreign,
    poller,
    'what looks like a VPoll': { fd: 3 },
    date: new Date(0),
    'unknown option': { option: 1 },
    'unknown option beside a known one': { edge: true, Edge: true, events: 1, timeoutMs: 0 },
  };
}

/** The same for a target. What is open under a small number is another thing in each kernel, so of those there are only the vpolls'. */
export function targetsFor(stage: Stage): Record<string, unknown> {
  const { watched, idle, listened } = stage;
  const others = Object.entries(valuesFor(stage)).filter(
    ([, value]) => typeof value !== 'number' || !(value >= 0 && value < 2000 && Number.isInteger(value)),
  );
  const numbers = { 'number of watched': watched.fd, 'number of idle': idle.fd, 'number of listened': listened.fd };
  return Object.assign(Object.fromEntries(others), numbers);
}
