// SPDX-License-Identifier: LGPL-2.1-or-later

// A python3 program that knows nothing of vpoll polls a descriptor that JavaScript decides. Run: node examples/python.mjs

import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDHUP, VPoll } from 'vpoll';

const PROGRAM = `
import select
poll = select.poll()
poll.register(3, select.POLLIN | select.POLLOUT)
while True:
    for fd, events in poll.poll():
        print('python sees', hex(events), flush=True)
        if events & select.POLLHUP: raise SystemExit
        input()
`;

const vp = VPoll.create();
const python = spawn('python3', ['-c', PROGRAM], { stdio: ['pipe', 'inherit', 'inherit', vp.fd] });
const ended = new Promise((resolve) => python.on('exit', resolve));
for (const events of [EPOLLIN, EPOLLOUT, EPOLLIN | EPOLLOUT]) {
  await sleep(200);
  vp.set(events);
  await sleep(200);
  vp.set(0); // before python polls again
  python.stdin.write('\n');
}
vp.set(EPOLLIN | EPOLLHUP | EPOLLRDHUP);
await ended;
vp.close();
