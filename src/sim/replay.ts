// SPDX-License-Identifier: LGPL-2.1-or-later

// The choices of a run as text, and the command that makes the same run again.

import { describe, invalid } from '../events.js';
import { here } from '../runtime.js';
import { CHOICES_MAX } from './numbers.js';

/** Both lists: who goes on, and faults. */
export interface Choices {
  /** All are in the first list. */
  readonly isMerged: boolean;
  readonly schedule: readonly number[];
  readonly faults: readonly number[];
  /** The seed of Math.random() and its like, where anything was drawn. */
  readonly chance?: number | undefined;
}

const VARIABLE = 'VPOLL_SIM_REPLAY';

/** A list without the plain choices at its end: those are made where a list has come to its end. */
export function trimmed(list: readonly number[]): readonly number[] {
  let end = list.length;
  while (end > 0 && list[end - 1] === 0) end--;
  return list.slice(0, end);
}

/** `3-0_5-1`: 3, five times 0, 1; in base 36. */
function encodeList(list: readonly number[]): string {
  const words: string[] = [];
  const short = trimmed(list);
  for (let i = 0; i < short.length;) {
    let end = i + 1;
    while (short[end] === short[i]) end++;
    const value = short[i]!.toString(36);
    words.push(end - i > 1 ? `${value}_${(end - i).toString(36)}` : value);
    i = end;
  }
  return words.join('-');
}

function decodeList(text: string): number[] {
  const list: number[] = [];
  for (const word of text === '' ? [] : text.split('-')) {
    const [value, count = '1'] = word.split('_');
    if (!/^[\da-z]{1,4}(_[\da-z]{1,4})?$/.test(word) || list.length + parseInt(count, 36) > CHOICES_MAX)
      throw new Error(`'${word}'`);
    for (let left = parseInt(count, 36); left > 0; left--) list.push(parseInt(value!, 36));
  }
  return list;
}

export function encode({ isMerged, schedule, faults, chance }: Choices): string {
  const drawn = chance === undefined ? '' : `.${chance.toString(36)}`;
  return `${isMerged ? 'm' : 's'}.${encodeList(schedule)}.${encodeList(faults)}${drawn}`;
}

function decodeChance(text: string): number {
  const chance = parseInt(text, 36);
  if (!/^[\da-z]{1,11}$/.test(text) || !Number.isSafeInteger(chance)) throw new Error(`'${text}'`);
  return chance;
}

/** The choices that a text stands for. EINVAL where it stands for none. */
export function decode(text: string, syscall: string): Choices {
  const [kind, schedule, faults, chance, ...more] = text.split('.');
  if ((kind !== 's' && kind !== 'm') || schedule === undefined || faults === undefined || more.length > 0)
    throw invalid(syscall, `${describe(text)} is no replay: it must be what an earlier run gave`);
  try {
    const lists = { isMerged: kind === 'm', schedule: decodeList(schedule), faults: decodeList(faults) };
    return chance === undefined ? lists : { ...lists, chance: decodeChance(chance) };
  } catch (error) {
    throw invalid(syscall, `${(error as Error).message} in a replay is no choice: it must be what an earlier run gave`);
  }
}

/** What this file uses of a process; a browser has none. */
interface ProcessLike {
  readonly env?: Record<string, string | undefined>;
  readonly argv?: readonly string[];
  readonly once?: (event: 'exit', listener: () => void) => unknown;
}

function getProcess(): ProcessLike | undefined {
  return (globalThis as { process?: ProcessLike }).process;
}

/** What the environment says; '' for nothing. */
function read(): string {
  try {
    return getProcess()?.env?.[VARIABLE] ?? '';
  } catch {
    // A runtime may keep it from the program: then it says nothing.
    return '';
  }
}

/** What the environment was last found to say, and the names that have run since; undefined once one of them was meant. */
let wanted: { readonly value: string; ran: Set<string> | undefined } | undefined;

/** A name that no simulation has is a mistake, and would go unnoticed: that is told when the process ends. */
function tellAtEnd(): void {
  if (!wanted?.ran || wanted.value !== read()) return;
  const names = [...wanted.ran].map(describe).join(', ');
  console.error(`${VARIABLE}=${wanted.value.slice(0, 60)}: no simulation of that name has run here, only ${names}`);
}

/** What the environment says to replay for the simulation of this name. */
export function fromEnvironment(name: string): string | undefined {
  const value = read();
  if (value === '') return undefined;
  if (wanted === undefined) getProcess()?.once?.('exit', tellAtEnd);
  if (wanted?.value !== value) wanted = { value, ran: new Set() };
  if (value.startsWith(`${name}:`)) {
    wanted.ran = undefined;
    return value.slice(name.length + 1);
  }
  wanted.ran?.add(name);
  return undefined;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The command that runs this program again, with that one simulation replayed; without a program, what to pass to simulate. */
export function commandOf(name: string, replay: string): string {
  const [runtime, ...args] = getProcess()?.argv ?? [];
  if (runtime === undefined) return `simulate({ ..., replay: '${replay}' })`;
  return [`${VARIABLE}=${quoted(`${name}:${replay}`)}`, ...[runtime, ...here.programArgs(), ...args].map(quoted)].join(' ');
}
