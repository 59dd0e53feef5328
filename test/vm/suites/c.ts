// SPDX-License-Identifier: LGPL-2.1-or-later

import { join } from 'node:path';
import { compile, library } from '../../c/support/library.js';
import { archive } from '../apt.js';
import type { Guest } from '../guest.js';
import { filesOf, suites } from '../library.js';
import { insmod, rmmod } from '../module.js';
import { verdict } from '../report.js';
import { compileSeed, eventsIn, seedPrograms } from '../seed-programs.js';
import { run } from '../shell.js';
import { byStatus, type Judge, type Step } from '../steps.js';
import type { Suite } from '../suites.js';

const DEFECTS = Array.from({ length: 13 }, (_, i) => String(i + 1));

/** Everything that runs over one backend that holds the events itself. */
function over(backend: string): Step[] {
  const env = { LD_LIBRARY_PATH: library(), VPOLL_BACKEND: backend };
  const step = (name: string, command: string[]): Step => ({
    name: `${backend}: ${name}`,
    command,
    env,
    judge: byStatus,
    timeout_s: 120,
  });
  const defects = compile('defects.c', { forDebian: true });
  return [
    ...DEFECTS.map((number) => step(`defect ${number} is none`, [defects, number])),
    step('threads and forks', [compile('threads.c', { forDebian: true }), '50']),
    step('who waits is woken', [compile('waiters.c', { forDebian: true }), '200']),
    step('a signal handler in the middle of a call is never refused', [compile('signals.c'), '100', '0']),
    step('threads that are cancelled', [compile('cancelled.c')]),
    step("what our header adds to libvpoll's", [compile('additions.c'), backend]),
    suites(`${backend}: every mask`, filesOf('c/masks'), { VPOLL_BACKEND: backend }, 180),
    suites(`${backend}: what waiters of each kind see`, filesOf('c/waiters'), { VPOLL_BACKEND: backend }, 300),
  ];
}

/** What the seed shows: the events, whatever the number of timeouts between them. */
function prints(last: string): Judge {
  return (output, status) => {
    return verdict(status === 0 && eventsIn(output).join(' ') === `1 1 4 ${last}`, `${output}status ${status}`);
  };
}

/** The seed's program for libvpoll, linked with Debian's and run with ours. */
async function seedSteps(guest: Guest): Promise<Step[]> {
  const program = (await seedPrograms())?.find(({ name }) => name === 'library');
  if (program === undefined) {
    guest.skip("the seed's text is not here");
    return [];
  }
  const file = await compileSeed(program, guest.folder);
  return ['auto', ...guest.backends, 'socketpair'].map((backend) => ({
    name: `the seed's program, ${backend}`,
    command: [file],
    env: { LD_LIBRARY_PATH: library(), VPOLL_BACKEND: backend },
    judge: prints(backend === 'socketpair' ? '2011' : '10'),
  }));
}

/** Debian's library takes an eventfd of our patch, and forgets what it was created with. */
const FORGETS: Judge = (output, status) =>
  verdict(status === 1 && output.startsWith('created with OUT and PRI, shows 0'), `${output}status ${status}`);

/** Debian's module takes bits that are the kernel's own, of which POLLFREE is the first that is asked for. */
const TAKES_ALL: Judge = (output, status) =>
  verdict(status === 1 && output.startsWith('0x4000 can be set'), `${output}status ${status}`);

/** vpoll.ko of Debian's vpoll-dkms 0.1, built against this kernel: its path. */
async function debiansModule(guest: Guest): Promise<string> {
  const folder = join(guest.folder, 'vpoll-dkms');
  await (await archive(['bookworm'])).unpack(['vpoll-dkms'], folder);
  const source = join(folder, 'usr/src/vpoll-0.1');
  const { tree, makeArguments } = guest.kernel;
  await run('make', ['-s', '-C', tree, `M=${source}`, ...makeArguments, 'modules'], { log: join(folder, 'log') });
  return join(source, 'vpoll.ko');
}

/**
 * The defects of its kernel side, by Debian's library. 12 is an eventfd's, which the library prefers; a device it sets to the events. 13 takes Debian's own
 * module, on a kernel that it compiles for and that has no eventfd of ours.
 */
async function theirSteps(guest: Guest): Promise<Step[]> {
  const defects = compile('defects.c', { forDebian: true });
  if (guest.backends.includes('eventfd'))
    return [{ name: "Debian's library has defect 12", command: [defects, '12'], judge: FORGETS }];
  if (guest.name !== 'stock-6.1') return [];
  return [
    insmod(await debiansModule(guest), "insmod of Debian's module"),
    { name: "Debian's library over it has defect 13", command: [defects, '13'], judge: TAKES_ALL },
    rmmod("rmmod of Debian's module"),
  ];
}

export const suite: Suite = {
  name: 'c',
  about:
    "libvpoll.so.0 under programs that were linked with Debian's: its defects, every mask, what waiters see, threads, signals, the seed's program",
  kernels: { ci: ['uml-6.1'], all: ['stock-6.1', 'stock-6.12', 'microvm-6.1', 'uml-7.3'] },
  packages: ['suites'],
  isLong: true,
  async run(guest) {
    library();
    compile('driver.c', { forDebian: true });
    for (const program of ['ring.c', 'seen.c']) compile(program, { args: ['-luring'] });
    await guest.steps([
      ...(await theirSteps(guest)),
      insmod(await guest.module()),
      ...guest.backends.flatMap(over),
      ...(await seedSteps(guest)),
    ]);
  },
};
