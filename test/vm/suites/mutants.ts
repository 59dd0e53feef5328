// SPDX-License-Identifier: LGPL-2.1-or-later

import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../../tools/build.js';
import type { Guest } from '../guest.js';
import { controlSteps, killerSteps, mutantsFor } from '../killers.js';
import { insmod, rmmod } from '../module.js';
import { type Mutant, moduleMutants, mutated } from '../mutants.js';
import type { Step } from '../steps.js';
import type { Suite } from '../suites.js';

/** vpoll.ko of a mutant. */
async function mutantModule(guest: Guest, mutant: Mutant, index: number): Promise<string> {
  const folder = join(guest.folder, `module-${index}`);
  await cp(join(root, 'linux_module'), folder, { recursive: true });
  const file = join(folder, mutant.file ?? 'device.c');
  await writeFile(file, mutated(await readFile(file, 'utf8'), mutant));
  return guest.module(folder);
}

export const suite: Suite = {
  name: 'mutants',
  about:
    'each rule of vpoll.ko, reverted, makes a named test fail; those that take a kernel that checks, or user namespaces, there',
  kernels: { ci: ['uml-6.1'], all: ['microvm-6.1', 'microvm-6.1-kasan', 'microvm-6.1-kcsan', 'stock-6.1'] },
  isLong: true,
  async run(guest) {
    const mutants = mutantsFor(guest, moduleMutants);
    const steps: Step[] = [insmod(await guest.module()), ...(await controlSteps(guest, mutants, 'device')), rmmod()];
    for (const [index, mutant] of mutants.entries()) {
      steps.push(
        insmod(await mutantModule(guest, mutant, index), `insmod where ${mutant.name}`),
        ...(await killerSteps(guest, mutant, 'device')),
        rmmod(`rmmod where ${mutant.name}`),
      );
    }
    await guest.steps(steps, { isLoud: true });
  },
};
