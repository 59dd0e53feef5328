// SPDX-License-Identifier: LGPL-2.1-or-later

// What a socketpair can show, written from unix_poll() (net/unix/af_unix.c), with no look at assembly/: the tests' second opinion.

import { ADD, DEL, ERR, HUP, IN, MSG, OUT, PRI, RDBAND, RDHUP, SETTABLE } from '../../fake/abi.js';

export const IN_ALL = 0x41;
export const OUT_ALL = 0x304;
/** HUP implies RDHUP, and RDHUP implies IN: unix_poll() shows RCV_SHUTDOWN as both. */
const RDHUP_ALL = RDHUP | IN_ALL;
const HUP_ALL = HUP | RDHUP_ALL;

/** All masks that unix_poll() can give for a pair whose ends both live. */
export const SHOWABLE: readonly number[] = [0, IN_ALL, RDHUP_ALL, HUP_ALL].flatMap((mask) => [mask, mask | OUT_ALL]);

/** All masks of the eleven settable bits. */
export const ALL_MASKS: readonly number[] = Array.from({ length: SETTABLE + 1 }, (_, mask) => mask).filter(
  (mask) => (mask & ~SETTABLE) === 0,
);

export function withAliases(mask: number): number {
  return mask | (mask & IN ? IN_ALL : 0) | (mask & OUT ? OUT_ALL : 0);
}

/** Whether no pair is split: IN only with RDNORM, OUT only with WRNORM and WRBAND. */
export function isAliasedPair(mask: number): boolean {
  return [IN_ALL, OUT_ALL].every((pair) => (mask & pair) === 0 || (mask & pair) === pair);
}

/** Whether a state can be left for another: HUP and RDHUP are final. */
export function canReach(shown: number, target: number): boolean {
  return (shown & (HUP | RDHUP) & ~target) === 0;
}

function countBits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** The nearest mask by brute force: all supersets that can be reached, smallest first, then lowest; bits are given up in a fixed order. */
export function nearest(shown: number, wanted: number): number {
  for (const given of [0, MSG, MSG | RDBAND, MSG | RDBAND | PRI, MSG | RDBAND | PRI | ERR]) {
    const rest = wanted & ~given;
    const candidates = SHOWABLE.filter((mask) => (rest & ~mask) === 0 && canReach(shown, mask));
    candidates.sort((a, b) => countBits(a) - countBits(b) || a - b);
    if (candidates[0] !== undefined) return candidates[0];
  }
  throw new Error(`nothing near ${wanted} from ${shown}`);
}

export function nextMask(shown: number, op: number, arg: number): number {
  return op === ADD ? shown | arg : op === DEL ? shown & ~arg : arg;
}

/** What a ctl on a socketpair is to show, or undefined where strict refuses it. */
export function expected(shown: number, op: number, arg: number, strict: boolean): number | undefined {
  const wanted = nextMask(shown, op, withAliases(arg));
  const target = nearest(shown, wanted);
  return strict && target !== wanted ? undefined : target;
}
