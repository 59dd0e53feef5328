// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 900
// runs: node, vm sim

// Each mistake that the simulated kernel once made, made again: a seed finds it by comparison with this kernel, and so does a short program.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { LEARNED, type Learned } from './support/learned.js';
import { setMachine } from './support/model.js';
import { compileMutants, createMutated, type Mutated } from './support/mutants.js';
import { Oracle, thisKernel } from './support/oracle.js';
import { runSteps } from './support/program.js';
import { report, shrink, tryOut } from './support/search.js';

/** With more seeds, those from 1 on are tried, and what they find is shrunk: so the seeds and programs of support/learned.ts were made. */
const SEEDS = Number(process.env.VPOLL_SIM_SEEDS ?? 1);
/** Other releases, and other features, give other programs: the seeds mean nothing there, but for what only a guest can show. */
const RECORDED_FROM = 615;
const GUEST_SEEDS = 20;
/** The wasm with the mistakes, where somebody has compiled it already: a compiler is too much for a guest. */
const COMPILED = process.env.VPOLL_SIM_LEARNED;

const mayUseFifo = process.platform === 'linux' && spawnSync('chrt', ['-f', '1', 'true']).status === 0;
const onLinux = needs(test, 'gcc', { name: 'SCHED_FIFO (chrt, CAP_SYS_NICE)', has: mayUseFifo });

const kernel = thisKernel();
let oracle: Oracle;
let machine: Mutated;

/** How many seeds, from which one on. */
function seedsOf({ seed, needs: features }: Learned): [first: number, count: number] {
  if (SEEDS > 1) return [1, SEEDS];
  if (features !== 0) return [seed, GUEST_SEEDS];
  return [seed, kernel.version >= RECORDED_FROM && kernel.features === 0 ? 1 : 0];
}

/** The first of these seeds that finds it. */
function search(first: number, count: number): number | undefined {
  for (let seed = first; seed < first + count; seed++) {
    const { found } = tryOut(seed, oracle, kernel);
    if (!found) continue;
    if (SEEDS > 1) console.log(`seed ${seed}\n${report(shrink(found, oracle, kernel), oracle, kernel)}`);
    return seed;
  }
  return undefined;
}

if (mayUseFifo) {
  test.before(async () => {
    oracle = new Oracle();
    machine = createMutated(COMPILED ? new WebAssembly.Module(readFileSync(COMPILED)) : await compileMutants(LEARNED));
    setMachine(machine);
  });
  test.after(() => {
    setMachine(undefined);
    oracle.close();
  });
}

onLinux('without a mistake, the programs go alike', () => {
  machine.mutate(0);
  for (const { program, needs: features } of LEARNED) {
    if ((features & kernel.features) !== features) continue;
    const run = runSteps(program, kernel);
    assert.equal(run.program.steps.slice(0, program.steps.length), program.steps);
    assert.equal(oracle.compare([run]), [undefined]);
  }
});

for (const [index, learned] of LEARNED.entries()) {
  if ((learned.needs & kernel.features) !== learned.needs) continue;
  onLinux(learned.name, () => {
    machine.mutate(index + 1);
    const [first, count] = seedsOf(learned);
    const seed = search(first, count);
    console.log(`${learned.name}: seed ${seed ?? 'none'}`);
    assert.ok(count === 0 || seed !== undefined, 'no seed finds it');
    assert.ok(oracle.compare([runSteps(learned.program, kernel)])[0], 'the program does not find it');
  });
}

test.run();
