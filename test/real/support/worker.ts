// SPDX-License-Identifier: LGPL-2.1-or-later

// The program of a Worker: attaches to a token and makes requests, or makes a vpoll and shares it. A message a request, an answer each.

import { parentPort } from 'node:worker_threads';
import { VPoll } from '../../../src/index.js';
import { pollNow } from './libc.js';

export interface Order {
  do: 'attach' | 'create' | 'add' | 'delete' | 'set' | 'look' | 'toggle' | 'close';
  token?: string;
  events?: number;
  /** For `toggle`: how many pairs of ADD and DEL. */
  count?: number;
}

let vp: VPoll | undefined;

function obey({ do: what, token, events = 0, count = 0 }: Order): unknown {
  if (what === 'attach') vp = VPoll.attach(token);
  else if (what === 'create') vp = VPoll.create({ backend: 'socketpair', events });
  const mine = vp!;
  if (what === 'add' || what === 'delete' || what === 'set') mine[what](events);
  else if (what === 'close') mine.close();
  else if (what === 'create') return mine.share();
  else if (what === 'look') return [mine.events, pollNow(mine.fd)];
  let wrong = 0;
  for (let i = 0; i < count; i++) {
    mine.add(events);
    if ((pollNow(mine.fd) & events) !== events) wrong++;
    mine.delete(events);
    if ((pollNow(mine.fd) & events) !== 0) wrong++;
  }
  return what === 'toggle' ? wrong : mine.fd;
}

parentPort!.on('message', (order: Order) => {
  let answer: { value: unknown } | { error: string };
  try {
    answer = { value: obey(order) };
  } catch (error) {
    answer = { error: String(error) };
  }
  parentPort!.postMessage(answer);
});
