// SPDX-License-Identifier: LGPL-2.1-or-later

// The library's own suites as steps in a guest.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { partOfDay } from '../../tools/daily.js';
import { argsOf, type RuntimeName } from '../../tools/runtimes.js';
import { testFiles } from '../../tools/where.js';
import type { Backend, Guest } from './guest.js';
import { insmod } from './module.js';
import { byStatus, type Step } from './steps.js';

/** The test files that say `// runs: vm NAME` (tools/where.ts). Throws where none does: a name that was mistyped would test nothing. */
export function filesOf(name: string): string[] {
  const files = testFiles().filter(({ where }) => where.vm.includes(name));
  if (files.length === 0) throw new Error(`no test file says 'vm ${name}'`);
  return files.map(({ file }) => file);
}

/** A part of these for each day in User-Mode Linux, where each start of a runtime takes seconds, as .ci/run has it; all of them elsewhere. */
export function filesOfDay(guest: Guest, name: string, parts: number): string[] {
  const files = filesOf(name);
  if (guest.kernel.kernel.machine !== 'uml') return files;
  const { part, line } = partOfDay(files, parts);
  console.log(`${guest.name} ${name}: ${line}`);
  return part;
}

/** The test files below a folder of test/. */
export function filesIn(folder: string): string[] {
  return testFiles().flatMap(({ file }) => (file.startsWith(`test/${folder}/`) ? [file] : []));
}

/** Runs test files. A skip is a failure: what they need is there, or they don't belong there. */
export function suites(
  name: string,
  files: string[],
  env: Record<string, string>,
  timeout_s: number,
  runtime: RuntimeName = 'node',
): Step {
  return {
    name,
    command: ['node', ...argsOf('node', 'tools/test.ts', { mayBeBuilt: true }), '--runtime', runtime, ...files],
    env: { VPOLL_NO_SKIP: '1', ...env },
    timeout_s,
  };
}

/** What gives everyone /dev/fuse in one of Debian's kernels, as udev does on any Debian: the module, where it isn't built in as in 6.12. */
export function fuseForAll(guest: Guest): Step[] {
  const module = join(dirname(guest.kernel.image), 'modules/fuse.ko');
  const chmod: Step = { name: 'anyone may open /dev/fuse', command: ['chmod', '666', '/dev/fuse'], judge: byStatus };
  return existsSync(module) ? [insmod(module, 'insmod fuse'), chmod] : [chmod];
}

/** The module first, then what `make` gives for each backend that the kernel has. */
export async function overEach(guest: Guest, make: (backend: Backend) => Step): Promise<Step[]> {
  return [insmod(await guest.module()), ...guest.backends.map(make)];
}
