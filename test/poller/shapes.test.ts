// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node

// What a Poller makes once for each target and once for each event is of one shape (hidden class) in V8. So a look at it is cheap: with a shape for each
// target a look costs several times as much as the call that reports the events.

import { setFlagsFromString } from 'node:v8';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLIN, EPOLLOUT, type PollEvent, type PollOptions } from '../../src/index.js';
import { PollSet } from '../../src/poller/set.js';
import { toWanted } from '../../src/poller/options.js';
import { getWaitHost } from '../../src/wait/host.js';
import { scenario } from './support/scenario.js';

/** Whether two objects have one shape, as V8 says it. */
function sameShape(): (a: object, b: object) => boolean {
  setFlagsFromString('--allow-natives-syntax');
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  return new Function('a', 'b', 'return %HaveSameMap(a, b)') as (a: object, b: object) => boolean;
}

const OPTIONS: readonly (PollOptions | undefined)[] = [
  undefined,
  { data: 'text' },
  { data: {}, edge: true },
  { listener: () => undefined, oneshot: true },
  { exclusive: true },
];

scenario(test, 'registrations and events have one shape, whatever the options', async ({ poller, vpoll, wait, own }) => {
  const same = sameShape();
  const set = PollSet.create(getWaitHost(), () => undefined);
  assert.ok(set instanceof PollSet);
  own(() => void set.close());
  const events: PollEvent[] = [];
  const registrations = [1, 2, 3].flatMap(() =>
    OPTIONS.map((options) => {
      const target = vpoll(EPOLLIN | EPOLLOUT);
      if (!options?.listener) poller.add(target, EPOLLIN, options);
      const made = set.add(target, target.fd, EPOLLIN, toWanted(options));
      assert.ok(typeof made !== 'number');
      return made;
    }),
  );
  for (const each of registrations) assert.ok(same(each, registrations[0]!), 'registrations');
  const changed = registrations[0]!;
  assert.is(set.modify(changed, EPOLLOUT, toWanted({ data: 1, edge: true })), 0);
  assert.ok(same(changed, registrations[1]!), 'one that was modified');
  events.push(...(await wait()));
  assert.is(events.length, 12);
  for (const each of events) assert.ok(same(each, events[0]!), 'events');
});

test.run();
