// SPDX-License-Identifier: LGPL-2.1-or-later

import { compiled } from '../compile.js';
import type { Guest } from '../guest.js';
import { verdict } from '../report.js';
import { byCounts, type Judge, type Step } from '../steps.js';
import { join } from 'node:path';
import type { Suite } from '../suites.js';

/** What test/vm/io_uring/priority.c finds wrong in a kernel without the patch, and nothing else. */
const FAULTS = [
  'PRI alone, of a TCP socket',
  'PRI alone, of a TCP socket, multishot',
  'IN alone for data, of IN and PRI',
  'until PRI, of a vpoll',
  'each ADD of PRI, multishot',
];

/** Passes when a program fails, by these checks alone. */
const failing: Judge = (output) => {
  const found = [...output.matchAll(/^\S+\.[ch]:\d+: (.*): 0x[0-9a-f]+, expected 0x[0-9a-f]+$/gm)].map(([, what]) => what!);
  const isAsKnown = /^\d+ passed, [1-9]\d* failed$/m.test(output) && [...new Set(found)].join('; ') === FAULTS.join('; ');
  return verdict(isAsKnown, output);
};

/** What io_uring does, by scenarios that hold in every kernel. */
async function scenarios(guest: Guest): Promise<Step[]> {
  const programs = await guest.run.programs();
  return ['uring', 'uring-requests'].map((name) => ({ name, command: [join(programs, name), 'eventfd'], timeout_s: 120 }));
}

export const suite: Suite = {
  name: 'priority',
  about:
    "the patch of linux_patch/io_uring: a ring's poll for PRI, over a TCP socket and a vpoll; the same kernel without it fails",
  kernels: { all: ['microvm-6.1-pri', 'uml-6.12-pri', 'uml-7.3-pri'] },
  async run(guest) {
    const command = [await compiled(guest.run, 'io_uring'), 'eventfd'];
    const without = await guest.other(guest.name.replace(/-pri$/, ''));
    await without.steps([{ name: 'as known', command, timeout_s: 600, judge: failing }]);
    await guest.steps([{ name: 'PRI', command, timeout_s: 600, judge: byCounts }, ...(await scenarios(guest))]);
  },
};
