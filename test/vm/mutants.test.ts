// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node

// Each mutant of the kernel side still has its place in the source: the suites that build them run seldom.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lineNamed, patchesOf } from '../../tools/series.js';
import { root } from '../support/run.js';
import { eventfdMutants, moduleMutants, mutated } from './mutants.js';

/** What a patch makes of fs/eventfd.c, as far as it shows it. */
function shownBy(patch: string): string {
  const [, part = ''] = patch.split('\n+++ b/fs/eventfd.c\n');
  const [own = ''] = part.split('\ndiff --git ');
  return own
    .split('\n')
    .filter((line) => /^[ +]/.test(line))
    .map((line) => line.slice(1))
    .join('\n');
}

test('of EFD_VPOLL, in the series for 6.1', () => {
  const source = patchesOf(lineNamed('v6.1')).map(({ text }) => shownBy(text)).join('\n'); // prettier-ignore
  assert.match(source, 'eventfd_vpoll_poll');
  assert.ok(eventfdMutants.length > 15);
  for (const mutant of eventfdMutants) assert.is.not(mutated(source, mutant), source);
});

test('of vpoll.ko', () => {
  assert.ok(moduleMutants.length > 15);
  for (const mutant of moduleMutants) {
    const source = readFileSync(join(root, 'linux_module', mutant.file ?? 'device.c'), 'utf8');
    assert.is.not(mutated(source, mutant), source);
  }
});

test.run();
