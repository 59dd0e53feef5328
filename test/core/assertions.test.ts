// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node

// The assertions of the core: on in the build that the tests run, none of them in what is shipped.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withoutAssertions } from '../../tools/asc.js';
import { compileChecked } from '../../tools/core.js';
import { AssertionFailed, instantiateChecked } from '../tested-core.js';
import { FakeHost } from '../fake/host.js';
import { Kernel, Process } from '../fake/kernel.js';
import { SOCKETPAIR } from '../fake-host.js';
import { root } from '../support/run.js';

const PLAN = 'assembly/backend/socketpair-plan.ts';
const MISTAKE = ['steps |= SET_IN << shift;', 'steps |= SET_OUT << shift;'] as const;

/** The sources of the core by their paths. */
function sources(): [name: string, text: string][] {
  const names = readdirSync(join(root, 'assembly'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return names.map((name) => [join('assembly', name), readFileSync(join(root, 'assembly', name), 'utf8')]);
}

test('a plan that leads elsewhere fails where the plan is made', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-assertions-'));
  try {
    const wasm = join(folder, 'core.wasm');
    assert.ok(readFileSync(join(root, PLAN), 'utf8').includes(MISTAKE[0]));
    await compileChecked(root, wasm, (name, text) => (name === PLAN ? text.replace(...MISTAKE) : text));
    const { factory } = new FakeHost(new Process(new Kernel()));
    const core = instantiateChecked(factory, new WebAssembly.Module(readFileSync(wasm)));
    let caught: unknown;
    try {
      core.create(SOCKETPAIR, 1, 0, 0, 0);
    } catch (error) {
      caught = error;
    }
    assert.instance(caught, AssertionFailed);
    assert.match((caught as Error).message, /^assembly\/backend\/socketpair-plan\.ts:\d+$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('an assertion is a line of its own, so that the shipped build has none', () => {
  const left = sources().filter(([, text]) => /\bassert\(/.test(withoutAssertions(text)));
  assert.equal(
    left.map(([name]) => name),
    [],
  );
  assert.ok(sources().reduce((sum, [, text]) => sum + (text.match(/^ *assert\(/gm) ?? []).length, 0) > 30);
});

test.run();
