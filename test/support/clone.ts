// SPDX-License-Identifier: LGPL-2.1-or-later

// What a clone would hold: the files of the work tree that git knows or would add.

import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './run.js';

export function copyTree(to: string): void {
  const files = run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard']).split('\0').filter(Boolean);
  for (const file of files) {
    if (existsSync(join(root, file))) cpSync(join(root, file), join(to, file), { recursive: true });
  }
}
