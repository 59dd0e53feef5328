// SPDX-License-Identifier: LGPL-2.1-or-later

// The backends side by side, and which one a new vpoll gets. CONTRIBUTING.md says how to add one.

import * as call from '../call';
import * as c from '../constants';
import { isOp } from '../events';
import { UNAVAILABLE, available } from '../reason';
import * as table from '../table';
import { Device } from './device';
import { Eventfd } from './eventfd';
import { Fuse } from './fuse';
import { BY_COST, BY_PREFERENCE, BY_SEED, COUNT } from './order';
import { Backend } from './shared/backend';
import * as ends from './shared/ends';
import * as file from './shared/vpollfile';
import { Socketpair } from './socketpair';
import { Tcp } from './tcp';

/**
 * The table, a line a backend: the place is its number, from 1 on, and its preference. A record is no object that was made, since the core has no
 * heap, but a place in this table. The class is all that the compiler's dispatch looks for in an object.
 */
export const TABLE: StaticArray<u32> = [
  idof<Backend>(), // of no number
  idof<Eventfd>(),
  idof<Device>(),
  idof<Fuse>(),
  idof<Tcp>(),
  idof<Socketpair>(),
];
/** Where an object has its class: rtId, so many bytes before its fields (https://www.assemblyscript.org/runtime.html#memory-layout). */
export const CLASS_BEFORE: usize = 8;

/** The record of a number; of one that no backend has, a record that is as {@link Backend} is. */
export function recordAt(number: i32): Backend {
  return changetype<Backend>(changetype<usize>(TABLE) + CLASS_BEFORE + (<u32>number <= COUNT ? (<usize>number) << 2 : 0));
}

/** Forgets what was found out about the kernel, which is another one now (simulation). */
export function forget(): void {
  for (let n = 1; n <= <i32>COUNT; n++) recordAt(n).forget();
}

/** The record of an entry's backend. */
function recordOf(entry: usize): Backend {
  return changetype<Backend>(changetype<usize>(TABLE) + CLASS_BEFORE + ((<usize>table.backend(entry)) << 2));
}

/** Closes the hidden ends whose vpolls were closed behind our back; whether there were any. Asks for every entry: last resort. */
function sweep(): bool {
  let any = false;
  for (let entry = table.scan(0); entry != 0; entry = table.scan(table.fdOf(entry) + 1)) {
    if (table.peer(entry) >= 0 && !ends.isOurs(entry) && ends.reap(entry)) any = true;
  }
  return any;
}

/** Whether create has kept its word: an error, a look that found the backend, or a vpoll that the table knows. */
function isMade(r: i32, backend: i32, flags: u32): bool {
  if (r < 0) return r == UNAVAILABLE || r >= -4095;
  const entry = table.find(r, 0);
  return flags & c.LOOK ? recordAt(backend).isEverywhere || r == 0 : entry != 0 && table.backend(entry) == backend;
}

/** One attempt on one backend, with what can be said beforehand said before anything is opened. */
function attempt(backend: i32, events: u32, fdFlags: i32, flags: u32, needs: u32): i32 {
  const record = recordAt(backend);
  if (!record.gives(needs, flags)) {
    // That says nothing of what this machine has, so no reason is kept.
    call.refuse(c.EOPNOTSUPP);
    return UNAVAILABLE;
  }
  let r = record.create(events, fdFlags, flags);
  if ((r == -c.EMFILE || r == -c.ENFILE) && sweep()) r = record.create(events, fdFlags, flags);
  if (r >= 0) available(backend);
  assert(isMade(r, backend, flags));
  return r;
}

/** A new vpoll on `backend`, or on the first that is there: its descriptor or -errno. */
export function create(backend: i32, events: u32, fdFlags: i32, flags: u32, needs: u32): i32 {
  // What a program needs is looked for where it costs least; one that needs nothing gets the truest that is there.
  let order: u32 = backend;
  if (backend == c.AUTO) order = flags & c.SEED_ORDER ? BY_SEED : needs != 0 ? BY_COST : BY_PREFERENCE;
  for (; order != 0; order >>= 4) {
    const r = attempt(order & 15, events, fdFlags, flags, needs);
    if (r != UNAVAILABLE) return r;
  }
  return call.refuse(c.EOPNOTSUPP);
}

/** A number that was not created here: a dup of one that was, or a vpoll file that was inherited. Its new entry, or 0. */
function adopt(fd: i32): usize {
  if (call.fstat(fd) < 0) return 0;
  const type = call.statMode() & c.S_IFMT;
  const dev = call.statDev();
  const ino = call.statIno();
  const dup = ends.findDup(fd);
  if (dup != 0) return dup;
  const mask = file.ioctl(fd, c.OP_DEL, 0);
  if (mask < 0) return file.findDup(fd);
  if (table.reserve(fd) < 0) return 0;
  ends.evict(fd);
  let backend = <i32>COUNT;
  while (!recordAt(backend).owns(type)) backend--;
  const entry = table.insert(fd, backend, c.CLOSEST, mask);
  // A regular file has an inode of its own; all eventfds share one, and so do all opens of a device.
  if (type == c.S_IFREG) table.setIdentity(entry, dev, ino);
  return entry;
}

/**
 * The entry of a vpoll, or 0. `generation` 0: by number alone, as a C program asks. A vpoll file says itself whether it is one. The file of an
 * emulated vpoll is compared with the one in the table, with two exceptions for an object. Where it is exclusive, ctl compares when it must; an ADD
 * by the hidden end needs no number.
 */
export function resolve(fd: i32, generation: u32, op: i32 = 0, events: u32 = 0): usize {
  const entry = table.find(fd, generation);
  if (entry != 0) {
    if (table.peer(entry) < 0) return entry;
    if (generation != 0 && (table.flags(entry) & c.EXCLUSIVE || recordOf(entry).isByPeer(op, events))) return entry;
    if (ends.isOurs(entry)) return entry;
    ends.reap(entry);
  }
  return generation != 0 ? 0 : adopt(fd);
}

/** ADD, DEL or SET on `fd`: 0 or -errno. */
export function ctl(fd: i32, generation: u32, op: i32, events: u32): i32 {
  assert(isOp(op) && !(events & ~c.SETTABLE));
  const entry = resolve(fd, generation, op, events);
  if (entry == 0) return call.refuse(c.EBADF);
  return recordOf(entry).ctl(entry, op, events, generation != 0);
}

export function events(entry: usize): i32 {
  return table.flags(entry) & c.EXCLUSIVE ? table.mask(entry) : recordOf(entry).events(entry);
}

export function supports(entry: usize, mask: u32): i32 {
  // A vpoll file shows every mask, unless its helper has died, which only the file can say.
  const shown = events(entry);
  if (shown < 0) return shown;
  const record = recordOf(entry);
  const wanted = record.aliased(mask);
  return i32(record.nearest(shown, wanted, table.flags(entry)) == wanted);
}

export function close(entry: usize): i32 {
  return recordOf(entry).close(entry);
}

/** The backend of the two sockets that their maker has named, or 0 where they are others by now. */
function pairOf(a: i32, b: i32, ino: u64, peerIno: u64): i32 {
  let backend = <i32>COUNT;
  while (backend > 0 && !recordAt(backend).isPair(a, b, ino, peerIno)) backend--;
  return backend;
}

/** Whether this core has `fd` or `peer` in its table already, as what they still are. */
function isHeld(fd: i32, peer: i32, ino: u64, peerIno: u64): bool {
  for (let entry = table.scan(0); entry != 0; entry = table.scan(table.fdOf(entry) + 1)) {
    // A file that was made known by its inode is asked for without one.
    const isFile = (peer & table.peer(entry)) < 0 && table.dev(entry) != 0;
    if (table.fdOf(entry) == fd && (isFile || table.ino(entry) == ino)) return true;
    if (peer >= 0 && table.peer(entry) == peer && table.peerIno(entry) == peerIno) return true;
  }
  return false;
}

/** Enters descriptors that were made elsewhere, a vpoll file or a `pair` of that backend: `fd` or -errno. */
function enter(pair: i32, fd: i32, peer: i32, flags: u32): i32 {
  if (pair != 0) return recordAt(pair).adopt(fd, peer, flags);
  return adopt(fd) == 0 ? -c.EBADF : fd;
}

/** Makes the numbers themselves a vpoll's. */
function take(pair: i32, fd: i32, peer: i32, flags: u32): i32 {
  let r = enter(pair, fd, peer, flags);
  if (r < 0) return r;
  r = call.fcntl(fd, c.F_SETFD, c.FD_CLOEXEC);
  if (r >= 0 && peer >= 0) r = call.fcntl(peer, c.F_SETFD, c.FD_CLOEXEC);
  if (r >= 0) return fd;
  table.remove(table.find(fd, 0));
  return r;
}

/** Makes copies of them a vpoll's. */
function copy(pair: i32, fd: i32, peer: i32, flags: u32): i32 {
  const a = call.fcntl(fd, c.F_DUPFD_CLOEXEC, 0);
  if (a < 0) return a;
  const b = peer < 0 ? -1 : call.fcntl(peer, c.F_DUPFD_CLOEXEC, 0);
  const r = peer >= 0 && b < 0 ? b : enter(pair, a, b, flags);
  if (r >= 0) return r;
  call.close(a);
  if (b >= 0) call.close(b);
  return r;
}

/**
 * Takes up what was made elsewhere, in another process or by another core of this one: the numbers themselves, or copies of them. Its
 * number or -errno: EBADF for a foreign file, which stays as it is, EEXIST where numbers to be taken are a vpoll of this core.
 */
export function attach(fd: i32, peer: i32, ino: u64, peerIno: u64, flags: u32, isCopy: bool): i32 {
  let pair = 0;
  if (peer < 0) {
    ino = 0;
    const r = file.ioctl(fd, c.OP_DEL, 0);
    // What a FUSE file says whose helper has died, and one that serves another user.
    if (r == -c.ENOTCONN || r == -c.EACCES) return r;
    if (r < 0) return call.refuse(c.EBADF);
  } else {
    pair = pairOf(fd, peer, ino, peerIno);
    if (pair == 0) return call.refuse(c.EBADF);
  }
  if (isCopy) return copy(pair, fd, peer, flags);
  // Two owners of one number would close it under each other.
  if (!isHeld(fd, peer, ino, peerIno)) return take(pair, fd, peer, flags);
  // A dup of what is held is known from now on, so that the hidden end lives as long as it does.
  resolve(fd, 0);
  return call.refuse(c.EEXIST);
}
