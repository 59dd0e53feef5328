// SPDX-License-Identifier: LGPL-2.1-or-later

import type { Guest } from '../guest.js';
import { type Peer, peers, type Result } from '../peers.js';
import { verdict } from '../report.js';
import { quote } from '../shell.js';
import type { Step } from '../steps.js';
import type { Suite } from '../suites.js';

/** One that hangs is one that failed; on the quickest kernel. */
const TEST_S = 60;

/** Many have limits in time of their own, which a busy machine may not keep to: what differs gets more tries. */
const TRIES = 3;

/** How each of these tests of a peer ends in a kernel. Without one where the guest died before. */
async function resultsIn(guest: Guest, peer: Peer, tests: string[], what: string): Promise<Map<string, Result>> {
  const results = new Map<string, Result>();
  const seconds = TEST_S * guest.kernel.kernel.slowness;
  const one = (test: string, index: number): string =>
    `timeout --kill-after=5 ${seconds} ${peer.commandOf(test).map(quote).join(' ')} >/tmp/said 2>&1 </dev/null; echo "@ ${index} $?"; grep -o '# SKIP' /tmp/said; :`;
  const step: Step = {
    name: what,
    // They make files where they stand.
    command: ['sh', '-c', ['cd /tmp', ...tests.map(one)].join('\n')],
    timeout_s: tests.length * TEST_S,
    judge: (output) => {
      const parts = output.split(/^@ /m).slice(1);
      for (const part of parts) {
        const [, index, status] = /^(\d+) (\d+)\n/.exec(part) ?? [];
        if (index !== undefined) results.set(tests[Number(index)]!, peer.resultOf(part, Number(status)));
      }
      return verdict(results.size === tests.length, output);
    },
  };
  // Their programs may make a kernel speak, which is no fault of ours: it is compared what they come to.
  if (tests.length > 0) await guest.steps([step], { isLoud: true });
  return results;
}

function count(results: Map<string, Result>, result: Result): number {
  return [...results.values()].filter((each) => each === result).length;
}

async function compare(guest: Guest, plain: Guest, peer: Peer): Promise<void> {
  const title = `${peer.name} ${peer.version}`;
  const before = await resultsIn(plain, peer, peer.tests, `${title} without the series`);
  const after = await resultsIn(guest, peer, peer.tests, `${title} with it`);
  // Nothing is known of a test in a guest that died: that is no result, and the same as none.
  const differing = (): string[] => peer.tests.filter((test) => !before.has(test) || before.get(test) !== after.get(test));
  for (let i = 1; i < TRIES && differing().length > 0; i++) {
    const names = differing();
    // One that was ok once can be: whatever else it came to was of the moment.
    for (const [where, results] of [
      [plain, before],
      [guest, after],
    ] as const) {
      const again = await resultsIn(where, peer, names, `${title} again: ${names.join(' ')}`);
      for (const [name, result] of again) if (results.get(name) !== 'ok') results.set(name, result);
    }
  }
  const failed = peer.tests.filter((test) => after.get(test) === 'failed');
  const numbers = `${count(after, 'ok')} ok, ${count(after, 'skip')} skipped, ${failed.length} failed`;
  console.log(`   ${title}: ${numbers} of ${peer.tests.length}${failed.length > 0 ? `; failed: ${failed.join(' ')}` : ''}`);
  guest.add(`${title}: as many as there are`, verdict(count(after, 'ok') > 10, numbers));
  guest.add(`${title}, the same with and without: ${numbers}`, {
    passed: peer.tests.length - differing().length,
    failed: differing().length,
    details: differing()
      .map((test) => `${test}: without ${before.get(test)}, with ${after.get(test)}`)
      .join('\n'),
  });
}

export const suite: Suite = {
  name: 'peers',
  about: "liburing's and libuv's own tests of what polls and of eventfds: the same results with the series as without",
  kernels: { all: ['microvm-6.1'] },
  packages: ['peers'],
  isAlone: true,
  async run(guest) {
    const all = await peers();
    const plain = await guest.other('microvm-6.1-plain');
    for (const peer of all) await compare(guest, plain, peer);
  },
};
