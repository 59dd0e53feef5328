// SPDX-License-Identifier: LGPL-2.1-or-later

import { argsOf, type RuntimeName } from '../../../tools/runtimes.js';
import type { Guest } from '../guest.js';
import { fuseForAll } from '../library.js';
import { verdict } from '../report.js';
import { compileSeed, eventsIn, seedPrograms } from '../seed-programs.js';
import type { Judge, Step } from '../steps.js';
import type { Suite } from '../suites.js';

/** What the layout of a structure, the number of a constant or the way a function is called could spoil, over each backend of a stock kernel. */
const PARTS = {
  socketpair: ['real/masks', 'real/edges', 'real/wakeups', 'poller/wait'],
  tcp: ['real/wakeups'],
  fuse: ['fuse/masks', 'fuse/poller', 'fuse/ping-pong'],
};
const TIMEOUT_S = 600;

/** Runs tests in a runtime for arm64. It lies where that of this machine's architecture lies on the host (test/vm/arm64.ts). */
function tests(runtime: RuntimeName, backend: keyof typeof PARTS): Step {
  const parts = PARTS[backend].map((part) => `test/${part}`);
  return {
    name: `${runtime}: ${backend}`,
    command: ['node', ...argsOf('node'), 'tools/test.ts', '--runtime', runtime, ...parts],
    env: { VPOLL_NO_SKIP: '1', VPOLL_BACKEND: backend },
    timeout_s: TIMEOUT_S,
  };
}

/** What it must have got, in this order. */
const got =
  (events: string[], errors = ''): Judge =>
  (output) =>
    verdict(eventsIn(output).join(' ') === events.join(' ') && output.includes(errors), output);

/** The seed's programs for an eventfd and for /dev/vpoll, of which this kernel has neither, by `vpoll run`. */
async function seedSteps(guest: Guest): Promise<Step[]> {
  const programs = await seedPrograms();
  if (!programs) guest.skip("the seed's text is not here");
  const steps: Step[] = [];
  for (const program of (programs ?? []).filter(({ library }) => library === undefined)) {
    const file = await compileSeed(program, guest.folder, 'aarch64-linux-gnu-gcc');
    steps.push({
      name: `vpoll run: the seed's program for ${program.name}`,
      command: ['node', 'build/cli.js', 'run', '--', file],
      judge: got(program.events, program.errors),
    });
  }
  return steps;
}

export const suite: Suite = {
  name: 'arm64',
  about:
    'Node, Bun and Deno for arm64: masks, edges, wake-ups and the Poller, over socketpair, tcp and fuse; C programs by vpoll run',
  kernels: { all: ['stock-6.1-arm64'] },
  packages: ['suites'],
  async run(guest) {
    await guest.steps([
      ...fuseForAll(guest),
      { name: 'the demo', command: ['node', 'build/cli.js', 'demo', '--fast'], judge: got(['1', '1', '4', '10']) },
      ...(await seedSteps(guest)),
      ...(['node', 'bun', 'deno'] as const).flatMap((runtime) =>
        (['socketpair', 'tcp', 'fuse'] as const).map((backend) => tests(runtime, backend)),
      ),
    ]);
  },
};
