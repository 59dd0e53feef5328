// SPDX-License-Identifier: LGPL-2.1-or-later

import { readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { Guest } from '../guest.js';
import { controlSteps, killerSteps, mutantsFor } from '../killers.js';
import type { Built, Prepared } from '../kernels.js';
import { eventfdMutants, type Mutant, mutated } from '../mutants.js';
import { keepAge } from '../seed.js';
import { run } from '../shell.js';
import type { Suite } from '../suites.js';

/** A kernel whose source may be changed. */
type Copy = Prepared<Built> & { source: string };

/** A copy of a kernel's source with its objects: the kernel that others use is never written to. */
async function copyOf({ kernel, source, ...prepared }: Prepared, folder: string, log: string): Promise<Copy> {
  if (source === undefined || !('configs' in kernel)) throw new Error(`${kernel.name} is not built here`);
  await rm(folder, { recursive: true, force: true });
  await run('cp', ['-a', '--reflink=auto', source, folder]);
  await keepAge(folder, prepared.makeArguments, log);
  const moved = (path: string): string => path.replace(source, folder);
  return { ...prepared, kernel, source: folder, tree: moved(prepared.tree), image: moved(prepared.image) };
}

async function rebuild(copy: Copy, log: string): Promise<void> {
  const args = ['make', '-s', `-j${availableParallelism()}`, ...copy.makeArguments, 'O=build', basename(copy.image)];
  await run('nice', args, { cwd: copy.source, log });
}

async function runMutant(guest: Guest, mutant: Mutant): Promise<void> {
  const steps = await killerSteps(guest, mutant, 'eventfd');
  await guest.steps(steps, { isLoud: true });
}

export const suite: Suite = {
  name: 'mutants-eventfd',
  about: 'each rule of EFD_VPOLL, reverted in the kernel, makes a named test fail',
  kernels: { all: ['uml-6.1', 'microvm-6.1-kasan', 'microvm-6.1-kcsan'] },
  async run(guest) {
    const mutants = mutantsFor(guest, eventfdMutants);
    const copy = await copyOf(guest.kernel, join(guest.folder, 'linux'), join(guest.folder, 'log'));
    const file = join(copy.source, 'fs/eventfd.c');
    const source = await readFile(file, 'utf8');
    // An edit that this source has no place for shows before the time that the others take.
    const changed = mutants.map((mutant) => [mutant, mutated(source, mutant)] as const);
    await guest.steps(await controlSteps(guest, mutants, 'eventfd'));
    const within = new Guest(guest.run, copy, guest.suite);
    try {
      for (const [mutant, text] of changed) {
        // Written anew, not into a file that the copy may share.
        await rm(file);
        await writeFile(file, text);
        await rebuild(copy, join(guest.folder, 'log'));
        await runMutant(within, mutant);
      }
    } finally {
      await rm(copy.source, { recursive: true });
    }
  },
};
