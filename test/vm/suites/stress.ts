// SPDX-License-Identifier: LGPL-2.1-or-later

import { compiled } from '../compile.js';
import type { Backend, Guest } from '../guest.js';
import { leaks } from '../leaks.js';
import { insmod, rmmod } from '../module.js';
import { watchRaces } from '../races.js';
import type { Step } from '../steps.js';
import type { Suite } from '../suites.js';

/** Seconds in place of those below. Before a series is sent: 600, on the kernels that look for faults. */
const ASKED = process.env.VPOLL_STRESS_S ?? '';

/** How long one backend is under stress: on a kernel that looks for faults as long as it takes to find one, elsewhere briefly. */
function secondsIn(guest: Guest): number {
  if (!/^([1-9]\d{0,4})?$/.test(ASKED)) throw new Error(`VPOLL_STRESS_S=${ASKED}: not a number of seconds from 1 to 99999`);
  return Number(ASKED) || (guest.kernel.kernel.slowness >= 10 ? 60 : 5);
}

async function over(backend: Backend, guest: Guest): Promise<Step> {
  const seconds = secondsIn(guest);
  const program = await compiled(guest.run, 'stress');
  const command = ['sh', '-c', `${watchRaces}\nexec "$0" "$@"`, program, backend, `${seconds}`];
  return { name: `${seconds} s over ${backend}`, command, timeout_s: seconds + 120 };
}

export const suite: Suite = {
  name: 'stress',
  about: 'many waiters of every kind, many writers, storms of opens, closes and forks: no lost wakeup, no fault, no leak',
  kernels: {
    quick: ['uml-6.1'],
    ci: ['microvm-6.1'],
    all: ['microvm-6.1-kasan', 'microvm-6.1-kcsan', 'stock-6.1', 'stock-6.12', 'uml-7.3'],
  },
  async run(guest) {
    const steps: Step[] = [];
    if (guest.backends.includes('eventfd')) steps.push(await over('eventfd', guest));
    steps.push(insmod(await guest.module()), await over('device', guest), rmmod(), ...leaks(guest));
    await guest.steps(steps);
  },
};
