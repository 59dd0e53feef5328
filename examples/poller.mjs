// SPDX-License-Identifier: LGPL-2.1-or-later

// Waits for descriptors without blocking the event loop: batches, a listener, and the masks of one target as an iteration; beside a
// python that watches one of them too. Run: node examples/poller.mjs (or bun, or deno run -A)

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { formatEvents, Poller, VPoll } from 'vpoll';

const PROGRAM = `
import select
epoll = select.epoll()
epoll.register(3, select.EPOLLIN)
print('python waits', flush=True)
print('python sees', hex(epoll.poll()[0][1]), flush=True)
`;

const poller = Poller.create();
const [first, second] = [VPoll.create(), VPoll.create()];

poller.add(first, 'IN', { data: 'first' });
console.log('at the timeout:', await poller.wait({ timeoutMs: 10 }));
first.add('IN');
for (const { data, events } of await poller.wait()) console.log(`${data}: ${formatEvents(events)}`);
poller.delete(first);

// Each edge calls the listener, and wakes python, whose descriptor it is as well. A listener keeps the process alive only by ref().
poller.ref();
const heard = new Promise((resolve) => poller.add(second, 'IN', { edge: true, listener: resolve }));
const python = spawn('python3', ['-c', PROGRAM], { stdio: ['ignore', 'pipe', 'inherit', second.fd] });
if (!python.stdout) throw new Error('no pipe');
let said = '';
python.stdout.once('data', () => second.add('IN'));
python.stdout.on('data', (text) => (said += text));
await once(python, 'close');
console.log(`listener: ${formatEvents((await heard).events)}`);
console.log(said.trim());

/** @type {import('vpoll').Events[]} */
const turns = ['IN|OUT', 'IN|HUP|RDHUP'];
for await (const events of poller.watch(first, 'IN|OUT')) {
  console.log(`watch: ${formatEvents(events)}`);
  const next = turns.shift();
  if (next === undefined) break;
  first.set(next);
}
poller.close();
first.close();
second.close();
