// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: node

// A seed is one run in every runtime: of random programs, and of those that share no promises in a browser as well, which refuses the others by name.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { argsOf, programOf, RUNTIMES } from '../../tools/runtimes.js';
import { bundlePage, CHROMIUM, startBrowser } from '../support/browser.js';
import { needs } from '../support/needs.js';
import { well } from './support/simulated.js';
import { crowd, CROWD_SEED, SHARING, type Outcome } from './support/without-context-programs.js';

const PROGRAMS = 200;

/** A line for each program of this kind, by its seed. */
function linesOf(name: (typeof RUNTIMES)[number], kind: 'shared' | 'apart'): string[] {
  const file = fileURLToPath(new URL('support/hashes.ts', import.meta.url));
  const { stdout, stderr } = spawnSync(programOf(name), [...argsOf(name, file), kind, '0', String(PROGRAMS)], {
    encoding: 'utf8',
  });
  const lines = stdout.trim().split('\n');
  assert.is(lines.length, PROGRAMS, stderr);
  assert.ok(
    lines.every((line) => /^\d+ [0-9a-f]{16} [a-z,]+$/.test(line)),
    stdout,
  );
  return lines;
}

for (const kind of ['shared', 'apart'] as const) {
  test(`${PROGRAMS} programs (${kind}) have one hash each in every runtime`, () => {
    const [here, ...others] = RUNTIMES.map((name) => linesOf(name, kind));
    assert.is(new Set(here).size, PROGRAMS);
    for (const other of others) assert.equal(other, here);
  });
}

/** What a page's function gives. */
async function inChromium<T>(call: string): Promise<T> {
  const browser = await startBrowser();
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ content: await bundlePage('test/sim/support/in-browser.ts') });
    return await page.evaluate<T>(call);
  } finally {
    await browser.close();
  }
}

const withBrowser = needs(test, CHROMIUM);

withBrowser(`${PROGRAMS} programs that share no promises have the same hashes in Chromium`, async () => {
  assert.equal(await inChromium<string[]>(`lines(0, ${PROGRAMS})`), linesOf('node', 'apart'));
});

withBrowser('tasks that share promises are refused by name in Chromium, and others are not', async () => {
  const found = await inChromium<Record<string, Outcome>>('outcomes()');
  assert.is(found.crowd?.failure, undefined);
  assert.is(found.crowd?.hash, (await well(crowd(), { seed: CROWD_SEED })).hash);
  for (const [name, { refusal }] of Object.entries(SHARING)) {
    const { failure } = found[name]!;
    assert.is(failure?.kind, 'foreign', name);
    assert.match(`${failure!.task} ${failure!.message}`, refusal);
    assert.match(failure!.message, 'has no AsyncLocalStorage');
  }
});

test.run();
