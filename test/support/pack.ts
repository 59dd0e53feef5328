// SPDX-License-Identifier: LGPL-2.1-or-later

import { join } from 'node:path';
import { run } from './run.js';

/** The package as npm would publish it. */
export interface Packed {
  tarball: string;
  files: string[];
  size_bytes: number;
}

/** Packs what is built into `folder`. The runner built it already, so npm needn't do that once more. */
export function pack(folder: string): Packed {
  const said = run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]);
  const [entry] = JSON.parse(said) as { filename: string; size: number; files: { path: string }[] }[];
  if (!entry) throw new Error(`npm pack: ${said}`);
  return { tarball: join(folder, entry.filename), files: entry.files.map(({ path }) => path).sort(), size_bytes: entry.size };
}
