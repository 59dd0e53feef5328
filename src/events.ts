// SPDX-License-Identifier: LGPL-2.1-or-later
import type { EventName } from './event-names.js';
import * as constants from './constants.js';
import { calledFrom, VPollError } from './errors.js';

/** Every named bit, lowest first: what {@link formatEvents} and {@link parseEvents} use. */
const NAMES: readonly (readonly [name: string, bit: number])[] = Object.entries(constants)
  .filter(([name]) => name.startsWith('EPOLL'))
  .map(([name, bit]) => [name.slice('EPOLL'.length), bit] as const)
  .sort(([, a], [, b]) => a - b);

const BITS: ReadonlyMap<string, number> = new Map(NAMES);

export type { EventName } from './event-names.js';

/**
 * Names of events with bars between them, as {@link formatEvents} writes them: `'IN'`, `'IN|PRI'`. The compiler checks two, since of three there are too many
 * combinations for it (TS2590); each wrong one is EINVAL at run time. Of text that came from elsewhere {@link parseEvents} makes a number.
 */
export type EventNames = EventName | `${EventName}|${EventName}` | `${EventName}|${EventName}|${string}`;

/** Which events: their names, or a mask of EPOLL* bits. 0 stands for none. */
export type Events = number | EventNames;

/**
 * A mask in words: `formatEvents(0x2011)` is `'IN|HUP|RDHUP'`. 0 is `'0'`; bits without a name follow as one hexadecimal
 * number. Signed masks (`EPOLLIN | EPOLLET` is negative in JavaScript) are taken as what they stand for.
 *
 * @param events - a mask of EPOLL* bits
 * @throws {@link VPollError} EINVAL when it isn't an integer of 32 bits
 */
export function formatEvents(events: number): string {
  let rest: number;
  try {
    rest = toMask(events, 'formatEvents');
  } catch (error) {
    throw calledFrom(error, formatEvents);
  }
  const words: string[] = [];
  for (const [name, bit] of NAMES) {
    if ((rest & bit) === 0) continue;
    words.push(name);
    rest = (rest & ~bit) >>> 0;
  }
  if (rest !== 0) words.push(`0x${rest.toString(16)}`);
  return words.join('|') || '0';
}

/**
 * The reverse of {@link formatEvents}: names and numbers, separated by blanks, or by one `|` or comma with or without blanks
 * around it. Names are in any case, with or without EPOLL or POLL before them. The mask is unsigned.
 *
 * @throws {@link VPollError} EINVAL, naming the word that is no event
 */
export function parseEvents(text: string): number {
  try {
    return parseText(text);
  } catch (error) {
    throw calledFrom(error, parseEvents);
  }
}

function parseText(text: unknown): number {
  if (typeof text !== 'string') throw invalid('parseEvents', `events must be text, not ${describe(text)}`);
  if (/^[\s|,]*$/.test(text)) throw invalid('parseEvents', 'no events named (for none, say 0)');
  // Blanks may stand around all of it and around a bar or a comma, which stands between two words.
  const words = text.trim().split(/\s*[|,]\s*|\s+/);
  return words.reduce((mask, word) => (mask | parseWord(word)) >>> 0, 0);
}

function parseWord(word: string): number {
  if (/^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(word) && Number(word) <= 0xffffffff) return Number(word);
  if (word === '') throw invalid('parseEvents', 'an event is missing beside a bar or comma');
  const name = word.toUpperCase().replace(/^E?POLL/, '');
  const found = NAMES.find(([known]) => known === name);
  if (!found) throw invalid('parseEvents', `'${word}' is no event (${NAMES.map(([known]) => known).join(', ')})`);
  return found[1];
}

/**
 * A mask as an unsigned number, from what a caller gave.
 *
 * @internal
 */
function toMask(events: unknown, syscall: string, form = 'an integer of 32 bits'): number {
  if (typeof events !== 'number' || !Number.isInteger(events) || events < -0x80000000 || events > 0xffffffff) {
    throw invalid(syscall, `events must be ${form}, not ${describe(events)}`);
  }
  return events >>> 0;
}

/**
 * A mask as an unsigned number, from the names or the number that a caller gave.
 *
 * @internal
 */
export function toEvents(events: unknown, syscall: string): number {
  return typeof events === 'string'
    ? toBits(events, syscall)
    : toMask(events, syscall, "names ('IN|PRI') or an integer of 32 bits");
}

/** The names that are plainly meant by a text: it has a prefix, another case or other separators, as parseEvents() takes them. */
function guess(text: string): string | undefined {
  // A number in a text may be meant as a number.
  if (/\d/.test(text)) return undefined;
  try {
    const mask = parseText(text);
    return (mask & ~constants.VPOLL_EVENTS) === 0 ? formatEvents(mask) : undefined;
  } catch {
    return undefined;
  }
}

/** Only as formatEvents() writes them: what is accepted here is what the type {@link Events} accepts. */
function toBits(names: string, syscall: string): number {
  let mask = 0;
  for (const name of names.split('|')) {
    const bit = BITS.get(name);
    if (bit === undefined) {
      const known = formatEvents(constants.VPOLL_EVENTS).replaceAll('|', ', ');
      const meant = guess(names) ?? guess(name);
      const question = meant === undefined ? '' : `; did you mean '${meant}'?`;
      throw invalid(syscall, `events: ${describe(name)} is no event (${known}; with | between them, and 0 for none)${question}`);
    }
    mask |= bit;
  }
  return mask >>> 0;
}

/**
 * EINVAL for an argument.
 *
 * @internal
 */
export function invalid(syscall: string, detail: string): VPollError {
  return new VPollError('EINVAL', syscall, detail);
}

/**
 * A value as an error text names it: short, and never its own toString.
 *
 * @internal
 */
export function describe(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (value === null || typeof value === 'number' || typeof value === 'boolean' || value === undefined) return String(value);
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
