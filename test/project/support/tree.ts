// SPDX-License-Identifier: LGPL-2.1-or-later

// A folder that a patch of the kernel applies to, where there is no kernel.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { partsOf } from '../../../tools/series/mail.js';

/** Files that have the lines that a patch expects, each where it expects them. */
export function treeFor(folder: string, text: string): void {
  for (const { file, text: part } of partsOf(text)) {
    if (part.includes('\nnew file mode ')) continue;
    const known = new Map<number, string>();
    for (const hunk of part.split(/^(?=@@ )/m).slice(1)) {
      const first = Number(/^@@ -(\d+)/.exec(hunk)?.[1]);
      const before = hunk.split('\n').filter((line) => /^[ -]/.test(line));
      for (const [index, line] of before.entries()) known.set(first + index, line.slice(1));
    }
    const lines = Array.from({ length: Math.max(...known.keys()) }, (_, index) => known.get(index + 1) ?? `~${index}`);
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), lines.map((line) => `${line}\n`).join(''));
  }
}
