// SPDX-License-Identifier: LGPL-2.1-or-later

// Defect 7 of libvpoll's emulator: while a program goes to and fro between SET IN and SET OUT, other processes see IN|OUT. Here a
// python process polls all the time, and must see IN, OUT and (for a moment) nothing, but never a mask that nobody set.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EPOLLIN, EPOLLOUT, VPoll, type VPollOptions } from '../../src/index.js';
import { needs } from '../support/needs.js';
import { Observer } from './support/observer.js';

const IN = 0x41;
const OUT = 0x304;

/** How often each mask was seen while `toggle` ran, by mask. */
async function observed(options: VPollOptions, toggle: (vp: VPoll) => void): Promise<Map<number, number>> {
  using vp = VPoll.create({ backend: 'socketpair', ...options });
  vp.set(EPOLLIN);
  return await Observer.with([vp.fd], async (observer) => {
    assert.equal(await observer.ask({ do: 'watch', fd: 3, interest: 0x7fff }), { watching: true });
    toggle(vp);
    const { seen } = await observer.ask({ stop: true });
    return new Map(Object.entries(seen as Record<string, number>).map(([mask, count]) => [Number(mask), count]));
  });
}

function toAndFro(vp: VPoll): void {
  for (let i = 0; i < 15_000; i++) {
    vp.set(EPOLLOUT);
    vp.set(EPOLLIN);
  }
}

const withPython = needs(test, 'python3');

for (const exclusive of [false, true]) {
  withPython(`defect 7: 30,000 times SET IN <-> OUT never shows IN|OUT (exclusive: ${exclusive})`, async () => {
    const seen = await observed({ exclusive }, toAndFro);
    const others = [...seen.keys()].filter((mask) => ![0, IN, OUT].includes(mask));
    assert.equal(others, []);
    // An observer that slept through it would prove nothing.
    assert.ok((seen.get(IN) ?? 0) > 100 && (seen.get(OUT) ?? 0) > 100, JSON.stringify([...seen]));
  });
}

withPython('the observer would notice: ADD before DEL shows IN|OUT', async () => {
  const seen = await observed({}, (vp) => {
    for (let i = 0; i < 15_000; i++) {
      vp.add(EPOLLOUT);
      vp.delete(EPOLLIN);
      vp.add(EPOLLIN);
      vp.delete(EPOLLOUT);
    }
  });
  assert.ok((seen.get(IN | OUT) ?? 0) > 100, JSON.stringify([...seen]));
  assert.is(seen.get(0), undefined, 'bits that overlap never leave nothing');
});

test.run();
