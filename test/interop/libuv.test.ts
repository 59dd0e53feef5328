// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300

// Libraries over libuv, which gives up a descriptor forever that once showed ERR without PRI. After a hangup that came and went, as far as it
// can, they still see what there is to read. Each says `waits`, then `seen` at the first event after it was asked, and ends.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { slowness } from '../../tools/slowness.js';
import { EPOLLHUP, EPOLLIN, VPoll } from '../../src/index.js';
import { HERE } from '../real/support/backend.js';
import { needs, type Need } from '../support/needs.js';

const ROUNDS = 15;
const LUA = 'lua5.4';
const programs = fileURLToPath(new URL('programs/', import.meta.url));
const UVLOOP = '/usr/lib/python3/dist-packages/uvloop/__init__.py';

/** One round: the lines that the program said. */
async function round(backend: (typeof HERE)[number], [program, ...args]: readonly [string, ...string[]]): Promise<string[]> {
  using vp = VPoll.create({ backend, policy: 'closest' });
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'inherit', vp.fd],
    timeout: 20_000 * slowness,
    killSignal: 'SIGKILL',
  });
  child.stdin!.on('error', () => undefined);
  const closed = once(child, 'close');
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout! })) {
    lines.push(line);
    if (line !== 'waits') continue;
    for (const mask of [EPOLLHUP, 0, EPOLLIN]) vp.set(mask);
    assert.ok(vp.events & EPOLLIN);
    child.stdin!.write('\n');
  }
  await closed;
  return lines;
}

const WAYS: readonly { name: string; command: readonly [string, ...string[]]; wanted: readonly Need[] }[] = [
  { name: 'lua-luv', command: [LUA, `${programs}luv.lua`], wanted: [LUA, { name: 'lua-luv', has: hasLuv() }] },
  { name: 'uvloop', command: ['/usr/bin/python3', `${programs}by-uvloop.py`], wanted: ['/usr/bin/python3', UVLOOP] },
];

function hasLuv(): boolean {
  return spawnSync(LUA, ['-e', "require 'luv'"]).status === 0;
}

for (const { name, command, wanted } of WAYS) {
  for (const backend of HERE) {
    needs(test, ...wanted)(`${name} over ${backend}: ${ROUNDS} times HUP, nothing and IN, and the IN is seen`, async () => {
      for (let i = 0; i < ROUNDS; i++) assert.equal(await round(backend, command), ['waits', 'seen'], `round ${i}`);
    });
  }
}

test.run();
