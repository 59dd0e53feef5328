// SPDX-License-Identifier: LGPL-2.1-or-later

// The same requests to each helper that the server serves in: the bytes that come are what the server itself says.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { HOSTS } from './support/hosts.js';
import { OP, open, poll, refused, request, write } from './support/messages.js';
import { E, EPOLL } from './support/numbers.js';
import { script } from './support/script.js';
import { Server } from './support/server.js';

for (const [kind, { needs: all, start }] of Object.entries(HOSTS)) {
  const withHost = needs(test, ...all);

  withHost(`${kind}: each request is answered as it is written down`, async () => {
    const host = await start();
    for (const { what, bytes, messages } of script()) assert.equal(host.ask(bytes, messages.length), messages, what);
    assert.not(host.hasMore());
    assert.is(await host.end(), 0);
  });

  withHost(`${kind}: thousands of vpolls and threads, when its memory moves`, async () => {
    const host = await start();
    const server = new Server();
    const both = (bytes: Uint8Array): void => {
      const wanted = server.give(bytes);
      assert.equal(host.ask(bytes, wanted.length), wanted);
    };
    for (let i = 0; i < 6000; i++) both(request(OP.OPEN, open(), { unique: BigInt(i) }));
    for (let pid = 1; pid <= 300; pid++) both(request(OP.POLL, poll(5999n, 3n), { pid }));
    both(request(OP.WRITE, write(5999n, 1, EPOLL.HUP)));
    both(request(OP.WRITE, write(0n, 1, EPOLL.HUP)));
    assert.not(host.hasMore());
    assert.is(await host.end(), 0);
  });

  withHost(`${kind}: a request without a whole header ends it with an error, DESTROY without one`, async () => {
    let host = await start();
    host.ask(new Uint8Array(39), 0);
    assert.is.not(await host.end(), 0);
    host = await start();
    host.ask(request(OP.DESTROY, []), 0);
    assert.is(await host.end(), 0);
  });
}

test('the limit of a user stands in its arguments', async () => {
  const host = await HOSTS['the helper']!.start('2');
  for (let i = 0; i < 2; i++) assert.match(host.ask(request(OP.OPEN, open(), { uid: 9 }), 1)[0]!, /^#1 0 /);
  assert.equal(host.ask(request(OP.OPEN, open(), { uid: 9 }), 1), [refused(1, E.EMFILE)]);
  assert.match(host.ask(request(OP.OPEN, open(), { uid: 8 }), 1)[0]!, /^#1 0 /);
  assert.is(await host.end(), 0);
});

test.run();
