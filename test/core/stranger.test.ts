// SPDX-License-Identifier: LGPL-2.1-or-later

// Descriptors that were closed behind the core's back, and whose numbers belong to another file by now. That file is never read,
// written, shut down, set or closed, and the hidden end doesn't stay forever.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ADD, DEL, E, IN, OUT, RDHUP, SET } from '../fake/abi.js';
import { CLOSEST, createWorld, EVENTFD, EXCLUSIVE, SOCKETPAIR, STRICT, type World } from '../fake-host.js';
import { FOREIGN_KINDS, ForeignFile, type ForeignKind } from '../fake/vpollfile.js';
import { CARRIERS, finish, OPS, start, type Carrier } from './support/states.js';

const PAIR = CARRIERS.at(-1)!;
const MASKS = [0, IN, OUT, IN | OUT, IN | RDHUP];

/** What a program may still try with the number. */
type Attempt = (world: World, fd: number, generation: number) => number;

const ATTEMPTS: Record<string, Attempt> = {
  events: ({ core }, fd, generation) => core.events(fd, generation),
  supports: ({ core }, fd, generation) => core.supports(fd, generation, IN),
  close: ({ core }, fd, generation) => core.close(fd, generation),
};
for (const op of OPS) {
  for (const mask of MASKS) ATTEMPTS[`ctl ${op} ${mask}`] = ({ core }, fd, generation) => core.ctl(fd, generation, op, mask);
}

/** Of an exclusive vpoll the core trusts its own copy: what needs no call can't notice. A request by number comes from somebody else. */
function mayTrust(options: number, name: string, byGeneration: boolean): boolean {
  if (!byGeneration && name.startsWith('ctl')) return false;
  return (options & EXCLUSIVE) !== 0 && name !== 'close';
}

function tryAll(carrier: Carrier, options: number, kind: ForeignKind, byGeneration: boolean): void {
  for (const [name, attempt] of Object.entries(ATTEMPTS)) {
    const { world, fd } = start(carrier, carrier.states[1]!, options);
    const generation = byGeneration ? world.core.generation(fd) : 0;
    const foreign = world.replace(fd, kind);
    world.forget();
    const status = attempt(world, fd, generation);
    const where = `${carrier.name} ${kind} ${name} options ${options}`;
    if (foreign.touches.length > 0) assert.equal(foreign.touches, [], where);
    if (world.process.file(fd) !== foreign) assert.unreachable(`${where}: closed`);
    if (world.host.log.length === 0 && mayTrust(options, name, byGeneration)) continue;
    if (status !== -E.EBADF) assert.is(status, -E.EBADF, where);
    if (world.open().length !== 1) assert.equal(world.open(), [fd], `${where}: the hidden end is still open`);
  }
}

for (const carrier of CARRIERS) {
  for (const kind of FOREIGN_KINDS) {
    test(`${carrier.name}: the number belongs to ${kind} now`, () => {
      for (const options of [STRICT, CLOSEST, EXCLUSIVE]) {
        for (const byGeneration of [false, true]) tryAll(carrier, options, kind, byGeneration);
      }
    });
  }
}

function replaceHidden(options: number, kind: ForeignKind, both: boolean): void {
  for (const [name, attempt] of Object.entries(ATTEMPTS)) {
    const { world, fd } = start(PAIR, 0x41, options);
    const hidden = world.core.peer(fd);
    const foreign: ForeignFile[] = [world.replace(hidden, kind)];
    if (both) foreign.push(world.replace(fd, kind));
    const status = attempt(world, fd, 0);
    const where = `${kind} ${name} options ${options}`;
    for (const { touches } of foreign) if (touches.length > 0) assert.equal(touches, [], where);
    assert.is(world.process.file(hidden), foreign[0], `${where}: closed`);
    if (both) assert.is(world.process.file(fd), foreign[1], `${where}: closed`);
    if (both && !(options & EXCLUSIVE)) assert.is(status, -E.EBADF, where);
    // What needs the hidden end can't be done; close, OUT and questions go on.
    const needsHidden = !both && name === `ctl ${ADD} ${IN}`;
    if (needsHidden) assert.is(status, -E.EBADF, where);
  }
}

test('the hidden number belongs to someone else', () => {
  for (const kind of FOREIGN_KINDS) {
    for (const options of [STRICT, CLOSEST, EXCLUSIVE]) replaceHidden(options, kind, false);
  }
});

test('both numbers belong to someone else', () => {
  for (const kind of FOREIGN_KINDS) {
    for (const options of [STRICT, CLOSEST, EXCLUSIVE]) replaceHidden(options, kind, true);
  }
});

test('the same inode number on another file system is another file', () => {
  for (const attempt of Object.values(ATTEMPTS)) {
    const { world, fd } = start(PAIR, 0x41, STRICT);
    const { ino } = world.file(fd);
    const foreign = new ForeignFile('pipe', () => ino, undefined);
    world.process.place(fd, foreign);
    assert.is(attempt(world, fd, 0), -E.EBADF);
    assert.equal(foreign.touches, []);
    assert.equal(world.open(), [fd]);
  }
});

test('closed and not reused: EBADF, and the hidden end is reaped', () => {
  for (const [name, attempt] of Object.entries(ATTEMPTS)) {
    for (const byGeneration of [false, true]) {
      const { world, fd } = start(PAIR, 0x41, STRICT);
      const generation = byGeneration ? world.core.generation(fd) : 0;
      world.process.close(fd);
      assert.is(attempt(world, fd, generation), -E.EBADF, name);
      assert.equal(world.open(), [], name);
    }
  }
});

test('another vpoll under the number is not taken for the one that was there', () => {
  for (const op of OPS) {
    const { world, fd } = start(PAIR, 0, STRICT);
    const { core, process } = world;
    const old = core.generation(fd);
    const other = core.create(SOCKETPAIR, 0, 0, STRICT, 0);
    process.dup2(other, fd);
    assert.is(core.ctl(fd, old, op, OUT), -E.EBADF);
    assert.is(world.file(other).poll(), 0);
    // By number it is the other one.
    assert.is(core.ctl(fd, 0, SET, OUT), 0);
    assert.is(core.events(other, 0), 0x304);
    assert.is(core.close(other, 0), 0);
    assert.is(core.close(fd, 0), 0);
    assert.equal(world.open(), []);
  }
});

test('on the reference kernel another eventfd under the number is told by its id', () => {
  const world = createWorld({ eventfd: 'reference' });
  const { core, process } = world;
  const fd = core.create(EVENTFD, 0, 0, STRICT, 0);
  const old = core.generation(fd);
  const other = core.create(EVENTFD, 0, 0, STRICT, 0);
  process.dup2(other, fd);
  assert.is(core.ctl(fd, old, ADD, IN), -E.EBADF);
  assert.is(world.file(other).poll(), 0);
});

test('a vpoll of this core under a number that was another: the old hidden end is closed', () => {
  const { world, fd } = start(PAIR, 0, STRICT);
  const { core, process } = world;
  const hidden = core.peer(fd);
  const old = core.generation(fd);
  process.close(fd);
  assert.is(core.create(SOCKETPAIR, 0, 0, STRICT, 0), fd);
  assert.not(world.open().includes(hidden));
  assert.is(core.ctl(fd, old, ADD, OUT), -E.EBADF);
  finish(PAIR, { world, fd });
  assert.equal(world.open(), []);
});

test('while a copy lives in a child, the hidden end stays; an ADD of IN by the object still reaches it', () => {
  const { world, fd } = start(PAIR, 0, STRICT);
  const { core, process } = world;
  const generation = core.generation(fd);
  const hidden = core.peer(fd);
  const child = world.fork();
  process.close(fd);
  assert.is(core.ctl(fd, generation, DEL, IN), -E.EBADF);
  assert.ok(world.open().includes(hidden));
  assert.is(core.ctl(fd, generation, ADD, IN), 0);
  assert.is(child.file(fd).poll(), 0x41);
  assert.is(core.ctl(fd, 0, ADD, IN), -E.EBADF);
  child.process.exit();
  assert.is(core.ctl(fd, generation, ADD, IN), -E.EBADF);
  assert.equal(world.open(), []);
});

test('no descriptor is free: hidden ends whose vpolls are closed make room', () => {
  const { world, fd } = start(PAIR, 0, STRICT);
  const { core, process } = world;
  const fds = [fd, ...[1, 2, 3].map(() => core.create(SOCKETPAIR, 0, 0, STRICT, 0))];
  const pipe = process.install(world.kernel.foreign('pipe'));
  process.limit = world.open().length;
  assert.is(core.create(SOCKETPAIR, 0, 0, STRICT, 0), -E.EMFILE);
  assert.equal(world.open().length, process.limit);
  // Two of them are closed behind the core's back, and others take the numbers at once.
  for (const gone of [fds[1]!, fds[2]!]) world.replace(gone, 'tcp');
  const made = core.create(SOCKETPAIR, 0, 0, STRICT, 0);
  assert.ok(made >= 0, `create: ${made}`);
  for (const alive of [fds[0]!, fds[3]!, made]) assert.is(core.ctl(alive, 0, ADD, IN), 0);
  assert.ok(world.process.file(pipe));
  for (const gone of [fds[1]!, fds[2]!]) assert.equal(world.file(gone).touches, []);
});

test.run();
