// SPDX-License-Identifier: LGPL-2.1-or-later

// The choices of a run as text, and the command that makes the same run again. docs/simulation.md says what the text is.

import { describe, invalid } from '../events.js';
import { here } from '../runtime.js';
import { CHOICES_MAX } from './numbers.js';

/** The lists: who goes on, faults, and how much time passes. */
export interface Choices {
  /** All are in the first list. */
  readonly isMerged: boolean;
  /** Steps take time (assembly/sim/busy.ts). */
  readonly isBusy: boolean;
  readonly schedule: readonly number[];
  readonly faults: readonly number[];
  readonly times: readonly number[];
  /** The seed of Math.random() and its like, where anything was drawn. */
  readonly chance?: number | undefined;
}

/** What came of a run, in one letter: it failed, it passed, or it failed by its check, which simulate doesn't make. */
export type Ending = 'f' | 'p' | 'c';

/** A run that was made, as far as its replay says. */
export interface Replay {
  readonly choices: Choices;
  readonly ending: Ending;
}

const VARIABLE = 'VPOLL_SIM_REPLAY';
/** The form of the text. The first one had no number, and no times. */
const FORM = 2;
/** So much of a wrong replay is quoted. */
const TEXT_MAX = 60;
const LISTS = ['schedule', 'faults', 'times'] as const;

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

/** `2fsb.3-0_5-1`: the form, how it ended, separate lists or merged, busy or exact; the lists, and the seed of what was drawn, as far as they aren't empty. */
export function encode({ choices, ending }: Replay): string {
  const head = `${FORM}${ending}${choices.isMerged ? 'm' : 's'}${choices.isBusy ? 'b' : 'e'}`;
  const drawn = choices.chance?.toString(36) ?? '';
  return [head, ...LISTS.map((list) => encodeList(choices[list])), drawn].join('.').replace(/\.+$/, '');
}

function decodeChance(text: string): number {
  const chance = parseInt(text, 36);
  if (!/^[\da-z]{1,11}$/.test(text) || !Number.isSafeInteger(chance)) throw new Error(`'${text}'`);
  return chance;
}

function checkForm(head: string, text: string, syscall: string): RegExpExecArray {
  const parts = /^(\d+)([fpc])([sm])([be])$/.exec(head);
  if (Number(parts?.[1]) === FORM) return parts!;
  const isOther = parts !== null || /^[sm]$/.test(head);
  const why = isOther
    ? `is a replay of form ${parts?.[1] ?? 1}, and this version of vpoll reads form ${FORM} alone: find the failure again`
    : 'is no replay: it must be what an earlier run gave';
  throw invalid(syscall, `${describe(text.slice(0, TEXT_MAX))} ${why}`);
}

/** What a text stands for. EINVAL where it stands for nothing. */
export function decode(text: string, syscall: string): Replay {
  const [head = '', ...lists] = text.trim().split('.');
  const [, , ending, kind, time] = checkForm(head, text, syscall);
  if (lists.length > LISTS.length + 1)
    throw invalid(
      syscall,
      `${describe(text.slice(0, TEXT_MAX))} is no replay: it has more than ${LISTS.length} lists and a seed`,
    );
  try {
    const [schedule = [], faults = [], times = []] = lists.slice(0, LISTS.length).map(decodeList);
    const choices = { isMerged: kind === 'm', isBusy: time === 'b', schedule, faults, times };
    const drawn = lists[LISTS.length] ?? '';
    return { choices: drawn === '' ? choices : { ...choices, chance: decodeChance(drawn) }, ending: ending as Ending };
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
  console.error(`${VARIABLE}=${wanted.value.slice(0, TEXT_MAX)}: no simulation of that name has run here, only ${names}`);
}

/** What the environment says to replay for the simulation of this name. */
export function fromEnvironment(name: string): string | undefined {
  const value = read();
  if (value === '') return undefined;
  if (wanted === undefined) getProcess()?.once?.('exit', tellAtEnd);
  if (wanted?.value !== value) wanted = { value, ran: new Set() };
  // A name may have colons, choices have none.
  const end = value.lastIndexOf(':');
  if (end >= 0 && value.slice(0, end) === name) {
    wanted.ran = undefined;
    return value.slice(end + 1);
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
