// SPDX-License-Identifier: LGPL-2.1-or-later

// A copy of what is built, to be spoilt, and which helper a program of it has started.

import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '../../../src/fuse/native.js';
import { compileNative, type Arch } from '../../../tools/native.js';
import { putChanged, type Change } from '../../support/helpers.js';
import { root } from '../../support/run.js';
import { traced, type Traced } from '../../support/execs.js';
import { runtime } from '../../support/runtime.js';

/** The file of the helper for this architecture. */
export const FILE = `vpoll-fuse-${process.arch}`;

/** Whether this checkout has one: a compiler was there when it was built. */
export const HAS_NATIVE = { name: `build/${FILE}`, has: readdirSync(join(root, 'build')).includes(FILE) };

/** The outcome of a program with one vpoll of a helper. */
export interface Came {
  /** What it printed: the backend, or the error's message. */
  readonly said: string;
  readonly helper: 'native' | 'runtime' | 'none';
  /** Paths that the native helper has opened. */
  readonly opened: readonly string[];
}

export interface Copy {
  /** build/ of the copy. */
  readonly folder: string;
  readonly path: (name: string) => string;
  /** Replaces a text in the bundles; throws where it isn't there. */
  edit(from: string | RegExp, to: string): void;
  /** Runs a program of it, after what stands in `before`. */
  run(env?: NodeJS.ProcessEnv, before?: readonly string[]): Came;
}

function cameTo({ stdout, stderr, seen }: Traced): Came {
  const last = (pattern: RegExp): boolean => seen.some(({ execs }) => pattern.test(execs.at(-1)!));
  // One that refuses was executed as well.
  const helper = last(/, "(?:-e|eval)"/) ? 'runtime' : last(/"vpoll-fuse", "helper"/) ? 'native' : 'none';
  const opened = seen.filter(({ execs }) => execs.at(-1)!.includes('"vpoll-fuse"')).flatMap((each) => each.opened);
  return { said: (stdout + stderr).trim(), helper, opened };
}

const PROGRAM = `
import { VPoll } from './index.js';
try {
  const vp = VPoll.create({ backend: 'fuse', events: 2 });
  console.log(vp.backend, vp.events);
  vp.close();
} catch ({ message }) {
  console.log(message);
}
`;

/** Makes the copy, which is gone afterwards. */
export function withCopy(use: (copy: Copy) => void): void {
  const place = mkdtempSync(join(tmpdir(), 'vpoll-copy-'));
  const folder = join(place, 'build');
  const path = (name: string): string => join(folder, name);
  try {
    mkdirSync(folder);
    // koffi is looked for beside the program, and what it is by its package.json.
    symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'));
    copyFileSync(join(root, 'package.json'), join(place, 'package.json'));
    const bundles = readdirSync(join(root, 'build')).filter((name) => /^[a-z]+\.js$/.test(name));
    for (const name of [...bundles, FILE]) copyFileSync(join(root, 'build', name), path(name));
    writeFileSync(path('program.mjs'), PROGRAM);
    const edit = (from: string | RegExp, to: string): void => {
      let count = 0;
      for (const name of bundles) {
        const text = readFileSync(path(name), 'utf8');
        const edited = text.replace(from, to);
        if (edited !== text) count++;
        writeFileSync(path(name), edited);
      }
      if (count === 0) throw new Error(`${from} is in no bundle`);
    };
    const run = (env: NodeJS.ProcessEnv = {}, before: readonly string[] = []): Came => {
      const command = [process.execPath, ...(runtime === 'deno' ? ['run', '--allow-all'] : []), path('program.mjs')];
      return cameTo(traced([...before, ...command], { env: { VPOLL_FUSE: '', ...env }, cwd: '/' }));
    };
    use({ folder, path, edit, run });
  } finally {
    rmSync(place, { recursive: true });
  }
}

/** Puts a helper of other sources in place, as if it were the one that was built. */
export function replaceHelper({ folder, path, edit }: Copy, change: Change): void {
  const place = `${folder}-other`;
  putChanged(place, [change]);
  if (!compileNative(place, process.arch as Arch, path(FILE))) throw new Error('no compiler');
  const was = digestOf(readFileSync(join(root, 'build', FILE)));
  edit(was, digestOf(readFileSync(path(FILE))));
}
