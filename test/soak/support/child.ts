// SPDX-License-Identifier: LGPL-2.1-or-later

// The other process of the soak. It receives the vpolls, owns their OUT and watches their IN; at any moment it may be killed.

import { createInterface } from 'node:readline';
import { EPOLLIN, EPOLLOUT, VPoll } from '../../../src/index.js';
import { FDS_MAX, receiveFds } from '../../real/support/rights.js';
import { Random } from '../../support/random.js';
import { Edges } from './edges.js';

const SOCKET = 3;

let vps: VPoll[] = [];
let edges: Edges | undefined;
let random = new Random(0);

/** Takes up one vpoll a token, in messages that hold as many pairs as fit. */
function take(tokens: readonly string[]): void {
  const fds: number[] = [];
  for (let rest = tokens.length * 2; rest > 0;) {
    const count = Math.min(rest, FDS_MAX - 1);
    fds.push(...receiveFds(SOCKET, count));
    rest -= count;
  }
  vps = tokens.map((token, i) => VPoll.attach(token, fds.slice(2 * i, 2 * i + 2)));
  edges = new Edges(vps, EPOLLIN);
  edges.harvest();
}

/** Looks whether it was woken for each ADD of IN, takes OUT away at random, and gives it at random. */
function round(expected: readonly number[], changes: number): { missed: number[]; added: number[] } {
  const woken = edges!.harvest();
  const missed = expected.filter((i) => !woken.has(i));
  for (const i of random.some(changes, vps.length)) vps[i]!.delete(EPOLLOUT);
  const added = random.some(changes, vps.length);
  for (const i of added) vps[i]!.add(EPOLLOUT);
  return { missed, added };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { tokens, seed, expected, changes } = JSON.parse(line) as {
    tokens?: string[];
    seed?: number;
    expected?: number[];
    changes?: number;
  };
  if (tokens) {
    random = new Random(seed!);
    take(tokens);
  }
  process.stdout.write(`${JSON.stringify(tokens ? { taken: vps.length } : round(expected!, changes!))}\n`);
}
