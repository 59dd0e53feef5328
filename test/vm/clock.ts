// SPDX-License-Identifier: LGPL-2.1-or-later

import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './shell.js';

/** How fast the processor's time stamp counter counts, against the kernel's clock. Only a compiled program can read it. */
const PROGRAM = `
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC_RAW, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

int main(void) {
  double start = now_ms(), end;
  unsigned long long ticks = __rdtsc();
  do end = now_ms(); while (end - start < 100);
  printf("%.0f\\n", (__rdtsc() - ticks) / (end - start));
  return 0;
}
`;

let measured: Promise<string> | undefined;

async function measure(folder: string): Promise<string> {
  const program = join(folder, 'tsc-khz');
  if (!existsSync(program)) {
    const scratch = await mkdtemp(join(folder, 'tsc.'));
    await writeFile(join(scratch, 'tsc.c'), PROGRAM);
    await run('gcc', ['-O2', '-o', join(scratch, 'tsc'), join(scratch, 'tsc.c')]);
    await rename(join(scratch, 'tsc'), program);
    await rm(scratch, { recursive: true });
  }
  return (await run(program, [])).trim();
}

/** The rate of this machine's time stamp counter in kHz, which a guest under emulation counts by as well. `folder` keeps the program. */
export function tscKhz(folder: string): Promise<string> {
  measured ??= measure(folder);
  return measured;
}
