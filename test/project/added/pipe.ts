// SPDX-License-Identifier: LGPL-2.1-or-later

// The pipe backend, made for a test: IN and OUT on a two-way pipe. Linux's pipe(2) can't be it: the end that is read never shows OUT, and one that
// is opened for both ways always shows either. So this is the pipe of other systems: two unix sockets. What lies in each direction is all its
// state: a byte on the way to A is IN, and room for more on the way to B is OUT.

import * as call from '../../../assembly/call';
import * as c from '../../../assembly/constants';
import { IN_ALIASED, next, OUT_ALIASED, withAliases } from '../../../assembly/events';
import * as table from '../../../assembly/table';
import { Emulated } from '../../../assembly/backend/shared/emulated';
import * as ends from '../../../assembly/backend/shared/ends';

const NUMBER: i32 = 6;
const FREE: u32 = c.IN | c.OUT;

/** Receives all that lies on the way to `fd`: 0 or -errno. */
function drain(fd: i32): i32 {
  let r: i32;
  do r = call.recv(fd, call.IO_SIZE);
  while (r > 0);
  return r == -c.EAGAIN ? 0 : r;
}

/** Sends until there is no more room: 0 or -errno. */
function fill(fd: i32): i32 {
  let r: i32;
  do r = call.send(fd, call.SEND_MAX);
  while (r > 0);
  return r == -c.EAGAIN ? 0 : r;
}

/** What comes makes an edge; where there is no room for it, room is made. */
function put(from: i32, to: i32): i32 {
  let r = call.send(from, 1);
  if (r == -c.EAGAIN) {
    r = drain(to);
    if (r >= 0) r = call.send(from, 1);
  }
  return min(r, 0);
}

/** What is on its way out, and is then taken, makes room: an edge. */
function makeRoom(a: i32, b: i32): i32 {
  const r = call.send(a, 1);
  return r < 0 && r != -c.EAGAIN ? r : drain(b);
}

/** From what is shown to `target`, with an edge for what is asserted: 0 or -errno. What goes away goes first. */
function reach(a: i32, b: i32, shown: u32, target: u32, asserted: u32): i32 {
  const gone = shown & ~target;
  const wake = (asserted | ~shown) & target;
  let r = gone & c.IN ? drain(a) : 0;
  if (r >= 0 && gone & c.OUT) r = fill(a);
  if (r >= 0 && wake & OUT_ALIASED) r = makeRoom(a, b);
  if (r >= 0 && wake & IN_ALIASED) r = put(b, a);
  return r;
}

/** The nearest mask: what isn't IN or OUT is left out. */
function nearest(wanted: u32): u32 {
  return (wanted & IN_ALIASED ? IN_ALIASED : 0) | (wanted & OUT_ALIASED ? OUT_ALIASED : 0);
}

export class Pipe extends Emulated {
  get number(): i32 {
    return NUMBER;
  }

  get name(): string {
    return 'pipe';
  }

  get cost(): i32 {
    return 2;
  }

  get isEverywhere(): bool {
    return true;
  }

  get isSimulated(): bool {
    return true;
  }

  get remark(): string {
    return 'and nothing else';
  }

  gives(needs: u32, _flags: u32): bool {
    return !(needs & ~FREE);
  }

  aliased(events: u32): u32 {
    return withAliases(events);
  }

  nearest(_shown: u32, wanted: u32, _flags: u32): u32 {
    return nearest(wanted);
  }

  create(events: u32, fdFlags: i32, flags: u32): i32 {
    if (flags & c.LOOK) return 0;
    const wanted = withAliases(events);
    const target = ends.settle(nearest(wanted), wanted, flags);
    if (target < 0) return target;
    let r = call.socketpair(c.AF_UNIX, c.SOCK_STREAM | fdFlags);
    if (r < 0) return r;
    const a = call.pairFirst();
    const b = call.pairSecond();
    r = reach(a, b, OUT_ALIASED, target, 0);
    if (r >= 0) r = ends.enter(NUMBER, a, b, flags, target);
    if (r >= 0) return r;
    call.close(a);
    call.close(b);
    return r;
  }

  ctl(entry: usize, op: i32, events: u32, _byObject: bool): i32 {
    const a = table.fdOf(entry);
    const shown = call.shown(a);
    if (shown < 0) return shown;
    if (!ends.isOurs(entry) || !ends.hasPeer(entry)) return call.refuse(c.EBADF);
    const all = withAliases(events);
    const wanted = next(shown, op, all);
    const target = ends.settle(nearest(wanted), wanted, table.flags(entry));
    if (target < 0) return target;
    const r = reach(a, table.peer(entry), shown, target, op == c.OP_DEL ? 0 : all);
    if (r >= 0) table.setMask(entry, target);
    return r;
  }

  events(entry: usize): i32 {
    return ends.events(entry);
  }

  close(entry: usize): i32 {
    return ends.close(entry);
  }
}
