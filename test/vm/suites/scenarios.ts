// SPDX-License-Identifier: LGPL-2.1-or-later

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backend, Guest } from '../guest.js';
import { insmod, rmmod } from '../module.js';
import { verdict } from '../report.js';
import { byStatus, type Step } from '../steps.js';
import type { Suite } from '../suites.js';

/**
 * The last event of the seed's demo is HUP alone, which no emulator shows: it prints 2011. Where a kernel takes longer over a line than the
 * fast demo waits between two, it is given the seed's own times.
 */
function demo(backend: Backend, guest: Guest): Step {
  return {
    name: `demo over ${backend}`,
    command: ['node', 'build/cli.js', 'demo', ...(guest.kernel.kernel.slowness < 10 ? ['--fast'] : [])],
    env: { VPOLL_BACKEND: backend },
    timeout_s: 120,
    judge: (output) => verdict(output.trimEnd().split('\n').at(-1) === 'GOT event 10', output),
  };
}

/** Each scenario and the demo over a backend. */
async function over(backend: Backend, guest: Guest): Promise<Step[]> {
  const programs = await guest.run.programs();
  // That one judges nothing: it prints what each way to open the device comes to, and `files` compares it.
  const names = (await readdir(programs)).filter((name) => name !== 'opens').sort();
  const scenarios = names.map((name) => ({
    name: `${name} over ${backend}`,
    command: [join(programs, name), backend],
    timeout_s: 120,
  }));
  return [...scenarios, demo(backend, guest)];
}

function shell(name: string, script: string): Step {
  return { name, command: ['sh', '-c', script], judge: byStatus };
}

/** The module comes and goes: never while a file of it is open, and as often as one likes. */
async function withModule(guest: Guest): Promise<Step[]> {
  const file = await guest.module();
  return [
    insmod(file),
    ...(await over('device', guest)),
    shell('no rmmod while a file is open', 'exec 3<>/dev/vpoll; rmmod vpoll 2>&1 | grep "in use"'),
    shell('the device is still there', 'test -c /dev/vpoll && exec 3<>/dev/vpoll'),
    rmmod(),
    shell('the device is gone', 'test ! -e /dev/vpoll'),
    insmod(file, 'insmod again'),
    shell('the device is there again', 'exec 3<>/dev/vpoll'),
    rmmod('rmmod again'),
  ];
}

export const suite: Suite = {
  name: 'scenarios',
  about: 'each rule of the kernel side, by a program a scenario, and the demo, over each backend that the kernel has',
  kernels: {
    quick: ['uml-6.1'],
    ci: ['microvm-6.1', 'stock-6.1', 'stock-6.12'],
    all: ['stock-5.10', 'uml-5.10', 'uml-6.12', 'uml-7.3', 'microvm-6.1-kasan', 'microvm-6.1-kcsan'],
  },
  async run(guest) {
    const patched = guest.backends.includes('eventfd') ? await over('eventfd', guest) : [];
    await guest.steps([...patched, ...(await withModule(guest))]);
  },
};
