// SPDX-License-Identifier: LGPL-2.1-or-later

import { instantiate, type Core } from '../../src/core.js';
import { FakeKernel, type Machine } from '../fake-host.js';

export const ADD = 1;
export const DEL = 2;
export const SET = 3;
export const OPS = [ADD, DEL, SET];
export const AUTO = 0;
export const EVENTFD = 1;
export const DEVICE = 2;
export const SOCKETPAIR = 3;
export const STRICT = 0;
export const CLOSEST = 1;
export const EXCLUSIVE = 2;
export const CLOEXEC = 0x80000;
export const SETTABLE = 0x27df;
export const ENOENT = 2;
export const EBADF = 9;
export const ENOMEM = 12;
export const EACCES = 13;
export const EINVAL = 22;
export const EMFILE = 24;
export const EOPNOTSUPP = 95;
export const ENOTRECOVERABLE = 131;

export const IN = 0x41;
export const OUT = 0x304;
const RDHUP = 0x2041;
const HUP = 0x2051;
/** The masks that a socketpair can show. */
export const SHOWN = [0, IN, OUT, IN | OUT, RDHUP, RDHUP | OUT, HUP, HUP | OUT];

export interface Bench {
  readonly kernel: FakeKernel;
  readonly core: Core;
}

/** A core of its own over a scripted kernel of its own. */
export function make(machine: Partial<Machine> = {}): Bench {
  const kernel = new FakeKernel();
  Object.assign(kernel.machine, machine);
  return { kernel, core: instantiate(kernel.host) };
}

/** The three machines, each with the backend that `auto` then finds, and the one with the reference's patch. */
export const MACHINES: [name: string, machine: Partial<Machine>, backend: number][] = [
  ['eventfd', { eventfd: 'ours' }, EVENTFD],
  ['eventfd of the reference', { eventfd: 'reference' }, EVENTFD],
  ['device', { device: 'vpoll' }, DEVICE],
  ['socketpair', {}, SOCKETPAIR],
];

/** All subsets of a mask. */
export function subsets(mask: number): number[] {
  const all: number[] = [];
  for (let part = mask; ; part = (part - 1) & mask) {
    all.push(part);
    if (part === 0) return all.reverse();
  }
}

export function hex(mask: number): string {
  return `0x${mask.toString(16)}`;
}
