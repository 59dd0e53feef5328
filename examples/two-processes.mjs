// SPDX-License-Identifier: LGPL-2.1-or-later

// The seed's program: one process waits with epoll_wait(2), the other makes the events. Run: node examples/two-processes.mjs

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { EPOLLHUP, EPOLLIN, EPOLLOUT, VPoll } from 'vpoll';

const WAITER = `
import select, sys
epoll = select.epoll()
epoll.register(3, select.EPOLLIN | select.EPOLLOUT | select.EPOLLPRI | select.EPOLLERR | select.EPOLLHUP | select.EPOLLRDHUP)
while True:
    ready = epoll.poll(0.1, 1)
    print('GOT event %x' % ready[0][1] if ready else 'timeout', flush=True)
    if ready and ready[0][1] & select.EPOLLHUP: break
    if ready: sys.stdin.readline()
`;

const vp = VPoll.create({ policy: 'closest' });
const waiter = spawn('python3', ['-c', WAITER], { stdio: ['pipe', 'inherit', 'inherit', vp.fd] });
const ended = once(waiter, 'exit');
for (const events of [EPOLLIN, EPOLLIN, EPOLLOUT, EPOLLHUP]) {
  await sleep(300);
  vp.add(events);
  await sleep(50);
  vp.delete(events);
  waiter.stdin.write('\n');
}
await ended;
vp.close();
