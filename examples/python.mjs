// SPDX-License-Identifier: LGPL-2.1-or-later

// A python3 program that knows nothing of vpoll polls a descriptor that JavaScript decides. Run: node examples/python.mjs

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { VPoll } from 'vpoll';

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
const python = spawn('python3', ['-c', PROGRAM], { stdio: ['pipe', 'pipe', 'inherit', vp.fd] });
if (!python.stdin || !python.stdout) throw new Error('no pipes');
vp.set('IN');
/** @type {import('vpoll').Events[]} */
const turns = ['OUT', 'IN|HUP|RDHUP'];
for await (const line of createInterface({ input: python.stdout })) {
  console.log(line);
  const next = turns.shift();
  if (next === undefined) break;
  vp.set(next); // before python polls again
  python.stdin.write('\n');
}
vp.close();
