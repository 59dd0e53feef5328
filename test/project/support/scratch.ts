// SPDX-License-Identifier: LGPL-2.1-or-later

// A copy of this repository in which something is added by its list in CONTRIBUTING.md, and by nothing else.

import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importSource } from '../../../tools/runtimes.js';
import { root, run } from '../../support/run.js';

/** Where what is added, and the programs that use it, are until they are added. */
export const ADDED = 'test/project/added';
const COPIED = ['assembly', 'src', 'host', 'tools', 'docs', 'examples', 'python', 'build', ADDED];
const FILES = ['README.md', 'package.json', 'tsconfig.json', '.prettierrc'];
/** What was built of C, for Debian and for the tests is large, and nobody's here. */
const LEFT_OUT = ['host/c/build', 'build/c', 'build/deb', 'build/programs'].map((path) => join(root, path));

/** What a list says: the files that are written by hand, and the commands. */
export interface Steps {
  readonly files: readonly string[];
  readonly commands: readonly string[];
}

/** The list below a heading of CONTRIBUTING.md; `name` stands where the list says NAME. */
export function stepsOf(heading: string, name: string): Steps {
  const [, section = ''] = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').split(`\n## ${heading}\n`);
  const items = section.split('\n## ')[0]!.match(/^\d+\. `[^`]+`/gm) ?? [];
  const all = items.map((item) => /`(.+)`/.exec(item)![1]!.replace('NAME', name));
  return { files: all.filter((each) => !each.startsWith('npm ')), commands: all.filter((each) => each.startsWith('npm ')) };
}

export class Scratch {
  readonly folder = mkdtempSync(join(tmpdir(), 'vpoll-scratch-'));

  readonly #commands: Record<string, () => void | Promise<void>> = {
    'npm run backends': () => {
      this.tool('tools/backends.ts');
    },
    'npm run build:abi': () => {
      this.tool('tools/abi.ts');
    },
    // The plain build, which does the same in a fifth of the time.
    'npm run build': async () => {
      const out = this.path('build');
      const { buildModule } = (await importSource(this.path('tools/core.ts'))) as typeof import('../../../tools/core.js');
      const { buildCommand, buildSim } = (await importSource(
        this.path('tools/sim.ts'),
      )) as typeof import('../../../tools/sim.js');
      await buildModule(this.folder, out, 'core', false);
      for (const build of [buildSim, buildCommand]) await build(this.folder, out, false);
    },
    'npm run man': () => {
      this.tool('tools/man.ts');
    },
    'npm run carriers': () => {
      this.tool('tools/carriers.ts');
    },
    'npm run build:c': async () => {
      const { generate } = (await importSource(this.path('tools/c.ts'))) as typeof import('../../../tools/c.js');
      for (const [path, text] of Object.entries(await generate())) writeFileSync(this.path(path), text);
    },
  };

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  read(path: string): string {
    return readFileSync(this.path(path), 'utf8');
  }

  /** Runs a TypeScript file of the copy: what it printed. */
  tool(path: string, ...args: string[]): string {
    return run(process.execPath, ['--import', 'tsx', path, ...args], this.folder);
  }

  /** Copies the repository and takes the steps, each file as `byHand` writes it. */
  async make({ files, commands }: Steps, byHand: Readonly<Record<string, () => string>>): Promise<void> {
    for (const path of COPIED)
      cpSync(join(root, path), this.path(path), { recursive: true, filter: (from) => !LEFT_OUT.includes(from) });
    for (const path of FILES) cpSync(join(root, path), this.path(path));
    symlinkSync(join(root, 'node_modules'), this.path('node_modules'));
    for (const path of files) writeFileSync(this.path(path), byHand[path]!());
    for (const command of commands) await this.#commands[command]!();
  }

  /** The lines of a file that the repository's own has not. */
  newLines(path: string): string[] {
    const before = readFileSync(join(root, path), 'utf8').split('\n');
    return this.read(path)
      .split('\n')
      .filter((line) => !before.includes(line));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
