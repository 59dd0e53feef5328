// SPDX-License-Identifier: LGPL-2.1-or-later

import { join } from 'node:path';
import { compiled } from './compile.js';
import type { Backend, Guest } from './guest.js';
import type { Killer, Mutant } from './mutants.js';
import { verdict } from './report.js';
import { quote } from './shell.js';
import type { Judge, Step } from './steps.js';

/** Programs with a folder of their own, and what else they are told. The others are the scenarios of guest/. */
const FOLDERS: Record<string, string[]> = { stress: ['30'], memory: [] };

/** A mutant is dead when the program says itself that a check failed. One that died, or took too long, says nothing of the rule. */
const byFailing: Judge = (output) => {
  const last = [...output.matchAll(/^\d+ passed, (\d+) failed/gm)].pop();
  return verdict(Number(last?.[1] ?? 0) > 0, `the mutant lives\n${output}`);
};

function byLog(log: RegExp): Judge {
  return (output) => verdict(log.test(output), `the mutant lives: no ${String(log)}\n${output}`);
}

async function killerStep(guest: Guest, mutant: Mutant, killer: Killer, backend: Backend): Promise<Step> {
  const { program } = killer;
  const more = FOLDERS[program];
  const path = more ? await compiled(guest.run, program) : join(await guest.run.programs(), program);
  const command = [path, backend, ...(more ?? [])];
  const name = `${program} fails where ${mutant.name}`;
  if (!('log' in killer)) return { name, command, timeout_s: 120, judge: byFailing };
  // What the kernel says of this program alone, and where it looks for leaks only when asked, that.
  const ask = [
    'dmesg -c >/dev/null',
    ...(mutant.needs === 'kcsan' ? ['echo on >/sys/kernel/debug/kcsan'] : []),
    command.map(quote).join(' '),
    'sleep 6; [ ! -e /sys/kernel/debug/kmemleak ] || { echo scan; sleep 6; echo scan; } >/sys/kernel/debug/kmemleak',
    'dmesg; cat /sys/kernel/debug/kmemleak 2>/dev/null; true',
  ];
  return { name, command: ['sh', '-c', ask.join('\n')], timeout_s: 120, judge: byLog(killer.log) };
}

/** The tests that a mutant must not survive. */
export function killerSteps(guest: Guest, mutant: Mutant, backend: Backend): Promise<Step[]> {
  return Promise.all(mutant.killers.map((killer) => killerStep(guest, mutant, killer, backend)));
}

/** The mutants that show in this kernel and not in one that is quicker. */
export function mutantsFor(guest: Guest, mutants: Mutant[]): Mutant[] {
  const check = (['kasan', 'kcsan'] as const).find((each) => guest.name.endsWith(each));
  return mutants.filter(({ needs }) => needs === check);
}
