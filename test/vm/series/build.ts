// SPDX-License-Identifier: LGPL-2.1-or-later

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { availableParallelism } from 'node:os';
import type { Line } from '../../../tools/series.js';
import { must, said } from './said.js';

/** On top of tinyconfig: what fs/eventfd.c and those who use it need. */
const CONFIG = ['64BIT', 'PRINTK', 'BUG', 'PROC_FS', 'EPOLL', 'EVENTFD', 'AIO', 'IO_URING'];

/** A tree of objects for User-Mode Linux, which takes the least to build. */
export class Objects {
  private readonly env: NodeJS.ProcessEnv;

  private constructor(
    private readonly line: Line,
    private readonly tree: string,
    objects: string,
  ) {
    this.env = { ARCH: 'um', KBUILD_OUTPUT: objects };
  }

  /** Configures `objects`, an empty folder, for the source `tree`. */
  static async configured(line: Line, tree: string, objects: string): Promise<Objects> {
    const made = new Objects(line, tree, objects);
    const fragment = join(objects, 'fragment');
    writeFileSync(fragment, CONFIG.map((name) => `CONFIG_${name}=y\n`).join(''));
    await made.make('tinyconfig');
    await must(tree, ['scripts/kconfig/merge_config.sh', '-m', '-O', objects, join(objects, '.config'), fragment], {
      env: made.env,
    });
    await made.make('olddefconfig');
    const config = readFileSync(join(objects, '.config'), 'utf8').split('\n');
    // A name that the kernel doesn't know, or whose needs are not met, vanishes in silence.
    const lost = CONFIG.filter((name) => !config.includes(`CONFIG_${name}=y`));
    if (lost.length > 0) throw new Error(`${tree}: not to be configured: ${lost.join(', ')}`);
    await made.make('prepare', `-j${availableParallelism()}`);
    return made;
  }

  private make(...words: string[]): Promise<string> {
    return must(this.tree, ['make', '-s', ...words], { env: this.env });
  }

  /**
   * Compiles the line's object with all warnings that the kernel knows for W=1, and checks it by sparse. Returns the warnings and
   * errors, without the numbers of their lines.
   */
  async warnings(): Promise<string[]> {
    const flags = this.line.checkFlags === undefined ? [] : [`CF=${this.line.checkFlags}`];
    const { object } = this.line;
    const { status, text } = await said(this.tree, ['make', 'W=1', 'C=2', ...flags, `${object}.o`], { env: this.env });
    const found = text
      .split('\n')
      .filter((said) => /\b(warning|error):/i.test(said))
      .map((said) => said.replaceAll(`${this.tree}/`, '').replace(/:\d+(:\d+)?:/, ':'));
    if (status !== 0) return [...found, `${object}.o: make ends with ${status}`];
    // Without either line, nothing was looked at.
    for (const done of [`  CC +${object}\\.o`, `  CHECK +\\S*${object}\\.c`]) {
      if (!new RegExp(`^${done}$`, 'm').test(text)) found.push(`${object}.o: make doesn't say ${done}`);
    }
    return found;
  }
}
