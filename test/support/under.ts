// SPDX-License-Identifier: LGPL-2.1-or-later

// Programs where a library's own process would hurt them, or be refused: under.c says which places there are.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './run.js';

let folder: string | undefined;

/** What runs the rest of a command line there: its program by absolute path. {@link forgetUnder} comes last. */
export function under(...what: string[]): string[] {
  if (folder === undefined) {
    folder = mkdtempSync(join(tmpdir(), 'vpoll-under-'));
    run('cc', ['-O1', '-Wall', '-Werror', '-o', join(folder, 'under'), fileURLToPath(new URL('under.c', import.meta.url))]);
  }
  return [join(folder, 'under'), ...what, '--'];
}

/** Removes what was compiled. */
export function forgetUnder(): void {
  if (folder !== undefined) rmSync(folder, { recursive: true });
  folder = undefined;
}
