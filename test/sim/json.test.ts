// SPDX-License-Identifier: LGPL-2.1-or-later

// What a log shows of a simulated kernel's objects, and that to log one changes no run.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { simulate } from '../../src/sim/index.js';

test('names of events and JSON are as on a real kernel, and to look leaves no trace', async () => {
  const shown: string[] = [];
  const run = async (isLogged: boolean): Promise<string> => {
    const { hash, failure } = await simulate({
      name: `json-${isLogged}`,
      tasks: {
        main: async ({ VPoll, Poller }) => {
          using vp = VPoll.create({ events: 'IN|PRI', needs: 'IN|PRI' });
          using poller = Poller.create<{ name: string }>();
          poller.add(vp, 'PRI|ERR', { data: { name: 'first' } });
          if (isLogged) shown.push(JSON.stringify([vp, poller]).replaceAll(/"fd":\d+/g, '"fd":N'));
          const [event] = await poller.wait();
          assert.equal([event?.data.name, event?.events], ['first', 0x2]);
        },
      },
    });
    assert.is(failure, undefined);
    return hash;
  };
  assert.is(await run(true), await run(false));
  assert.equal(shown, ['[{"fd":N,"state":"simulated"},{"isClosed":false,"watched":[{"fd":N,"events":"PRI|ERR"}]}]']);
});

test.run();
