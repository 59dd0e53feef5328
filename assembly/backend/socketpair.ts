// SPDX-License-Identifier: LGPL-2.1-or-later

// The socketpair backend: an emulator for any kernel. socketpair-plan.ts says which masks it can show and how, socketpair-steps.ts takes the
// steps; here a change is made of them, and undone. Its state is what the two sockets hold, so that every process that has them sees and controls the same vpoll.
// Before a step uses a descriptor, shared/ends.ts has made sure that it still is what it was.

import * as call from '../call';
import * as c from '../constants';
import { IN_ALIASED, next, OUT_ALIASED, withAliases } from '../events';
import * as table from '../table';
import { Emulated } from './shared/emulated';
import * as ends from './shared/ends';
import * as plans from './socketpair-plan';
import { drain, makeRoom, run, setOut, SNDBUF_ON, TRIES, WEIGHT } from './socketpair-steps';

const NUMBER: i32 = 5;

/** What fast() says when only the long way knows. No errno is that large (MAX_ERRNO in include/linux/err.h is 4095). */
const UNDECIDED: i32 = -4096;

/**
 * Makes a vpoll that shows `shown` show what the request makes of it: that mask, or -errno. Another process may end the vpoll in the same moment. A send
 * says EPIPE then, and a little later A shows the end too (unix_shutdown() marks one socket after the other). The request is then one that came after
 * that end, and begins anew.
 */
function reach(entry: usize, op: i32, all: u32, shown: u32, target: i32): i32 {
  const a = table.fdOf(entry);
  const b = table.peer(entry);
  const asserted = op == c.OP_DEL ? 0 : all;
  let r = run(plans.plan(shown, target, asserted), a, b);
  for (let i = 0; r == -c.EPIPE && i < TRIES; i++) {
    if (i > 0) call.pause();
    const now = call.shown(a);
    if (now < 0) return now;
    target = settle(now, op, all, table.flags(entry));
    if (target < 0) return target;
    r = run(plans.plan(now, target, asserted), a, b);
  }
  if (r >= 0 && (asserted | ~shown) & target & OUT_ALIASED) r = makeRoom(entry);
  return r < 0 ? r : target;
}

/** After a change that has failed with `status`: puts back what `before` was, but for an end that another process has made. -errno, or -ENOTRECOVERABLE. */
function undo(entry: usize, before: u32, status: i32): i32 {
  const a = table.fdOf(entry);
  const failed = call.failed;
  const now = call.shown(a);
  if (now >= 0) before = plans.nearest(now, before);
  if (now >= 0 && <u32>now != before) run(plans.plan(now, before, 0), a, table.peer(entry));
  return ends.undone(entry, before, status, failed);
}

/** What a request makes of `shown`: -EOPNOTSUPP where it must be exact and can't be. */
function settle(shown: u32, op: i32, all: u32, flags: u32): i32 {
  const wanted = next(shown, op, all);
  return ends.settle(plans.nearest(shown, wanted), wanted, flags);
}

/** Makes a fresh pair show `target`. */
function prepare(a: i32, b: i32, target: u32): i32 {
  let r = call.send(a, WEIGHT);
  // B's queue to A is bounded too: an ADD of IN that is never followed by a DEL takes 64 KB, then setIn() makes room.
  if (r >= 0) r = call.setOption(b, c.SO_SNDBUF, SNDBUF_ON);
  if (r >= 0) r = run(plans.plan(OUT_ALIASED, target, 0), a, b);
  if (r < 0) return r;
  r = call.shown(a);
  // A kernel that accounts otherwise (gVisor, say) is found out here, not by a program that waits in vain.
  if (r >= 0 && <u32>r != target) return call.refuse(c.EOPNOTSUPP);
  return r;
}

function create(events: u32, fdFlags: i32, flags: u32): i32 {
  const wanted = withAliases(events);
  const target = ends.settle(plans.nearest(OUT_ALIASED, wanted), wanted, flags);
  if (target < 0) return target;
  const pair = call.socketpair(c.AF_UNIX, c.SOCK_STREAM | fdFlags);
  if (pair < 0) return pair;
  const a = call.pairFirst();
  const b = call.pairSecond();
  let r = prepare(a, b, target);
  if (r >= 0) r = ends.enter(NUMBER, a, b, flags, target);
  if (r < 0) {
    call.close(a);
    call.close(b);
  }
  return r;
}

function gone(entry: usize): i32 {
  ends.reap(entry);
  return call.refuse(c.EBADF);
}

/**
 * The commonest requests, without asking for the present mask first. OUT depends on no other bit. For IN the calls themselves tell a
 * final state, by 0 from a receive or EPIPE from a send. For an exclusive vpoll, what changes nothing costs nothing. 0, -errno or
 * UNDECIDED. A has been checked unless the vpoll is exclusive; an ADD of IN needs only B.
 */
function fast(entry: usize, op: i32, events: u32): i32 {
  if (op == c.OP_SET) return UNDECIDED;
  const exclusive = (table.flags(entry) & c.EXCLUSIVE) != 0;
  const adds = op == c.OP_ADD;
  const all = adds ? withAliases(events) : withAliases(events) & plans.CARRIED;
  if ((exclusive && !adds ? all & table.mask(entry) : all) == 0) return 0;
  if (all != IN_ALIASED && all != OUT_ALIASED) return UNDECIDED;
  // What is final may make nothing of the request.
  if (exclusive && table.mask(entry) & c.RDHUP) return UNDECIDED;
  const a = table.fdOf(entry);
  if (adds && all == IN_ALIASED ? !ends.hasPeer(entry) : exclusive && !ends.isOurs(entry)) return gone(entry);
  let r: i32;
  if (all == OUT_ALIASED) {
    r = setOut(a, adds);
    // Not once more: a waiter that it woke may have taken it back by now.
    if (r == 0 && adds) r = makeRoom(entry);
  } else {
    r = adds ? call.send(table.peer(entry), 1) : drain(a);
    if (r == -c.EPIPE || r == -c.ECONNRESET || r == 0 || (adds && r == -c.EAGAIN)) return UNDECIDED;
    if (r == -c.EAGAIN || r > 0) r = 0;
  }
  if (r == 0) table.setMask(entry, next(table.mask(entry), op, all));
  return r;
}

/**
 * An ADD of IN goes to the hidden end. The object stands for the vpoll, which may live on as a copy elsewhere. When it doesn't, the send says
 * EPIPE (docs/decisions/002-add-in-by-the-hidden-end.md).
 */
function isByPeer(op: i32, events: u32): bool {
  return op == c.OP_ADD && (events & ~c.RDNORM) == c.IN;
}

/** The caller has made sure that the entry's descriptor is ours, unless isByPeer(); then it is made sure here, before the first call that needs it. */
function ctl(entry: usize, op: i32, events: u32, byObject: bool): i32 {
  const flags = table.flags(entry);
  const exclusive = (flags & c.EXCLUSIVE) != 0;
  const fastest = fast(entry, op, events);
  if (fastest != UNDECIDED) return fastest;
  let shown: i32 = table.mask(entry);
  if (!exclusive) {
    if (byObject && isByPeer(op, events) && !ends.isOurs(entry)) return gone(entry);
    shown = call.shown(table.fdOf(entry));
    if (shown < 0) return shown;
  }
  const all = withAliases(events);
  const target = settle(shown, op, all, flags);
  if (target < 0) return target;
  const steps = plans.plan(shown, target, op == c.OP_DEL ? 0 : all);
  if (steps == 0) return 0;
  if (exclusive && !ends.isOurs(entry)) return gone(entry);
  if (plans.needsPeer(steps) && !ends.hasPeer(entry)) return call.refuse(c.EBADF);
  const r = reach(entry, op, all, shown, target);
  if (r < 0) return undo(entry, shown, r);
  table.setMask(entry, r);
  return 0;
}

/** Whether both ends are the sockets that their maker has named. */
function isPair(a: i32, b: i32, ino: u64, peerIno: u64): bool {
  if (call.fstat(a) < 0 || call.statIno() != ino || !ends.isSocket(b, call.statDev(), peerIno)) return false;
  return call.getOption(a, c.SO_DOMAIN) == c.AF_UNIX && call.getOption(a, c.SO_TYPE) == c.SOCK_STREAM;
}

/** Enters a pair that was made elsewhere. */
function adopt(a: i32, b: i32, flags: u32): i32 {
  const r = call.shown(a);
  return r < 0 ? r : ends.enter(NUMBER, a, b, flags, r);
}

export class Socketpair extends Emulated {
  get number(): i32 {
    return NUMBER;
  }

  get name(): string {
    return 'socketpair';
  }

  get cost(): i32 {
    return 1;
  }

  get isSeeds(): bool {
    return true;
  }

  get isSimulated(): bool {
    return true;
  }

  get isEverywhere(): bool {
    return true;
  }

  gives(needs: u32, _flags: u32): bool {
    return !(needs & ~plans.FREE);
  }

  aliased(events: u32): u32 {
    return withAliases(events);
  }

  nearest(shown: u32, wanted: u32, _flags: u32): u32 {
    return plans.nearest(shown, wanted);
  }

  plan(shown: u32, target: u32, asserted: u32): u32 {
    return plans.plan(shown, target, asserted);
  }

  create(events: u32, fdFlags: i32, flags: u32): i32 {
    return create(events, fdFlags, flags);
  }

  isByPeer(op: i32, events: u32): bool {
    return isByPeer(op, events);
  }

  ctl(entry: usize, op: i32, events: u32, byObject: bool): i32 {
    return ctl(entry, op, events, byObject);
  }

  isPair(a: i32, b: i32, ino: u64, peerIno: u64): bool {
    return isPair(a, b, ino, peerIno);
  }

  adopt(a: i32, b: i32, flags: u32): i32 {
    return adopt(a, b, flags);
  }
}
