// SPDX-License-Identifier: LGPL-2.1-or-later

// The seed's program: one process waits with epoll_wait(2), the other makes the events and disarms what was seen.
// Run: node examples/two-processes.mjs

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { VPoll } from 'vpoll';

const WAITER = `
import select
epoll = select.epoll()
epoll.register(3, select.EPOLLIN | select.EPOLLOUT | select.EPOLLPRI | select.EPOLLERR | select.EPOLLHUP | select.EPOLLRDHUP)
print('waiting', flush=True)
while True:
    ready = epoll.poll(0.1, 1)
    print('GOT event %x' % ready[0][1] if ready else 'timeout', flush=True)
    if ready and ready[0][1] & select.EPOLLHUP: break
    if ready: input()
`;

const vp = VPoll.create({ policy: 'closest' });
const waiter = spawn('python3', ['-c', WAITER], { stdio: ['pipe', 'pipe', 'inherit', vp.fd] });
if (!waiter.stdin || !waiter.stdout) throw new Error('no pipes');
const lines = createInterface({ input: waiter.stdout });
await once(lines, 'line');
lines.on('line', (line) => {
  console.log(line);
  if (line.startsWith('GOT')) lines.emit('got');
});
for (const event of /** @type {const} */ (['IN', 'IN', 'OUT', 'HUP'])) {
  await sleep(250);
  const got = once(lines, 'got');
  vp.add(event);
  await got;
  if (event === 'HUP') break; // at which the waiter ends
  vp.delete(event);
  waiter.stdin.write('\n');
}
vp.close();
