// SPDX-License-Identifier: LGPL-2.1-or-later

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LEARNED } from '../../sim/support/learned.js';
import { compileTo } from '../../sim/support/mutants.js';
import { filesOf, suites } from '../library.js';
import { insmod } from '../module.js';
import type { Suite } from '../suites.js';

/** Steps that are compared: what a guest's processor takes a minute or two for. */
const STEPS = '50000';

export const suite: Suite = {
  name: 'sim',
  about: 'the simulated kernel against this one: EFD_VPOLL and /dev/vpoll included',
  kernels: { quick: ['uml-6.1'], all: ['uml-5.10', 'uml-6.12', 'uml-7.3'] },
  isLong: true,
  async run(guest) {
    const learned = join(guest.folder, 'learned.wasm');
    await mkdir(guest.folder, { recursive: true });
    await compileTo(learned, LEARNED);
    const env = { VPOLL_SIM_STEPS: STEPS, VPOLL_SIM_LEARNED: learned };
    await guest.steps([insmod(await guest.module()), suites('random programs', filesOf('sim'), env, 900)]);
  },
};
