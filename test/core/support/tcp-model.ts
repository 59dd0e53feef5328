// SPDX-License-Identifier: LGPL-2.1-or-later

// What a TCP connection can show, written from DESIGN and tcp_poll(), with no look at assembly/: the tests' second opinion.

import { ERR, HUP, IN, MSG, OUT, PRI, RDBAND, RDHUP, WRBAND } from '../../fake/abi.js';
import { nextMask } from './unix-model.js';

const IN_ALL = 0x41;
const OUT_ALL = 0x104;

function subsetsOf(bits: readonly number[]): number[] {
  return Array.from({ length: 1 << bits.length }, (_, n) => bits.reduce((mask, bit, i) => mask | (n & (1 << i) ? bit : 0), 0));
}

/** All masks: IN, PRI, OUT and ERR are free; RDHUP brings IN; beside HUP there is no PRI, and IN only with RDHUP. */
export const TCP_SHOWABLE: readonly number[] = [
  ...subsetsOf([IN_ALL, PRI, OUT_ALL, ERR]),
  ...subsetsOf([PRI, OUT_ALL, ERR]).map((mask) => mask | RDHUP | IN_ALL),
  ...subsetsOf([OUT_ALL, ERR]).flatMap((mask) => [mask | HUP, mask | HUP | RDHUP | IN_ALL]),
];

export function tcpAliases(mask: number): number {
  return mask | (mask & IN ? IN_ALL : 0) | (mask & OUT ? OUT_ALL : 0);
}

function countBits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** The nearest mask by brute force: all supersets, smallest first, then lowest; bits are given up in a fixed order. */
function tcpNearest(wanted: number): number {
  let rest = wanted;
  for (const given of [0, MSG, RDBAND, WRBAND, PRI, ERR]) {
    rest &= ~given;
    const candidates = TCP_SHOWABLE.filter((mask) => (rest & ~mask) === 0);
    candidates.sort((a, b) => countBits(a) - countBits(b) || a - b);
    if (candidates[0] !== undefined) return candidates[0];
  }
  throw new Error(`nothing near ${wanted}`);
}

/** What a ctl on a TCP connection is to show, or undefined where strict refuses it. */
export function tcpExpected(shown: number, op: number, arg: number, strict: boolean): number | undefined {
  const wanted = nextMask(shown, op, tcpAliases(arg));
  const target = tcpNearest(wanted);
  return strict && target !== wanted ? undefined : target;
}

/** Whether the connection stays as it is on the way: then nobody sees a bit of neither mask. */
export function isClean(shown: number, target: number): boolean {
  return ((shown ^ target) & HUP) === 0 && (shown & ~target & RDHUP) === 0 && !(shown & HUP && target & ~shown & ERR);
}
