// SPDX-License-Identifier: LGPL-2.1-or-later
// alone
// timeout: 300
// runs: node, not newest

// A library and a helper of different versions: they serve each other where they mean the same, and refuse where they may not. Neither misreads the other.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compileNative, type Arch } from '../../tools/native.js';
import { OLD_HELPER, OLD_LIBRARY, OTHER_NUMBER, putChanged, type Change } from '../support/helpers.js';
import { needs } from '../support/needs.js';
import { run } from '../support/run.js';
import { compile, execute } from './support/library.js';

const withFuse = needs(test, 'cmake', 'gcc', { name: '/dev/fuse', has: existsSync('/dev/fuse') });

const folder = mkdtempSync(join(tmpdir(), 'vpoll-handshake-'));

test.after(() => {
  rmSync(folder, { recursive: true });
});

/** Where every library here looks for its helper. */
const HELPER = join(folder, 'vpoll-fuse');
/** The folders of libraries that were built, by their names. */
const built = new Map<string, string>();

/** The folder of a library of sources with these changes. */
function libraryOf(name: string, changes: readonly Change[]): string {
  const known = built.get(name);
  if (known !== undefined) return known;
  const place = join(folder, name);
  putChanged(place, changes);
  const build = join(place, 'build');
  run('cmake', ['-S', join(place, 'host/c'), '-B', build, `-DVPOLL_HELPER=${HELPER}`, '-DCMAKE_C_FLAGS=-O1 -w']);
  run('cmake', ['--build', build, '--target', 'vpoll', '--parallel', '2']);
  built.set(name, build);
  return build;
}

/** What a program with that library gets: 0 where it has a vpoll of fuse and all works, else its status; and on which backend it is where it may choose. */
function tryOut(build: string): { asked: number | null; output: string; chosen: string | undefined } {
  const env = { LD_LIBRARY_PATH: build };
  const { status, output, errors } = execute(compile('additions.c'), { args: ['fuse'], env: { ...env, VPOLL_BACKEND: 'fuse' } });
  const chosen = ['device', 'fuse', 'tcp', 'socketpair'].find(
    (backend) => execute(compile('additions.c'), { args: [backend], env: { ...env, VPOLL_BACKEND: '' } }).status === 0,
  );
  return { asked: status, output: output + errors, chosen };
}

const LIBRARIES: Readonly<Record<string, readonly Change[]>> = { today: [], another: [OTHER_NUMBER], old: [OLD_LIBRARY] };
const HELPERS: Readonly<Record<string, readonly Change[]>> = { today: [], another: [OTHER_NUMBER], old: [OLD_HELPER] };

const CASES: readonly (readonly [library: string, helper: string, serves: boolean])[] = [
  ['today', 'today', true],
  ['today', 'another', false],
  ['today', 'old', true],
  ['another', 'today', false],
  ['another', 'old', true],
  ['old', 'today', true],
  ['old', 'another', true],
];

for (const [ofLibrary, ofHelper, serves] of CASES)
  withFuse(
    `library: ${ofLibrary}, helper: ${ofHelper}: ${serves ? 'it serves' : 'it is refused, and another backend serves'}`,
    () => {
      const place = join(folder, `helper-${ofLibrary}-${ofHelper}`);
      putChanged(place, HELPERS[ofHelper]!);
      assert.ok(compileNative(place, process.arch as Arch, HELPER));
      const { asked, output, chosen } = tryOut(libraryOf(ofLibrary, LIBRARIES[ofLibrary]!));
      assert.is(asked === 0, serves, output);
      assert.is(chosen === 'fuse', serves, chosen ?? 'no backend serves');
      assert.ok(chosen, 'another serves');
    },
  );

test.run();
