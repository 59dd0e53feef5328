// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: one backend

// An error's stack begins where the program made the call: that line is wrong, and none of ours.

import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatEvents, parseEvents, Poller, VPoll, VPollError, type Events } from '../../src/index.js';
import { closeFd } from './support/libc.js';
import { root } from '../support/run.js';
import { command } from '../support/runtime.js';

const WRONG = 'UP' as Events;
const backend = 'socketpair';

/** Each call that throws at once, by what it is given: a vpoll, one that is closed, and a Poller. */
const CALLS: Record<string, (vp: VPoll, closed: VPoll, poller: Poller) => unknown> = {
  'VPoll.create, of a wrong option': () => VPoll.create({ events: WRONG }),
  'VPoll.create, of what no backend can': () => VPoll.create({ backend, needs: 'PRI' }),
  'VPoll.attach': () => VPoll.attach('x'),
  share: (_, closed) => closed.share(),
  add: (vp) => { vp.add('PRI'); }, // prettier-ignore
  'add of no event': (vp) => { vp.add(WRONG); }, // prettier-ignore
  delete: (vp) => { vp.delete(WRONG); }, // prettier-ignore
  set: (vp) => { vp.set('HUP'); }, // prettier-ignore
  supports: (_, closed) => closed.supports('IN'),
  events: (_, closed) => closed.events,
  backend: (_, closed) => closed.backend,
  'Poller.add': (_, closed, poller) => { poller.add(closed, 'IN'); }, // prettier-ignore
  'Poller.modify': (vp, _, poller) => { poller.modify(vp, 'IN'); }, // prettier-ignore
  'Poller.delete': (vp, _, poller) => { poller.delete(vp); }, // prettier-ignore
  'Poller.wait': (_, __, poller) => poller.wait({ timeoutMs: -1 }),
  'Poller.watch': (vp, _, poller) => poller.watch(vp, 'IN', { oneshot: true } as object),
  close: (vp) => {
    closeFd(vp.fd);
    vp.close();
  },
  formatEvents: () => formatEvents(NaN),
  parseEvents: () => parseEvents('UP'),
};

for (const [name, call] of Object.entries(CALLS)) {
  test(`${name}: the first frame is the call`, async () => {
    using vp = VPoll.create({ backend });
    const closed = VPoll.create({ backend });
    closed.close();
    using poller = Poller.create();
    try {
      await (async function theProgram() { return await call(vp, closed, poller); })(); // prettier-ignore
      assert.unreachable('it was accepted');
    } catch (error) {
      assert.instance(error, VPollError);
      const { stack = '', message } = error as VPollError;
      assert.ok(stack.startsWith(`VPollError: ${message}\n`), stack);
      const [first = ''] = stack.slice(stack.indexOf('\n    at ') + 1).split('\n');
      assert.match(first, /called-from\.test/, stack);
      // Not second in each runtime: JavaScriptCore has no frame of a function that ends in a call.
      assert.match(stack, 'theProgram', stack);
    }
  });
}

test('one that nobody catches shows the line of the program', () => {
  const file = join(root, `build/called-from-${process.pid}.mjs`);
  writeFileSync(file, "import { VPoll } from 'vpoll';\nVPoll.create({ event: 'IN' }); // here\n");
  try {
    const [program, ...args] = command(file);
    const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
    assert.is(status, 1);
    assert.match(stderr, '// here');
    assert.match(stderr, 'EINVAL: invalid argument, vpoll_create: ');
    assert.not.match(stderr, /build\/(common|index|vpoll)\.js/);
  } finally {
    rmSync(file);
  }
});

test.run();
