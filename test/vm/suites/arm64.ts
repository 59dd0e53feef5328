// SPDX-License-Identifier: LGPL-2.1-or-later

import { argsOf, type RuntimeName } from '../../../tools/runtimes.js';
import { fuseForAll } from '../library.js';
import { byStatus, type Step } from '../steps.js';
import type { Suite } from '../suites.js';

/** What the layout of a structure, the number of a constant or the way a function is called could spoil, over each backend of a stock kernel. */
const PARTS = {
  socketpair: ['real/masks', 'real/edges', 'real/wakeups', 'poller/wait'],
  tcp: ['real/wakeups'],
  fuse: ['fuse/abi', 'fuse/masks', 'fuse/poller'],
};
const TIMEOUT_S = 600;

/** Runs tests in a runtime for arm64. It lies where that of this machine's architecture lies on the host (test/vm/arm64.ts). */
function tests(runtime: RuntimeName, backend: keyof typeof PARTS): Step {
  const parts = PARTS[backend].map((part) => `test/${part}`);
  return {
    name: `${runtime}: ${backend}`,
    command: ['node', ...argsOf('node'), 'tools/test.ts', '--runtime', runtime, ...parts],
    env: { VPOLL_NO_SKIP: '1', VPOLL_BACKEND: backend },
    timeout_s: TIMEOUT_S,
  };
}

export const suite: Suite = {
  name: 'arm64',
  about: 'the library under Node, Bun and Deno for arm64: masks, edges, wake-ups and the Poller, over socketpair, tcp and fuse',
  kernels: { all: ['stock-6.1-arm64'] },
  async run(guest) {
    await guest.steps([
      ...fuseForAll(guest),
      { name: 'the demo', command: ['node', 'build/cli.js', 'demo', '--fast'], judge: byStatus, timeout_s: 60 },
      ...(['node', 'bun', 'deno'] as const).flatMap((runtime) =>
        (['socketpair', 'tcp', 'fuse'] as const).map((backend) => tests(runtime, backend)),
      ),
    ]);
  },
};
