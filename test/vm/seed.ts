// SPDX-License-Identifier: LGPL-2.1-or-later

import { existsSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lock } from './cache.js';
import { run } from './shell.js';

/** What an entry of the cache says about itself in `about.json`. */
interface About {
  /** Stands for its source and its configuration, whatever its series. */
  base: string;
  /** The files that its series changes or adds. */
  patched: string[];
}

/** The files that patches change, add or remove, below the top of the tree. */
export function filesOf(patches: string[]): string[] {
  const names = patches.flatMap((text) => [...text.matchAll(/^(?:---|\+\+\+) [ab]\/(\S+)/gm)].map(([, name]) => name!));
  return [...new Set(names)].sort();
}

export async function writeAbout(folder: string, about: About): Promise<void> {
  await writeFile(join(folder, 'about.json'), JSON.stringify(about));
}

async function readAbout(folder: string): Promise<About | undefined> {
  if (!existsSync(join(folder, 'done'))) return undefined;
  const text = await readFile(join(folder, 'about.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as About);
}

/**
 * Gives a new tree the objects of a kernel of the same source and configuration with another series, so that make makes only what
 * differs. The objects lie inside the tree and know it as `..`: they are good for any. `pristine` is the tree without a series.
 */
export async function seed(folder: string, about: About, pristine: string): Promise<boolean> {
  const parent = join(folder, '..');
  for (const name of await readdir(parent)) {
    const other = join(parent, name);
    const known = await readAbout(other);
    if (known?.base !== about.base || other === folder) continue;
    const release = await lock(`${other}.lock`, 'shared');
    try {
      // It may have gone while the lock was waited for.
      if (!existsSync(join(other, 'done'))) continue;
      await run('cp', ['-a', join(other, 'linux/build'), join(folder, 'linux/build')]);
      await keepSame(join(other, 'linux'), join(folder, 'linux'), about.patched);
    } finally {
      await release?.();
    }
    // What the other's series changed and ours doesn't is as old as the rest: make would take the object for current.
    for (const file of known.patched.filter((each) => !about.patched.includes(each))) {
      if (!existsSync(join(pristine, file))) continue;
      await run('cp', ['--remove-destination', join(pristine, file), join(folder, 'linux', file)]);
    }
    return true;
  }
  return false;
}

/** Gives files of a tree that are the same in another one the age that they have there: a header that a series changes is included by a third of the kernel. */
async function keepSame(other: string, tree: string, files: string[]): Promise<void> {
  const read = (path: string): Promise<Buffer | undefined> => readFile(path).catch(() => undefined);
  for (const file of files) {
    const [old, its] = [await read(join(other, file)), await read(join(tree, file))];
    if (old && its && old.equals(its)) await run('cp', ['-p', '--remove-destination', join(other, file), join(tree, file)]);
  }
}

/**
 * Makes objtool of a copied tree as old as it was before it was copied. It is the one program of the kernel's own whose objects know
 * where they lie: elsewhere it is made anew, and then every object that it has looked at. Only where there is one (x86).
 */
export async function keepAge(source: string, makeArguments: string[], log: string): Promise<void> {
  const tools = join(source, 'build/tools/objtool');
  const before = await stat(join(tools, 'objtool')).catch(() => undefined);
  if (!before) return;
  await run('make', ['-s', ...makeArguments, 'O=build', 'prepare'], { cwd: source, log });
  await run('find', [tools, '-exec', 'touch', '-d', before.mtime.toISOString(), '{}', '+'], { log });
}
