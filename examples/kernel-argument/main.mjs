// SPDX-License-Identifier: LGPL-2.1-or-later

// One program on two kernels: this machine's, and a simulated one, there in 200 orders of what happens.
// Run: node examples/kernel-argument/main.mjs (or bun, or deno run -A)

import { realKernel } from 'vpoll';
import { explore } from 'vpoll/sim';
import { program } from './program.mjs';

const LINES = ['a line', 'another', 'the last'];

console.log('real:', (await program(realKernel(), LINES)).join(', '));

const said = new Set();
const { runs, failure } = await explore({
  name: 'lines',
  tasks: () => ({
    main: async (kernel) => {
      said.add((await program(kernel, LINES)).join(', '));
    },
  }),
  faults: { EINTR: [1, 10], spurious: [1, 10] },
  runs: 200,
});
if (failure) throw failure.error ?? new Error(failure.message);
console.log(`simulated, ${runs} runs:`, [...said].join(' or '));
