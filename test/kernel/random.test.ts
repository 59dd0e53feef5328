// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 600

// Random programs in JavaScript (Pollers, vpolls, pipes, socketpairs, eventfds, timerfds, aborts), step by step over realKernel() and over a simulated
// kernel. What each call gives, what each batch holds, and what all files show after it, is the same. The real kernel is right. By hand:
// VPOLL_KERNEL_STEPS=100000 VPOLL_SEED=7 npm run test:node -- kernel/random

import { release } from 'node:os';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { realKernel, type Kernel } from '../../src/index.js';
import { Random, seedOfTheDay } from '../support/random.js';
import { needs } from '../support/needs.js';
import { well } from '../sim/support/simulated.js';
import { Player } from './support/player.js';
import { createProgram, textOf, type Step } from './support/steps.js';

const STEPS = Number(process.env.VPOLL_KERNEL_STEPS ?? 1000);
const LENGTH = 50;
/** Each program has a seed: so many are one day's, before those of the next. */
const SEEDS_A_DAY = 100_000;

/** What is simulated is Linux 6.18; before 6.14 a reader of a pipe woke writers more often (assembly/sim/version.ts). */
const [major = 0, minor = 0] = release().split('.').map(Number);
const onLinux = needs(test, { name: 'Linux 6.14', has: process.platform === 'linux' && 100 * major + minor >= 614 });

/**
 * The outcome of each step over a kernel; `expected` over the other one, where that is known. It ends behind the first step that
 * differs.
 */
async function playAll(kernel: Kernel, program: readonly Step[], expected?: readonly string[]): Promise<string[]> {
  const player = new Player(kernel);
  const said: string[] = [];
  try {
    for (const [index, step] of program.entries()) {
      said.push(await player.play(step, expected?.[index]));
      if (expected && said[index] !== expected[index]) break;
    }
  } finally {
    await player.end();
  }
  return said;
}

async function playSimulated(program: readonly Step[], seed: number): Promise<string[]> {
  let said: string[] = [];
  const main = async (kernel: Kernel): Promise<void> => {
    said = await playAll(kernel, program);
  };
  await well({ main }, { seed, maxCalls: 10_000_000 });
  return said;
}

/** Where the two part, with all that led there; '' where they don't. */
async function difference(program: readonly Step[], seed: number): Promise<string> {
  const simulated = await playSimulated(program, seed);
  const real = await playAll(realKernel(), program, simulated);
  const at = real.findIndex((said, index) => said !== simulated[index]);
  if (at < 0) return '';
  const steps = program.slice(0, at + 1).map((step, index) => `${index}: ${textOf(step)} -> ${simulated[index]}`);
  return [`seed ${seed}`, ...steps, `real: ${real[at]}`].join('\n');
}

onLinux(`${STEPS} steps of random programs go alike on the simulated kernel and on this one`, async () => {
  const first = seedOfTheDay('kernel') * SEEDS_A_DAY;
  const kinds = new Map<string, number>();
  for (let seed = first; (seed - first) * LENGTH < STEPS; seed++) {
    const program = createProgram(new Random(seed), LENGTH);
    for (const step of program) kinds.set(step.do, (kinds.get(step.do) ?? 0) + 1);
    assert.is(await difference(program, seed), '');
  }
  console.log([...kinds].map(([name, count]) => `${name}: ${count}`).join(', '));
});

test.run();
