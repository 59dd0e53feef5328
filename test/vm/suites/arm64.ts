// SPDX-License-Identifier: LGPL-2.1-or-later

import { join } from 'node:path';
import { ARM64, buildLibrary } from '../../../tools/cmake.js';
import type { BackendName } from '../../../src/index.js';
import type { RuntimeName } from '../../../tools/runtimes.js';
import { root, run } from '../../support/run.js';
import type { Guest } from '../guest.js';
import { filesOf, fuseForAll, suites } from '../library.js';
import { verdict } from '../report.js';
import { compileSeed, eventsIn, seedPrograms } from '../seed-programs.js';
import { byStatus, type Judge, type Step } from '../steps.js';
import type { Suite } from '../suites.js';

const TIMEOUT_S = 600;

/**
 * What the layout of a structure, the number of a constant or the way a function is called could spoil: over each backend of a stock kernel, in a runtime for arm64.
 * That lies where that of this machine's architecture lies on the host (test/vm/arm64.ts).
 */
function tests(runtime: RuntimeName, backend: BackendName): Step {
  return suites(`${runtime}: ${backend}`, filesOf(`arm64/${backend}`), { VPOLL_BACKEND: backend }, TIMEOUT_S, runtime);
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

/** Programs of test/c with the C library, whose own calls, clone(2) for its helper among them, are this processor's instruction. */
function librarySteps(guest: Guest): Step[] {
  const library = buildLibrary('arm64', ['-O1'], ARM64);
  const compiled = (name: string, ...flags: string[]): string => {
    const file = join(guest.folder, name);
    const source = join(root, 'test/c/programs', `${name}.c`);
    run('aarch64-linux-gnu-gcc', ['-w', '-I', join(root, 'host/c'), ...flags, '-o', file, source, '-L', library, '-lvpoll']);
    return file;
  };
  const step = (name: string, backend: string, ...command: string[]): Step => ({
    name: `libvpoll: ${name}, over ${backend}`,
    command: ['env', `VPOLL_BACKEND=${backend}`, `LD_LIBRARY_PATH=${library}`, ...command],
    judge: byStatus,
  });
  // One that diverts libc's socket functions to it (test/c/diverted.test.ts).
  const [client, stack] = [compiled('client'), compiled('stack', '-shared', '-fPIC', '-fno-builtin')];
  const diverted = ['tcp', 'socketpair'].map((backend) =>
    step('socket() and recv() are diverted to it', backend, `LD_PRELOAD=${stack}`, client, backend),
  );
  return [
    ...diverted,
    step('what its header adds', 'fuse', compiled('additions'), 'fuse'),
    step('its program has no child by its helper', 'fuse', compiled('children', '-pthread')),
    step('it begins anew where all descriptors were closed', 'fuse', compiled('swept'), 'fuse', 'here'),
  ];
}

export const suite: Suite = {
  name: 'arm64',
  about:
    'Node, Bun and Deno for arm64: masks, edges, wake-ups and the Poller, over socketpair, tcp and fuse; C programs by vpoll run, and with the C library',
  kernels: { all: ['stock-6.1-arm64'] },
  packages: ['suites'],
  async run(guest) {
    await guest.steps([
      ...fuseForAll(guest),
      { name: 'the demo', command: ['node', 'build/cli.js', 'demo', '--fast'], judge: got(['1', '1', '4', '10']) },
      ...(await seedSteps(guest)),
      ...librarySteps(guest),
      ...(['node', 'bun', 'deno'] as const).flatMap((runtime) =>
        (['socketpair', 'tcp', 'fuse'] as const).map((backend) => tests(runtime, backend)),
      ),
    ]);
  },
};
