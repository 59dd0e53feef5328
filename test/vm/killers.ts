// SPDX-License-Identifier: LGPL-2.1-or-later

import { join } from 'node:path';
import { compiled } from './compile.js';
import type { Backend, Guest } from './guest.js';
import type { Killer, Mutant } from './mutants.js';
import { watchRaces } from './races.js';
import { verdict } from './report.js';
import { quote } from './shell.js';
import { byCounts, type Judge, type Step } from './steps.js';

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

/** The program is through, and nothing of what a mutant makes the kernel say was said. */
function bySilence(log: RegExp): Judge {
  return (output) => verdict(/^[1-9]\d* passed, 0 failed/m.test(output) && !log.test(output), output);
}

/** A program over a backend: by itself, or, where the kernel is to say something, with all that it says of this program. */
async function commandOf(guest: Guest, killer: Killer, backend: Backend): Promise<string[]> {
  const { program } = killer;
  const more = FOLDERS[program];
  const path = more ? await compiled(guest.run, program) : join(await guest.run.programs(), program);
  const command = [path, backend, ...(more ?? [])];
  if (!('log' in killer)) return command;
  const ask = [
    'dmesg -c >/dev/null',
    watchRaces,
    command.map(quote).join(' '),
    // Where it looks for leaks only when asked, that.
    'sleep 6; [ ! -e /sys/kernel/debug/kmemleak ] || { echo scan; sleep 6; echo scan; } >/sys/kernel/debug/kmemleak',
    'dmesg; cat /sys/kernel/debug/kmemleak 2>/dev/null; true',
  ];
  return ['sh', '-c', ask.join('\n')];
}

/** The tests that a mutant must not survive. */
export function killerSteps(guest: Guest, { name, killers }: Mutant, backend: Backend): Promise<Step[]> {
  return Promise.all(
    killers.map(async (killer) => ({
      name: `${killer.program} fails where ${name}`,
      command: await commandOf(guest, killer, backend),
      timeout_s: 120,
      judge: 'log' in killer ? byLog(killer.log) : byFailing,
    })),
  );
}

/** The same tests, each once, where nothing is changed: none fails, and the kernel says nothing of what it says of the mutants. */
export function controlSteps(guest: Guest, mutants: Mutant[], backend: Backend): Promise<Step[]> {
  const killers = new Map(
    mutants
      .flatMap((mutant) => mutant.killers)
      .map((killer) => [`${killer.program} ${'log' in killer ? String(killer.log) : ''}`, killer]),
  );
  return Promise.all(
    [...killers.values()].map(async (killer) => ({
      name: `${killer.program} passes where nothing is changed`,
      command: await commandOf(guest, killer, backend),
      timeout_s: 120,
      judge: 'log' in killer ? bySilence(killer.log) : byCounts,
    })),
  );
}

/** The mutants that show in this kernel and in none that is quicker. */
export function mutantsFor(guest: Guest, mutants: Mutant[]): Mutant[] {
  const check = (['kasan', 'kcsan', 'stock'] as const).find((each) => guest.name.split('-').includes(each));
  return mutants.filter(({ needs }) => needs === check);
}
