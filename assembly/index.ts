// SPDX-License-Identifier: LGPL-2.1-or-later

// What the core offers. Each function returns >= 0 or -errno (docs/core.md); after an error `failed` tells which call gave it.
// Arguments are checked here, before anything is called.

import * as backends from './backend';
import { COUNT } from './backend/order';
import * as fuse from './backend/fuse';
import * as file from './backend/shared/vpollfile';
import { blame, failed as lastFailed, refuse } from './call';
import * as c from './constants';
import { isOp, next as nextMask } from './events';
import { reason as whyNot } from './reason';
import * as table from './table';

const FD_FLAGS: i32 = c.FD_CLOEXEC | c.CLOEXEC | c.NONBLOCK;
const OPTIONS: u32 = c.CLOSEST | c.EXCLUSIVE | c.LOOK | c.PASSING | c.SEED_ORDER | c.CAN_START;

/**
 * A new vpoll: its descriptor. `fdFlags`: FD_CLOEXEC, EFD_CLOEXEC, EFD_NONBLOCK; `options`: CLOSEST, EXCLUSIVE, PASSING, SEED_ORDER, CAN_START, or LOOK
 * alone (0); `needs`: bits of which every subset must be possible. EINVAL, EOPNOTSUPP, what the calls give; with CAN_START ECHILD, where something is to be
 * started first: then ask again, without CAN_START.
 */
export function create(backend: i32, events: u32, fdFlags: i32, options: u32, needs: u32): i32 {
  blame(-1);
  if (<u32>backend > COUNT || (events | needs) & ~c.SETTABLE) return -c.EINVAL;
  if (fdFlags & ~FD_FLAGS || options & ~OPTIONS) return -c.EINVAL;
  const cloexec = fdFlags & (c.FD_CLOEXEC | c.CLOEXEC) ? c.CLOEXEC : 0;
  return backends.create(backend, events, cloexec | (fdFlags & c.NONBLOCK), options, needs);
}

/** ADD, DEL or SET. 0, or EINVAL, EBADF, EOPNOTSUPP, ENOTRECOVERABLE, and what the calls give. DEL ignores bits that nobody can set. */
export function ctl(fd: i32, generation: u32, op: i32, events: u32): i32 {
  blame(-1);
  if (!isOp(op) || (op != c.OP_DEL && events & ~c.SETTABLE)) return -c.EINVAL;
  return backends.ctl(fd, generation, op, events & c.SETTABLE);
}

/**
 * ADD, DEL or SET on a file that is a vpoll by itself, by its number alone: the new mask or -errno; EBADF for any other file. It touches neither the
 * memory nor the table, so that it may run beside every other call (host/c).
 */
export function request(fd: i32, op: i32, events: u32): i32 {
  blame(-1);
  if (!isOp(op) || (op != c.OP_DEL && events & ~c.SETTABLE)) return -c.EINVAL;
  return file.ioctl(fd, op, events & c.SETTABLE);
}

/** The mask that poll(2) shows. */
export function events(fd: i32, generation: u32): i32 {
  blame(-1);
  const entry = backends.resolve(fd, generation);
  return entry == 0 ? refuse(c.EBADF) : backends.events(entry);
}

/** 1 or 0: whether `mask` can be shown from the present state. Aliases of its bits may come with it. */
export function supports(fd: i32, generation: u32, mask: u32): i32 {
  blame(-1);
  const entry = backends.resolve(fd, generation);
  if (entry == 0) return refuse(c.EBADF);
  return mask & ~c.SETTABLE ? 0 : backends.supports(entry, mask);
}

/** Closes the descriptor and what belongs to it. EBADF where it is no vpoll (any more): then nothing is closed but a hidden end left over. */
export function close(fd: i32, generation: u32): i32 {
  blame(-1);
  const entry = backends.resolve(fd, generation);
  return entry == 0 ? refuse(c.EBADF) : backends.close(entry);
}

/** Takes up a vpoll of another process or core: `peer` -1 for a vpoll file, else the hidden end, with both inode numbers. `isCopy`: by copies of them. */
export function attach(fd: i32, peer: i32, ino: u64, peerIno: u64, options: u32, isCopy: bool): i32 {
  blame(-1);
  if (options & ~OPTIONS) return -c.EINVAL;
  return backends.attach(fd, peer, ino, peerIno, options, isCopy);
}

/** The call that gave the last error, by its place in the boundary; -1: the core itself. */
export function failed(): i32 {
  return lastFailed;
}

/** Why `backend` was not there when last tried (errno), or 0; also where there is no such backend. */
export function reason(backend: i32): i32 {
  return whyNot(backend);
}

/**
 * What the table knows of a descriptor, without a call: the place of its entry in the memory, or 0. The fields are where table.ts says;
 * src/core.ts reads them.
 */
export function find(fd: i32, generation: u32): usize {
  return table.find(fd, generation);
}

/**
 * Lends the fuse backend a descriptor of the file that a helper serves. `tree` is a folder with that file as "vpoll" and nothing
 * else, or -1. -1, -1 takes both back.
 */
export function lend(fd: i32, tree: i32): void {
  fuse.lend(fd, tree);
}

// The pure functions, for callers that want to know beforehand, and for the tests.

export function next(events: u32, op: i32, arg: u32): u32 {
  return nextMask(events, op, arg);
}

export function aliased(backend: i32, events: u32): u32 {
  return backends.recordAt(backend).aliased(events);
}

export function nearest(backend: i32, shown: u32, wanted: u32, options: u32): u32 {
  return backends.recordAt(backend).nearest(shown, wanted, options);
}

export function plan(backend: i32, shown: u32, target: u32, asserted: u32): u32 {
  return backends.recordAt(backend).plan(shown, target, asserted);
}

export function gives(backend: i32, needs: u32, options: u32): bool {
  return backends.recordAt(backend).gives(needs, options);
}
