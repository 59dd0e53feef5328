// SPDX-License-Identifier: LGPL-2.1-or-later

// A rejection that nobody awaits and an exception that nobody catches are the run's failure where a task has made them. Those of the test reach who they
// always reach.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventEmitter } from 'node:events';
import { explore, type Kernel } from '../../src/sim/index.js';
import { command } from '../support/runtime.js';
import { quietly, well } from './support/simulated.js';

function boom(): never {
  throw new Error('boom');
}

const STRAYS: Record<string, () => unknown> = {
  'a promise that is rejected': () => void Promise.reject(new Error('boom')),
  'an async function that nobody awaits': () => void (async () => { await Promise.resolve(); boom(); })(), // prettier-ignore
  'a tick that throws': () => { process.nextTick(boom); }, // prettier-ignore
  'a microtask that throws': () => { queueMicrotask(boom); }, // prettier-ignore
  'an error that an emitter has no listener for': () => { process.nextTick(() => new EventEmitter().emit('error', new Error('boom'))); }, // prettier-ignore
};

for (const [what, stray] of Object.entries(STRAYS)) {
  for (const [when, after] of Object.entries({ 'at work': 5, 'at its end': 0 })) {
    test(`${what} is the failure of its task, ${when}`, async () => {
      const main = async ({ sleep }: Kernel): Promise<void> => {
        await sleep(3);
        stray();
        if (after > 0) await sleep(after);
      };
      const { failure, replay } = await quietly({ main, other: ({ sleep }) => sleep(20) });
      const again = await quietly({ main, other: ({ sleep }) => sleep(20) }, { replay });
      for (const found of [failure, again.failure]) {
        assert.equal([found?.kind, found?.task, found?.atMs], ['threw', 'main', 3]);
        assert.is(found!.message, 'nobody awaited or caught this: boom');
        assert.is((found!.error as Error).message, 'boom');
      }
    });
  }
}

test('one that is handled in time is none', async () => {
  await well({
    main: async ({ sleep }) => {
      const rejected = Promise.reject(new Error('in hand'));
      await Promise.resolve();
      await rejected.catch(() => undefined);
      await sleep(1);
    },
  });
});

test('explore finds the order in which one is left, and replays it', async () => {
  let told = '';
  const found = await explore({
    tasks: () => {
      let isReady = false;
      return {
        main: async ({ sleep }) => {
          await sleep(1);
          if (!isReady) void Promise.reject(new Error('too early'));
        },
        other: async ({ sleep }) => {
          await sleep(1);
          isReady = true;
        },
      };
    },
    report: (text) => (told = text),
  });
  assert.is(found.failure?.kind, 'threw');
  assert.match(told, /too early[^]*replay: /);
});

/** What became of a program: its exit status and what it said. */
function run(mode: string): { status: number | null; said: string } {
  const [program, ...args] = command(fileURLToPath(new URL('support/strays.ts', import.meta.url)));
  const { status, stdout, stderr } = spawnSync(program, [...args, mode], { encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

test('a rejection of a task does not end the process', () => {
  const { status, said } = run('task');
  assert.is(status, 0, said);
  assert.match(said, 'failure: threw');
});

for (const mode of ['rejection', 'exception']) {
  test(`a stray ${mode} of the test ends the process as ever, while a simulation runs`, () => {
    const { status, said } = run(mode);
    assert.is(status, 1, said);
    assert.match(said, "the test's own");
  });
  test(`a stray ${mode} of the test reaches its listener, while a simulation runs`, () => {
    const { status, said } = run(`${mode} listened`);
    assert.is(status, 0, said);
    assert.match(said, "heard of: the test's own");
    assert.match(said, 'failure: none');
  });
}

test.run();
