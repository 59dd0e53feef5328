// SPDX-License-Identifier: LGPL-2.1-or-later

// What the makers of steps share.

import type { Dice } from './choices.js';
import type { Kind } from './world.js';
import { VPOLL_EVENTS } from '../../../src/constants.js';

/** What a call's arguments are made of. */
export interface Context {
  readonly dice: Dice;
  /** The task's open descriptors. */
  readonly table: ReadonlyMap<number, Kind>;
  readonly limit: number;
  /** The call shall sleep if it can. */
  readonly sleeps: boolean;
}

export type Args = (number | bigint)[];
export type Maker = (context: Context) => [call: number, args: Args];

export const O_NONBLOCK = 0x800;
export const O_CLOEXEC = 0x80000;
export const EVENTS = [0x1, 0x4, 0x5, 0x2, 0x2001, 0x41, 0x104, 0x0, VPOLL_EVENTS, 0x10, 0x8, 0x203];

/** 32 bits, each as likely set as not. */
export function anyBits(dice: Dice): number {
  return dice.below(0x10000) * 0x10000 + dice.below(0x10000);
}

/** A descriptor: mostly an open one of the kinds, sometimes another one, seldom one that isn't open. */
export function fd({ dice, table, limit }: Context, ...kinds: Kind[]): number {
  const all = [...table];
  const fitting = all.filter(([, kind]) => kinds.includes(kind));
  if (all.length === 0 || dice.oneIn(30)) return dice.pick([limit, -1, limit - 1, 3 + dice.below(12)]);
  return dice.pick(fitting.length > 0 && !dice.oneIn(20) ? fitting : all)[0];
}

const MAX = 0xffffffffffffffffn;
/** Words for the counter of an eventfd. */
export const EVENTFD_VALUES = [1n, 1n, 2n, 0n, MAX - 1n, MAX - 2n, MAX];
