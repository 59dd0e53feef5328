// SPDX-License-Identifier: LGPL-2.1-or-later

// A program: something goes wrong while a simulation runs, in a task or outside of all.

import { simulate } from '../../../src/sim/index.js';

const mode = process.argv[2]!;
const [what, listened] = mode.split(' ');
const EVENTS = { rejection: 'unhandledRejection', exception: 'uncaughtException' } as const;

if (listened) {
  process.on(EVENTS[what as keyof typeof EVENTS], (error: Error) => {
    console.log(`heard of: ${error.message}`);
  });
}

let isOver = false;
const running = simulate({
  tasks: {
    main: async ({ sleep }) => {
      if (what === 'task') void Promise.reject(new Error("the task's"));
      for (let i = 0; i < 1_000_000 && !isOver; i++) await sleep(1);
    },
  },
  maxCalls: 10_000_000,
  report: () => undefined,
});
setTimeout(() => {
  if (what === 'rejection') void Promise.reject(new Error("the test's own"));
  setTimeout(() => {
    isOver = true;
    if (what === 'exception') throw new Error("the test's own");
  }, 50);
}, 50);
const { failure } = await running;
console.log(`failure: ${failure?.kind ?? 'none'}`);
