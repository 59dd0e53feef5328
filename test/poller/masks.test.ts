// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 400

// Masks are exact: each one that the backend here can show, under many interests, by wait, listener and watch, against poll(2).

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLERR, EPOLLHUP, Poller, VPOLL_EVENTS, VPoll, formatEvents } from '../../src/index.js';
import { LOOPED } from '../real/support/backend.js';
import { pollNow } from '../real/support/libc.js';
import { collect, scenario, until } from './support/scenario.js';

const BITS = Array.from({ length: 14 }, (_, i) => 1 << i).filter((bit) => bit & VPOLL_EVENTS);
const UNASKED = EPOLLERR | EPOLLHUP;

/** Every mask of settable bits. */
function* allMasks(): Generator<number> {
  for (let i = 0; i < 1 << BITS.length; i++) yield BITS.reduce((mask, bit, k) => (i & (1 << k) ? mask | bit : mask), 0);
}

/** Interests that tell bits apart: all, none, each alone, and each left out. */
const INTERESTS = [VPOLL_EVENTS, 0, ...BITS, ...BITS.map((bit) => VPOLL_EVENTS & ~bit)];

/** What wait reports of `vp` now: 0 for nothing. */
async function reported(poller: Poller): Promise<number> {
  const [event] = await poller.wait({ timeoutMs: 0 });
  return event?.events ?? 0;
}

scenario(test, 'each mask under each interest, as poll(2) shows it', async ({ poller }) => {
  let shown = 0;
  let vp = VPoll.create({ backend: LOOPED });
  const { backend } = vp;
  poller.add(vp, 0);
  for (const mask of allMasks()) {
    if (!vp.supports(mask)) {
      // Final states of a socketpair: another one can, or none.
      const fresh = VPoll.create({ backend: LOOPED });
      if (!fresh.supports(mask)) {
        fresh.close();
        continue;
      }
      poller.delete(vp);
      vp.close();
      vp = fresh;
      poller.add(vp, 0);
    }
    vp.set(mask);
    // The kernel backends show all 2,048 masks: there a few interests each must do.
    for (const interest of backend === 'socketpair'
      ? INTERESTS
      : [VPOLL_EVENTS, ...INTERESTS.slice(shown % 20, (shown % 20) + 3)]) {
      poller.modify(vp, interest);
      const due = pollNow(vp.fd) & (interest | UNASKED);
      assert.is(await reported(poller), due, `${formatEvents(mask)} of interest ${formatEvents(interest)}`);
    }
    shown++;
  }
  vp.close();
  console.log(`${shown} masks on ${backend}`);
  assert.ok(shown >= 6);
});

scenario(test, 'a listener and a watch get the same', async ({ poller, vpoll }) => {
  // Of the 2,048 masks of a vpoll file one in 13, which has every bit set and clear, beside every other.
  for (const mask of [...allMasks()].filter((_, i) => LOOPED === 'socketpair' || LOOPED === 'tcp' || i % 13 === 0)) {
    const [heardOf, watched] = [vpoll(), vpoll()];
    if (heardOf.supports(mask) && mask !== 0) {
      heardOf.set(mask);
      watched.set(mask);
      const due = pollNow(heardOf.fd);
      let heard = -1;
      poller.add(heardOf, VPOLL_EVENTS, { oneshot: true, listener: ({ events }) => (heard = events) });
      const watch = poller.watch(watched, VPOLL_EVENTS);
      assert.is((await watch.next()).value, due);
      await until('the listener is called', () => heard >= 0);
      assert.is(heard, due);
      await watch.return!();
      poller.delete(heardOf);
      collect();
    }
    heardOf.close();
    watched.close();
  }
});

test.run();
