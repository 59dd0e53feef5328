// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: every helper by node

// A helper that is killed while it starts, after each of its steps: the one who waits for it is told, and nothing is left of it.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Calls } from '../../host/linux/calls.js';
import { drift, drive } from '../../src/fuse/drive.js';
import { dropHelper, helperPid } from '../../src/fuse/helper.js';
import { ScriptStart } from '../../src/fuse/start.js';
import { findWays, type ScriptWay } from '../../src/fuse/mount-ways.js';
import { openLibc } from '../../src/runtime.js';
import { countFds, pollNow, settle } from '../real/support/libc.js';
import { EPOLLPRI } from '../../src/index.js';
import { runtime } from '../support/runtime.js';
import { create, withFuse } from './support/helper.js';
import { gone, mounts, until } from './support/process.js';

test.before(settle);

const KILL = 'kill -KILL $$';

/** Where in the script it dies: what stands there, and what stands there instead. */
const POINTS: readonly (readonly [string, string, string])[] = [
  ['before it opens the device', 'cd / &&', `cd / && ${KILL} &&`],
  ['with the device open', '"$unshare" -m', `${KILL} && "$unshare" -m`],
  ['in the new namespace', '"$1" -i', `${KILL} && "$1" -i`],
  ['with the mount made', 'read -r line', `${KILL}; read -r line`],
  ['with nobody to keep the mount', 'echo "mount $!"', 'kill -KILL $!; wait $!; echo "mount $!"'],
  ['once it has said where the mount is', '&& echo "pid $$"', `&& ${KILL}`],
  ['once it has said its pid', '&& exec "$@"', `&& ${KILL} && exec "$@"`],
  ['as the runtime that it becomes', '&& exec "$@"', `&& "$1" --version && ${KILL}`],
  ['once it has said that it serves', '&& exec "$@"', `&& echo ready && ${KILL}`],
];

function broken(way: ScriptWay, from: string, to: string): ScriptWay {
  const args = way.args.map((arg) => arg.replace(from, () => to));
  assert.not.equal(args, way.args, from);
  return { ...way, args };
}

const calls = new Calls(openLibc());
const found = findWays(calls);
const ways = Array.isArray(found) ? found.filter((way) => 'args' in way) : [];

for (const way of ways) {
  // How it dies is the same everywhere; how a runtime waits is not.
  for (const [where, from, to] of runtime === 'node' ? POINTS : POINTS.slice(3, 6)) {
    withFuse('sh')(`${way.name}: killed ${where}`, async () => {
      const dying = broken(way, from, to);
      // What a runtime opens for good at its first wait.
      if (where === POINTS[3]![0] || runtime === 'node') await drift(new ScriptStart(calls, dying));
      const before = countFds();
      for (const step of [drive(calls, new ScriptStart(calls, dying)), await drift(new ScriptStart(calls, dying))]) {
        assert.ok('failure' in step, JSON.stringify(step));
        assert.match(step.failure.reason, new RegExp(`^${way.name}: .{4}`));
      }
      // In Bun and Deno a thread has waited, and closes what it had when it ends.
      await until('all is closed', () => countFds() <= before);
      assert.equal(mounts(), []);
    });
  }
}

withFuse()('and the next one serves', async () => {
  using vp = create(EPOLLPRI);
  assert.is(pollNow(vp.fd), EPOLLPRI);
  const pid = helperPid();
  vp.close();
  dropHelper();
  await gone(pid);
});

test.run();
