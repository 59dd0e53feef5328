// SPDX-License-Identifier: LGPL-2.1-or-later

// The FUSE server over masks that the test holds: what each request is answered, and what ends it.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  done,
  HEADER_BYTES,
  init,
  ioctl,
  io,
  notified,
  OP,
  open,
  poll,
  read,
  refused,
  request,
  write,
} from './support/messages.js';
import { E, EPOLL } from './support/numbers.js';
import { script } from './support/script.js';
import { Server } from './support/server.js';

test('each request is answered as it is written down', () => {
  const server = new Server();
  const steps = script();
  for (const { what, bytes, messages } of steps) {
    assert.equal(server.give(bytes), messages, what);
    assert.is(server.module.deadline(), server.module.NEVER.value, what);
  }
  assert.ok(steps.length > 50);
  // Nothing is due at any time.
  for (const now of [0n, 1n, 1n << 62n]) assert.is(server.module.tick(now), 0);
});

test('what read(2) gives where it gives no request', () => {
  const server = new Server();
  for (const errno of [E.EINTR, E.EAGAIN, E.ENOENT]) assert.is(server.status(-errno), 0);
  assert.is(server.status(-E.ENODEV), -E.ENODEV);
  assert.is(server.status(0), -E.ENODEV);
  for (const errno of [E.EIO, E.EBADF, E.EPERM, E.ENOMEM]) assert.is(server.status(-errno), -errno);
  // Not even a header, or more than there is room for.
  for (const size of [1, HEADER_BYTES - 1, server.module.REQUEST_ROOM.value + 1, 0x7fffffff]) {
    assert.is(server.status(size), -E.EINVAL, `${size} bytes`);
  }
  const bytes = request(OP.DESTROY, []);
  new Uint8Array(server.module.memory.buffer, server.module.request.value).set(bytes);
  assert.is(server.status(bytes.length), -E.ENODEV);
});

/** Of each operation that takes a struct: its size, and a body that is in order. */
const STRUCTS = {
  INIT: [16, init()],
  OPEN: [8, open()],
  POLL: [24, poll(0n, 1n)],
  IOCTL: [32, ioctl(0n, io(1), BigInt(EPOLL.IN))],
  WRITE: [48, write(0n, 1, EPOLL.IN)],
  READ: [40, read(0n)],
} as const;

test('a request that is shorter than its struct is EINVAL, and changes nothing, whatever stood there before', () => {
  for (const [name, [bytes, body]] of Object.entries(STRUCTS)) {
    const whole = request(OP[name as keyof typeof STRUCTS], body);
    assert.is(whole.length, HEADER_BYTES + bytes);
    for (let size = HEADER_BYTES; size < whole.length; size++) {
      const server = new Server();
      server.ask(OP.OPEN, open());
      // The rest of the request is what an earlier one has left.
      server.give(whole.map((byte, i) => (i === 4 ? OP.STATFS : byte)));
      const short = whole.slice(0, size);
      new DataView(short.buffer).setUint32(0, size, true);
      assert.equal(server.give(short), [refused(1, E.EINVAL)], `${name} of ${size} bytes`);
      assert.is(server.masks.get(0), 0, name);
      // The next handle is the next one: none was given.
      assert.match(server.ask(OP.OPEN, open())[0]!, /^#1 0 01/, name);
    }
  }
});

test('a header that says less than came, or more', () => {
  const server = new Server();
  server.ask(OP.OPEN, open());
  assert.equal(server.ask(OP.WRITE, write(0n, 1, EPOLL.IN), { len: 60 }), [refused(1, E.EINVAL)]);
  assert.equal(server.ask(OP.WRITE, write(0n, 1, EPOLL.IN), { len: 0 }), [refused(1, E.EINVAL)]);
  assert.is(server.masks.get(0), 0);
  assert.equal(server.ask(OP.WRITE, write(0n, 1, EPOLL.IN), { len: 0xffffffff }), [done(1, 8, 0)]);
  assert.is(server.masks.get(0), EPOLL.IN);
});

test('a mask that another changes meanwhile: the request is carried out on what it is then', () => {
  const server = new Server();
  server.ask(OP.OPEN, open());
  server.ask(OP.POLL, poll(0n, 4n));
  let times = 3;
  server.meddle = (slot) => {
    if (times-- > 0) server.masks.set(slot, EPOLL.OUT << times);
  };
  assert.equal(server.ask(OP.IOCTL, ioctl(0n, io(1), BigInt(EPOLL.IN))), [
    ...notified(4n),
    done(1, EPOLL.IN | EPOLL.OUT, 0, 0, 0),
  ]);
});

test('no room for a mask: ENOMEM, and neither a handle nor a share of the limit is lost', () => {
  const server = new Server(1);
  server.slots = 0;
  for (let i = 0; i < 3; i++) assert.equal(server.ask(OP.OPEN, open(), { uid: 3 }), [refused(1, E.ENOMEM)]);
  server.slots = 1;
  assert.equal(server.ask(OP.OPEN, open(), { uid: 3 }), [done(1, 0n, 0x75, 0)]);
  assert.equal(server.ask(OP.OPEN, open(), { uid: 3 }), [refused(1, E.EMFILE)]);
});

test.run();
