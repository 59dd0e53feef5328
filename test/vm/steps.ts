// SPDX-License-Identifier: LGPL-2.1-or-later

import { type Verdict, verdict } from './report.js';
import { quote } from './shell.js';

/** How the end of a step is judged, by what it said and its exit status. */
export type Judge = (output: string, status: number) => Verdict;

/** A program that runs in a guest. */
export interface Step {
  name: string;
  command: string[];
  env?: Record<string, string>;
  /** How many seconds it may take on the quickest kernel; 60 when left out. */
  timeout_s?: number;
  /** byCounts when left out. */
  judge?: Judge;
}

/** Stands before what is said about steps: no program prints it. */
const MARK = '\x1e';

const TIMEOUT_S = 60;

/** It ends with a line `N passed, N failed`. One that died, or said nothing, failed whatever it counted before. */
export const byCounts: Judge = (output, status) => {
  const last = [...output.matchAll(/^(\d+) passed, (\d+) failed/gm)].pop();
  const passed = Number(last?.[1] ?? 0);
  const failed = Number(last?.[2] ?? 0);
  const isWhole = failed > 0 || (status === 0 && passed > 0);
  return { passed, failed: failed + (isWhole ? 0 : 1), details: `${output}status ${status}` };
};

/** It ends with status 0. */
export const byStatus: Judge = (output, status) => verdict(status === 0, `${output}status ${status}`);

/** The script that runs steps one after the other, whatever becomes of each. */
export function scriptOf(steps: Step[], slowness: number): string {
  const lines = steps.flatMap((step, index) => {
    const seconds = (step.timeout_s ?? TIMEOUT_S) * slowness;
    const env = Object.entries(step.env ?? {}).map(([name, value]) => `${name}=${value}`);
    const words = ['timeout', '--kill-after=10', `${seconds}`, 'env', ...env, ...step.command];
    return [
      `printf '\\036begin ${index}\\n'`,
      `${words.map(quote).join(' ')} </dev/null 2>&1`,
      `printf '\\036end ${index} %d\\n' $?`,
    ];
  });
  return [`export VPOLL_SLOWNESS=${slowness}`, ...lines].join('\n');
}

/** What all steps may take, on the quickest kernel. */
export function timeoutOf(steps: Step[]): number {
  return steps.reduce((sum, step) => sum + (step.timeout_s ?? TIMEOUT_S), 30);
}

/** What became of each step, by the output of their script. */
export function verdictsOf(steps: Step[], output: string): Verdict[] {
  const parts = output.split(MARK);
  return steps.map((step, index) => {
    const said = parts.find((part) => part.startsWith(`begin ${index}\n`))?.replace(/^.*\n/, '');
    const end = parts.map((part) => new RegExp(`^end ${index} (\\d+)\\n`).exec(part)).find(Boolean);
    if (said === undefined) return verdict(false, 'the guest died before it');
    if (!end) return verdict(false, `${said}\nthe guest died in it`);
    const status = Number(end[1]);
    if (status === 124 || status === 137) return verdict(false, `${said}took too long`);
    return (step.judge ?? byCounts)(said, status);
  });
}
