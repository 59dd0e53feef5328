// SPDX-License-Identifier: LGPL-2.1-or-later

import { join } from 'node:path';
import { Native } from './native.js';
import type { Effort, Part } from './results.js';

/** What every part is given. */
export interface Context {
  /** The folder bench/. */
  folder: string;
  effort: Effort;
  /** The C loops, or why there are none. */
  loops: Native | string;
  /** The reference library from C, or why it isn't there. */
  reference: Native | string;
  /** The script for what needs a fresh process. */
  child: string;
}

export type Measure = (context: Context) => Promise<Part>;

export function openContext(folder: string, effort: Effort, child: string): Context {
  const loops = Native.start(join(folder, 'loops.c'));
  const reference = Native.start(join(folder, 'reference.c'), ['-lvpoll']);
  return { folder, effort, child, loops, reference };
}

export async function closeContext({ loops, reference }: Context): Promise<void> {
  if (typeof loops !== 'string') await loops.stop();
  if (typeof reference !== 'string') await reference.stop();
}
