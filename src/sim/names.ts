// SPDX-License-Identifier: LGPL-2.1-or-later

// The names of simulations. VPOLL_SIM_REPLAY means one by its name, so no two of a process share one.

import { describe, invalid } from '../events.js';
import { titleOfTest } from './title.js';

const PLAIN = 'simulation';
/** Names that calls have given. */
const given = new Set<string>();
/** How many calls without a name have got one from this beginning: `simulation`, `simulation-2`, ... */
const counted = new Map<string, number>();

function numbered(base: string, count: number): string {
  return count === 1 ? base : `${base}-${count}`;
}

function isTaken(name: string): boolean {
  const [, base, count] = /^(.*)-(\d+)$/s.exec(name) ?? [];
  const isCounted = base !== undefined && numbered(base, Number(count)) === name && (counted.get(base) ?? 0) >= Number(count);
  return given.has(name) || isCounted || counted.has(name);
}

/** A name that no other call has: the title of the test that runs, or a count. */
function derive(): string {
  const base = titleOfTest() ?? PLAIN;
  let count = counted.get(base) ?? 0;
  let name: string;
  do name = numbered(base, ++count);
  while (given.has(name));
  counted.set(base, count);
  return name;
}

/** Whether an environment variable and a command can hold it. */
export function checkName(name: unknown, syscall: string): string | undefined {
  if (name === undefined) return undefined;
  if (typeof name === 'string' && name !== '' && !name.includes('\0')) return name;
  throw invalid(syscall, `name must be text, not ${describe(name)}`);
}

/**
 * The name of a call. EINVAL where another call of this process has it, unless this one replays: a simulation and its replay are one.
 */
export function claimName(name: string | undefined, replays: boolean, syscall: string): string {
  if (name === undefined) return replays ? (titleOfTest() ?? PLAIN) : derive();
  if (replays) return name;
  if (isTaken(name)) {
    const why = 'VPOLL_SIM_REPLAY could not tell them apart. Each call needs a name of its own, or none';
    throw invalid(syscall, `another simulation of this process has the name ${describe(name)}: ${why}`);
  }
  given.add(name);
  return name;
}
