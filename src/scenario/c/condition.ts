// SPDX-License-Identifier: LGPL-2.1-or-later

// Comparisons in C, which come to what they come to in the simulation: there each side is a number of 64 bits with a sign.

import type { Comparison } from '../steps.js';
import type { Value } from './scope.js';

/** The least and the largest value. */
const RANGES = {
  int: [-(2n ** 31n), 2n ** 31n - 1n],
  unsigned: [0n, 2n ** 32n - 1n],
  'long long': [-(2n ** 63n), 2n ** 63n - 1n],
} as const;

function rangeOf({ type, constant }: Value): readonly [bigint, bigint] {
  return constant === undefined ? RANGES[type] : [constant, constant];
}

/** What comes out whatever the values are; undefined where that is open. A compiler warns of what is decided. */
function decided(a: Value, compares: Comparison, b: Value): boolean | undefined {
  const [[aMin, aMax], [bMin, bMax]] = [rangeOf(a), rangeOf(b)];
  if (compares === '<') return aMax < bMin ? true : aMin >= bMax || a.text === b.text ? false : undefined;
  if (compares === '>') return decided(b, '<', a);
  const isEqual =
    a.text === b.text || (aMin === aMax && bMin === bMax && aMin === bMin)
      ? true
      : aMax < bMin || aMin > bMax
        ? false
        : undefined;
  return isEqual === undefined || compares === '==' ? isEqual : !isEqual;
}

export function toCondition(a: Value, compares: Comparison, b: Value): string {
  if (compares === '&') return `${a.text} & ${b.text}`;
  const isTrue = decided(a, compares, b);
  if (isTrue !== undefined) return isTrue ? '1' : '0';
  const isMixed = [a, b].some(({ type }) => type === 'unsigned') && [a, b].some(({ type }) => type === 'int');
  const widen = ({ text, type, constant }: Value): string => {
    if (!isMixed || type !== 'unsigned') return text;
    // A constant is no larger than the int beside it.
    return constant === undefined ? `(long long)${text}` : `(int)${text}`;
  };
  // One that is no word is of the type of the other side.
  const isPlain = (value: Value): boolean => value.constant !== undefined && value.type !== 'unsigned' && value.constant >= 0n;
  return isPlain(a) || isPlain(b) ? `${a.text} ${compares} ${b.text}` : `${widen(a)} ${compares} ${widen(b)}`;
}
