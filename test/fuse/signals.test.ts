// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300

// A helper ignores the signals that end programs, from its first moment on. A service manager sends one to all processes of a program. That takes
// nothing from the program while it ends in its own way.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Calls } from '../../host/linux/calls.js';
import { drift } from '../../src/fuse/drive.js';
import { dropHelper, helperPid } from '../../src/fuse/helper.js';
import { RepeatedStart, ScriptStart, type Step } from '../../src/fuse/start.js';
import { findWays, type ScriptWay } from '../../src/fuse/mount-ways.js';
import { openLibc } from '../../src/runtime.js';
import { withFuse } from './support/helper.js';
import { withEachHelper, withProgram } from './support/client.js';
import { gone } from './support/process.js';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

withEachHelper(['cc'], 'each signal is ignored: who waits sees no ERR, and the next change', (start) =>
  withProgram('waiter', async (program) => {
    const client = await start(program);
    assert.is(await client.hear(), 'ready');
    const helper = client.helper();
    for (const signal of SIGNALS) {
      // One that is not ignored ends it before it answers anything more.
      process.kill(helper, signal);
      client.say('');
      assert.is(await client.hear(), '1', signal);
    }
    assert.is(await client.end(), '');
    await gone(helper);
  }),
);

const calls = new Calls(openLibc());

/** Starts a helper, and sends every signal to all its processes after a time. */
async function startUnderFire(way: ScriptWay, delayMs: number): Promise<Step> {
  const own = new Calls(openLibc());
  // The first process has a session of its own, and with it a process group, which all that follow are in.
  let group = 0;
  own.run = (program) => (group = calls.run(program));
  const fire = new Promise<void>((resolve) => {
    setTimeout(() => {
      for (const signal of SIGNALS) process.kill(-group, signal);
      resolve();
    }, delayMs);
  });
  const step = await drift(new RepeatedStart(() => new ScriptStart(own, way)));
  await fire;
  return step;
}

const found = findWays(calls);
for (const way of Array.isArray(found) ? found.filter((each) => 'args' in each) : []) {
  withFuse()(`${way.name}: whenever the signals come while it starts, it serves`, async () => {
    const begin = performance.now();
    const end = (step: Step): Promise<void> => {
      if (!('fd' in step)) throw new Error(JSON.stringify(step));
      assert.is(calls.isFuse(step.fd), 1);
      calls.close(step.fd);
      return gone(step.pid);
    };
    await end(await drift(new ScriptStart(calls, way)));
    const usual = performance.now() - begin;
    for (let i = 0; i <= 16; i++) await end(await startUnderFire(way, (i / 16) * usual));
  });
}

test.after(() => {
  const pid = helperPid();
  dropHelper();
  return gone(pid);
});

test.run();
