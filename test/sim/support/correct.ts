// SPDX-License-Identifier: LGPL-2.1-or-later

// Random programs that are correct, whatever the order in which their tasks go on: whatever a run says against one of them is false.
//
// A program is a list of meetings, each of a few tasks. Each task goes to its meetings in the order of the list, and a meeting comes to its end when
// all have come: so the first that hasn't ended always can, and no program is stuck.

import { simulate, type Faults, type Kernel, type SimulateOptions, type Tasks } from '../../../src/sim/index.js';
import { Random } from '../../support/random.js';
import type { Meetings, Part } from './parts.js';

/** What a program came to: its tasks, and which meetings they have. */
export interface Program {
  readonly tasks: Tasks;
  readonly names: readonly string[];
}

/** The program of a seed, of meetings of these kinds. Made anew for each run, since its tasks share what the meetings make. */
export function correctProgram(seed: number, meetings: Meetings): Program {
  const random = new Random(seed);
  const count = 2 + random.below(3);
  const kinds = Object.keys(meetings);
  const parts: Part[][] = Array.from({ length: count }, () => []);
  const names: string[] = [];
  for (let left = 1 + random.below(5); left > 0; left--) {
    const name = kinds[random.below(kinds.length)]!;
    names.push(name);
    const who = random.some(2 + random.below(count - 1), count);
    for (const [i, part] of meetings[name]!(random, who.length).entries()) parts[who[i]!]!.push(part);
  }
  const tasks = parts.map((own, i): [string, (kernel: Kernel) => Promise<void>] => [
    `t${i}`,
    async (kernel) => {
      for (const part of own) await part(kernel);
    },
  ]);
  return { tasks: Object.fromEntries(tasks), names };
}

/** No error reaches a program by these. */
const FAULTS: Faults = {
  EINTR: [1, 9],
  spurious: [1, 9],
  short: [1, 3],
  delay: { ratio: [1, 9], maxUs: 400 },
};
const STRATEGIES = ['random', { pct: 3 }, 'round-robin'] as const;

/** How the run of a seed is made: each strategy, with faults and without. */
export function optionsOf(seed: number): Omit<SimulateOptions, 'tasks'> {
  const strategy = STRATEGIES[seed % STRATEGIES.length]!;
  return { seed, strategy, faults: seed % 2 === 0 ? undefined : FAULTS, report: () => undefined };
}

/** The run of a seed as one line: its hash, which meetings there were, and what went wrong. */
export async function lineOf(seed: number, meetings: Meetings): Promise<string> {
  const { tasks, names } = correctProgram(seed, meetings);
  const { hash, failure } = await simulate({ ...optionsOf(seed), tasks });
  return `${seed} ${hash} ${names.join()}${failure ? ` ${failure.kind} ${failure.message}` : ''}`;
}
