// SPDX-License-Identifier: LGPL-2.1-or-later

import { cp, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Judge } from './steps.js';
import { run } from './shell.js';

/** The folder of the selftests in a kernel's source. */
const SELFTESTS = 'tools/testing/selftests';

/**
 * Compiles a selftest of a kernel's source: `program` is its path below the selftests' folder, without .c. Of the kernel's headers
 * it gets the one of EFD_VPOLL, which needs no mending for user space. Returns the program's path, in `folder`.
 */
export async function compileSelftest(source: string, program: string, folder: string): Promise<string> {
  const include = join(folder, 'include');
  await mkdir(join(include, 'linux'), { recursive: true });
  const header = join(source, 'include/uapi/linux/eventfd_vpoll.h');
  await cp(header, join(include, 'linux/eventfd_vpoll.h')).catch((error: unknown) => {
    // A kernel without a series has none, and its tests need none.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  });
  const out = join(folder, basename(program));
  const selftests = join(source, SELFTESTS);
  const flags = ['-O2', '-Wall', '-isystem', include, '-I', selftests, '-pthread'];
  await run('gcc', [...flags, '-o', out, join(selftests, `${program}.c`)], { log: join(folder, 'log') });
  return out;
}

/** What a program of kselftest_harness.h says of each of its tests: `ok 1 name`, `not ok 2 name`. */
export function resultsOf(output: string): string[] {
  return [...output.matchAll(/^((?:not )?ok) \d+ (\S+)/gm)].map(([, result, name]) => `${result} ${name}`);
}

/** Every test of a program of kselftest_harness.h is ok, and there are some. */
export const bySelftest: Judge = (output, status) => {
  const results = resultsOf(output);
  const passed = results.filter((result) => result.startsWith('ok ')).length;
  const failed = results.length - passed;
  const isWhole = failed > 0 || (status === 0 && passed > 0);
  return { passed, failed: failed + (isWhole ? 0 : 1), details: `${output}status ${status}` };
};
