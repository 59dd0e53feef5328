// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from '../support/pack.js';
import { runTool } from '../support/run.js';

const folder = mkdtempSync(join(tmpdir(), 'vpoll-pack-'));
const packed = pack(folder);

test.after(() => {
  rmSync(folder, { recursive: true });
});

/** What a user downloads. Only bundles may vary in name and number: rollup names the chunks that entries share. */
const required = [
  'CHANGELOG.md',
  'LICENSES/Apache-2.0.txt',
  'LICENSES/GPL-2.0-only.txt',
  'LICENSES/LGPL-2.1-or-later.txt',
  'LICENSES/Linux-syscall-note.txt',
  'README.md',
  'SECURITY.md',
  'build/cli.js',
  'build/common.d.ts',
  'build/core.wasm',
  'build/index.d.ts',
  'build/index.js',
  'build/playground/page.html',
  'build/sim.d.ts',
  'build/sim.js',
  'build/vpoll-sim.wasm',
  'docs/api.md',
  'docs/errors.md',
  'docs/vpoll.1',
  'examples/README.md',
  'examples/python.mjs',
  'host/c/CMakeLists.txt',
  'host/c/core/core.c',
  'host/c/core/fuse.c',
  'host/c/helper/vpoll-fuse.service',
  'host/c/man/vpoll-fuse.8',
  'host/c/man/vpoll.3',
  'host/c/vpoll.h',
  'package.json',
];

test('holds what is shipped and nothing else', () => {
  const others = packed.files.filter((name) => !required.includes(name));
  assert.equal(
    required.filter((name) => !packed.files.includes(name)),
    [],
  );
  assert.equal(
    others.filter(
      (name) =>
        !/^build\/([a-z-]+\.js|vpoll-fuse-(x64|arm64))$|^(?:host\/c|examples)\/([\w-]+\/)?[\w.-]+$|^docs\/[\w.-]+\.md$/.test(
          name,
        ),
    ),
    [],
  );
  // For those who work on vpoll.
  assert.equal(
    packed.files.filter((name) => /style\.md|decisions|CONTRIBUTING/.test(name)),
    [],
  );
});

test('stays small', () => {
  // A fifth of it is the playground, which `vpoll play` serves: its editor (CodeMirror), bundled. Pages and examples are a tenth, a scenario as C a twentieth.
  assert.ok(packed.size_bytes < 710_000, `${packed.size_bytes} bytes packed`);
});

test('publint finds nothing', () => {
  runTool('publint', 'run', packed.tarball, '--strict');
});

test('types resolve for every ESM consumer', () => {
  runTool('attw', packed.tarball, '--profile', 'esm-only', '--no-emoji', '--no-color');
});

test.run();
