// SPDX-License-Identifier: LGPL-2.1-or-later

// Ends, in the way that its argument names, while a thread of its Poller waits for a helper that is stopped. Prints the helper's pid. With descriptor 3
// a vpoll of another's helper, which that stops before it writes a line.

import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { helperPid } from '../../../src/fuse/helper.js';
import { EPOLLIN, Poller, VPoll } from '../../../src/index.js';

const [how, whose] = process.argv.slice(2);
const isOurs = whose !== 'inherited';
const [first, second] = isOurs
  ? [VPoll.create({ backend: 'fuse', events: EPOLLIN }), VPoll.create({ backend: 'fuse' })]
  : [VPoll.attach(3), VPoll.create({ backend: 'socketpair' })];
const poller = Poller.create();
console.log(`helper ${helperPid()}`);
if (isOurs) {
  poller.add(first, EPOLLIN);
  await poller.wait();
  process.kill(helperPid(), 'SIGSTOP');
} else await once(process.stdin, 'data');
process.on('exit', () => {
  console.log('a listener');
});
// Adding a file to an epoll set asks its server.
poller.add(isOurs ? second : first, EPOLLIN);
await Promise.all([poller.wait({ timeoutMs: 100 }), sleep(100)]);
if (how === 'exit') process.exit(3);
if (how === 'throw') throw new TypeError('of its own');
if (how === 'close') {
  for (const each of [poller, first, second]) each.close();
}
process.stdin.destroy();
