// SPDX-License-Identifier: LGPL-2.1-or-later

// What a TCP connection can show, written from tcp_poll() (net/ipv4/tcp.c), with no look at assembly/: the tests' second opinion.

import { ERR, HUP, IN, MSG, OUT, PRI, RDBAND, RDHUP, WRBAND } from '../../fake/abi.js';
import { nextMask } from './unix-model.js';

const IN_ALL = 0x41;
const OUT_ALL = 0x104;

function subsetsOf(bits: readonly number[]): number[] {
  return Array.from({ length: 1 << bits.length }, (_, n) => bits.reduce((mask, bit, i) => mask | (n & (1 << i) ? bit : 0), 0));
}

/** IN, PRI, OUT and ERR are free; RDHUP brings IN. */
const LIVE: readonly number[] = [
  ...subsetsOf([IN_ALL, PRI, OUT_ALL, ERR]),
  ...subsetsOf([PRI, OUT_ALL, ERR]).map((mask) => mask | RDHUP | IN_ALL),
];
/** What one shutdown(2) of both directions shows. */
const ENDED = HUP | RDHUP | IN_ALL | OUT_ALL;

/** All masks that a connection shows which stays: HUP brings IN, OUT and RDHUP. */
export const TCP_SHOWABLE: readonly number[] = [...LIVE, ...subsetsOf([PRI, ERR]).map((mask) => mask | ENDED)];

/** All masks where bits may pass: beside HUP there is IN only with RDHUP, and PRI only with all of them. */
export const TCP_PASSING: readonly number[] = [
  ...LIVE,
  ...subsetsOf([OUT_ALL, ERR]).flatMap((mask) => [mask | HUP, mask | HUP | RDHUP | IN_ALL]),
  ...subsetsOf([ERR]).map((mask) => mask | ENDED | PRI),
];

/** Where no bit may pass, HUP and RDHUP stay, and after HUP neither PRI nor ERR comes. */
function canReach(shown: number, target: number): boolean {
  const isLost = (shown & ~target & (HUP | RDHUP)) !== 0;
  return !isLost && !(shown & HUP && target & ~shown & (PRI | ERR));
}

export function tcpAliases(mask: number): number {
  return mask | (mask & IN ? IN_ALL : 0) | (mask & OUT ? OUT_ALL : 0);
}

function countBits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** What may be given up, first the first alone, last all. So what is shown and can stay isn't given up for what can't come. */
const GIVEN_UP = subsetsOf([MSG, RDBAND, WRBAND, PRI, ERR]);

/** The nearest mask by brute force: all supersets that can be reached, smallest first, then lowest; bits are given up in a fixed order. */
export function tcpNearest(shown: number, wanted: number, passing: boolean): number {
  const masks = passing ? TCP_PASSING : TCP_SHOWABLE.filter((mask) => canReach(shown, mask));
  for (const given of GIVEN_UP) {
    const candidates = masks.filter((mask) => (wanted & ~given & ~mask) === 0);
    candidates.sort((a, b) => countBits(a) - countBits(b) || a - b);
    if (candidates[0] !== undefined) return candidates[0];
  }
  throw new Error(`nothing near ${wanted}`);
}

/** What a ctl on a TCP connection is to show, or undefined where strict refuses it. */
export function tcpExpected(shown: number, op: number, arg: number, strict: boolean, passing: boolean): number | undefined {
  const wanted = nextMask(shown, op, tcpAliases(arg));
  const target = tcpNearest(shown, wanted, passing);
  return strict && target !== wanted ? undefined : target;
}

/** Whether the connection stays as it is on the way: then nobody sees a bit of neither mask. Where none may pass, it always does. */
export function isClean(shown: number, target: number): boolean {
  const isEnded = (mask: number): boolean => (mask & ENDED) === ENDED;
  if (isEnded(target)) return !(shown & HUP && target & ~shown & (PRI | ERR));
  return ((shown | target) & HUP) === 0 && (shown & ~target & RDHUP) === 0;
}
