// SPDX-License-Identifier: LGPL-2.1-or-later

// Has a vpoll of a helper that a Poller waits for, says so, and waits for SIGTERM. Then it makes as many changes more as its argument says, as a service does that drains
// its connections. The Poller must see each as it is, and none may fail.

import { once } from 'node:events';
import { EPOLLIN, Poller, VPoll } from '../../../src/index.js';

const vp = VPoll.create({ backend: 'fuse' });
const poller = Poller.create();
poller.add(vp, EPOLLIN, { edge: true });
// Nothing else keeps Deno alive.
const alive = setInterval(() => undefined, 1000);
const told = once(process, 'SIGTERM');
console.log(vp.backend);
await told;
for (let left = Number(process.argv[2]); left > 0; left--) {
  vp.add(EPOLLIN);
  const seen = await poller.wait();
  if (seen.length !== 1 || seen[0]!.events !== EPOLLIN) throw new Error(`it saw ${JSON.stringify(seen)}`);
  vp.delete(EPOLLIN);
}
console.log('drained');
clearInterval(alive);
for (const each of [poller, vp]) each.close();
