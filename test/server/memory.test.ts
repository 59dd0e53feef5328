// SPDX-License-Identifier: LGPL-2.1-or-later

// What the server keeps in its memory: limits of users, and that nothing is lost when vpolls come and go.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decode, done, OP, open, pack, poll, read, refused, release, request } from './support/messages.js';
import { E } from './support/numbers.js';
import { Server } from './support/server.js';

/** Opens one: its handle, or undefined where that is refused for the user's limit. */
function tryOpen(server: Server, uid = 0): bigint | undefined {
  const [answer] = server.ask(OP.OPEN, open(), { uid });
  if (answer === refused(1, E.EMFILE)) return undefined;
  const [, error, body] = answer!.split(' ');
  assert.is(error, '0');
  return Buffer.from(body!, 'hex').readBigUInt64LE(0);
}

function mustOpen(server: Server, uid = 0): bigint {
  const fh = tryOpen(server, uid);
  if (fh === undefined) throw new Error('refused');
  return fh;
}

function letGo(server: Server, fh: bigint): void {
  server.ask(OP.RELEASE, release(fh));
}

test('each user has a limit of its own, and what is released counts no more', () => {
  const server = new Server(3);
  const users = [0, 1, 1000, 1256, 65534, 0xffffffff];
  const held = users.map((uid) => [mustOpen(server, uid), mustOpen(server, uid), mustOpen(server, uid)]);
  for (const uid of users) assert.is(tryOpen(server, uid), undefined, `user ${uid}`);
  letGo(server, held[2]![1]!);
  for (const uid of users) assert.is(tryOpen(server, uid) !== undefined, uid === 1000, `user ${uid}`);
  // A release twice, or of what never was, frees nobody's share.
  letGo(server, held[0]![0]!);
  letGo(server, held[0]![0]!);
  letGo(server, 1n << 40n);
  assert.ok(tryOpen(server, 0) !== undefined);
  assert.is(tryOpen(server, 0), undefined);
  assert.is(new Set(held.flat()).size, 18);
});

test('no limit: as many as there are', () => {
  const server = new Server();
  for (let i = 0; i < 5000; i++) mustOpen(server, 7);
});

/** Opens some by many users, has many threads ask about each, and releases all. In an order that changes. */
function live(server: Server, round: number): void {
  const held: bigint[] = [];
  for (let i = 0; i < 300; i++) held.push(mustOpen(server, i % 50));
  held.forEach((fh, i) => {
    for (let pid = 0; pid < 1 << (i % 7); pid++) server.ask(OP.POLL, poll(fh, fh), { pid });
  });
  while (held.length > 0) {
    const [fh] = held.splice((round * 7919 + held.length * 31) % held.length, 1);
    letGo(server, fh!);
  }
}

test('vpolls come and go, by many users and with many waiters: the memory stays as it is', () => {
  const server = new Server(6);
  for (let round = 0; round < 3; round++) live(server, round);
  const before = server.size;
  for (let round = 0; round < 12; round++) live(server, round);
  assert.is(server.size, before);
  assert.is(mustOpen(server) < 300n, true);
});

test('20,000 users, one after the other, take no more than one', () => {
  const server = new Server(1);
  const before = server.size;
  for (let uid = 0; uid < 20_000; uid++) letGo(server, mustOpen(server, uid));
  assert.is(server.size, before);
});

test('40,000 at once, twice: 24 bytes each, and as many again while they are moved', () => {
  const server = new Server();
  const count = 40_000;
  const fill = (): bigint[] => Array.from({ length: count }, (_, i) => mustOpen(server, i % 1000));
  const held = fill();
  assert.is(new Set(held).size, count);
  const size = server.size;
  assert.ok(size < 2 * 2 ** Math.ceil(Math.log2(count * 24)) + 4 * 65536, `${size} bytes`);
  // What they were moved from is room for those who wait: 40 threads take 256 bytes.
  for (const fh of held.slice(0, 1000)) for (let pid = 0; pid < 40; pid++) server.ask(OP.POLL, poll(fh, fh), { pid });
  assert.is(server.size, size);
  for (const fh of held) letGo(server, fh);
  assert.is(server.ask(OP.READ, read(held[5]!))[0], refused(1, E.EBADF));
  fill();
  assert.is(server.size, size);
});

test('no more memory: ENOMEM, what is there is served, and what is released is room again', () => {
  const server = new Server(undefined, 3);
  const held: bigint[] = [];
  for (;;) {
    const [answer] = server.ask(OP.OPEN, open());
    if (answer === refused(1, E.ENOMEM)) break;
    held.push(BigInt(held.length));
  }
  assert.ok(held.length > 1000, `${held.length} vpolls`);
  // Nobody is new where there is no memory to note it, and the count of those that asked goes on.
  const [fh] = held;
  for (let pid = 1; pid <= 20_000; pid++) server.ask(OP.POLL, poll(held[pid % held.length]!, 1n), { pid });
  assert.equal(server.ask(OP.READ, read(fh!)), [done(1, 0n)]);
  assert.equal(server.ask(OP.OPEN, open()), [refused(1, E.ENOMEM)]);
  letGo(server, held.pop()!);
  assert.is(mustOpen(server), BigInt(held.length));
});

test('bytes of any kind never take it down, nor leave a broken message', () => {
  const server = new Server(4);
  let seed = 12345;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const opcodes = Object.values(OP).filter((opcode) => opcode !== OP.DESTROY);
  for (let i = 0; i < 30_000; i++) {
    const body = Array.from({ length: random(14) }, () => [random(6), random(2 ** 32), 0][random(3)]!);
    const bytes = request(opcodes[random(opcodes.length)]!, body, { uid: random(3), pid: random(40), unique: BigInt(i) });
    const messages = server.give(bytes.slice(0, 40 + random(bytes.length - 39)));
    assert.ok(messages.length <= 1 + 2 * 1024 + 16);
  }
  assert.ok(server.size < 4 * 65536, `${server.size} bytes`);
  assert.is(decode(pack([16, 0, 1n])), '#1 0');
});

test.run();
