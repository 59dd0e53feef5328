// SPDX-License-Identifier: LGPL-2.1-or-later

import { existsSync } from 'node:fs';
import type { Guest } from '../guest.js';
import { verdict } from '../report.js';
import type { Suite } from '../suites.js';

/** Debian's own interpreter and its tests (libpython3.11-testsuite): no other python3 is meant. */
const PYTHON = '/usr/bin/python3.11';
const TESTS = '/usr/lib/python3.11/test/test_epoll.py';

const CASES = ['test_epoll', 'test_poll', 'test_select', 'test_selectors', 'test_os.EventfdTests'].map((name) => `test.${name}`);

/** What each test came to: `test_x (...) ... ok`. What a test says itself may stand between a name and its result. */
function resultsIn(output: string): string[] {
  return [...output.matchAll(/^(test_\w+ \([\w.]+\)).*?\.\.\. (?:.*\n)??.*?(ok|FAIL|ERROR|skipped .*)$/gm)]
    .map(([, name, result]) => `${name}: ${result}`)
    .sort();
}

async function runIn(guest: Guest): Promise<{ results: string[]; output: string }> {
  let output = '';
  await guest.steps([
    {
      name: 'the tests ran',
      // They make files where they stand.
      command: ['sh', '-c', `cd /tmp && exec ${PYTHON} -m unittest -v ${CASES.join(' ')}`],
      timeout_s: 300,
      judge: (said) => {
        output = said;
        return verdict(/^Ran \d+ tests/m.test(said), said);
      },
    },
  ]);
  return { results: resultsIn(output), output };
}

export const suite: Suite = {
  name: 'python',
  about: "CPython's own tests of epoll, poll, select, selectors and eventfd, with and without the patch: the same results",
  kernels: { all: ['microvm-6.1'] },
  isAlone: true,
  async run(guest) {
    if (!existsSync(TESTS)) {
      guest.skip('libpython3.11-testsuite is not installed');
      return;
    }
    const plain = await runIn(await guest.other('microvm-6.1-plain'));
    const patched = await runIn(guest);
    const isSame = plain.results.length > 0 && plain.results.join('\n') === patched.results.join('\n');
    guest.add('as many as there are', verdict(patched.results.length > 100, patched.output));
    guest.add('the same results', verdict(isSame, `without:\n${plain.output}\nwith:\n${patched.output}`));
  },
};
