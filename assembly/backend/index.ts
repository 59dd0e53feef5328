// SPDX-License-Identifier: LGPL-2.1-or-later

// The backends side by side: what each can do, and which one a new vpoll gets. A new one is a file beside these and a line in
// each function here.

import * as call from '../call';
import * as c from '../constants';
import { UNAVAILABLE, unavailable, available } from '../reason';
import * as table from '../table';
import * as device from './device';
import * as eventfd from './eventfd';
import * as fuse from './fuse';
import * as socketpair from './socketpair';
import * as tcp from './tcp';
import * as tcpplan from './tcpplan';
import * as ends from './unixends';
import { FREE } from './unixplan';
import * as file from './vpollfile';

/** Whether a backend can show, enter and leave every subset of `needs`. */
export function gives(backend: i32, needs: u32, flags: u32): bool {
  if (backend == c.TCP) return tcpplan.gives(needs, flags);
  return backend != c.SOCKETPAIR || !(needs & ~FREE);
}

function createOn(backend: i32, events: u32, fdFlags: i32, flags: u32): i32 {
  if (backend == c.EVENTFD) return eventfd.create(events, fdFlags, flags);
  if (backend == c.DEVICE) return device.create(events, fdFlags, flags);
  if (backend == c.FUSE) return fuse.create(events, fdFlags, flags);
  if (backend == c.TCP) return tcp.create(events, fdFlags, flags);
  return socketpair.create(events, fdFlags, flags);
}

/** Closes the hidden ends whose vpolls were closed behind our back; whether there were any. Asks for every entry: last resort. */
function sweep(): bool {
  let any = false;
  for (let entry = table.scan(0); entry != 0; entry = table.scan(table.fdOf(entry) + 1)) {
    if (table.peer(entry) >= 0 && !ends.isOurs(entry) && ends.reap(entry)) any = true;
  }
  return any;
}

/** One attempt on one backend, with what can be said beforehand said before anything is opened. */
function attempt(backend: i32, events: u32, fdFlags: i32, flags: u32, needs: u32): i32 {
  if (!gives(backend, needs, flags)) return unavailable(backend, c.EOPNOTSUPP);
  let r = createOn(backend, events, fdFlags, flags);
  if ((r == -c.EMFILE || r == -c.ENFILE) && sweep()) r = createOn(backend, events, fdFlags, flags);
  if (r >= 0) available(backend);
  return r;
}

/** A new vpoll on `backend`, or on the first that is there: its descriptor or -errno. */
export function create(backend: i32, events: u32, fdFlags: i32, flags: u32, needs: u32): i32 {
  if (backend != c.AUTO) {
    const r = attempt(backend, events, fdFlags, flags, needs);
    return r == UNAVAILABLE ? call.refuse(c.EOPNOTSUPP) : r;
  }
  for (let order = orderOf(flags, needs); order != 0; order >>= 4) {
    const r = attempt(order & 15, events, fdFlags, flags, needs);
    if (r != UNAVAILABLE) return r;
  }
  return call.refuse(c.EOPNOTSUPP);
}

/**
 * The backends to try, a nibble each, first one lowest. What a program needs is looked for where it costs least; one that needs nothing gets
 * the one that can do more where it says so (TCP_FIRST), else what is always there.
 */
function orderOf(flags: u32, needs: u32): u32 {
  const files = c.EVENTFD | (c.DEVICE << 4);
  if (needs != 0) return files | (c.SOCKETPAIR << 8) | (c.TCP << 12);
  return files | (flags & c.TCP_FIRST ? (c.TCP << 8) | (c.SOCKETPAIR << 12) : c.SOCKETPAIR << 8);
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
  // An eventfd's inode is anonymous, and has no type.
  const backend = type == c.S_IFCHR ? c.DEVICE : type == c.S_IFREG ? c.FUSE : c.EVENTFD;
  const entry = table.insert(fd, backend, c.CLOSEST, mask);
  if (backend == c.FUSE) table.setIdentity(entry, dev, ino);
  return entry;
}

/**
 * The entry of a vpoll, or 0. `generation` 0: by number alone, as a C program asks. An emulated one is compared with what it was, unless
 * `unchecked` (a socketpair), or exclusive and asked for by its object (then ctl compares when it must); a vpoll file says itself whether it is one.
 */
export function resolve(fd: i32, generation: u32, unchecked: bool = false): usize {
  const entry = table.find(fd, generation);
  if (entry != 0) {
    if (table.peer(entry) < 0 || (unchecked && table.backend(entry) == c.SOCKETPAIR)) return entry;
    if ((generation != 0 && table.flags(entry) & c.EXCLUSIVE) || ends.isOurs(entry)) return entry;
    ends.reap(entry);
  }
  return generation != 0 ? 0 : adopt(fd);
}

/**
 * Whether a request of a VPoll object can do without its number: an ADD of IN goes to the hidden end. The object stands for the
 * vpoll, which may live on as a copy elsewhere; when it doesn't, the send says EPIPE (docs/decisions/002-add-in-by-the-hidden-end.md).
 */
function isByPeer(generation: u32, op: i32, events: u32): bool {
  return generation != 0 && op == c.OP_ADD && (events & ~c.RDNORM) == c.IN;
}

/** ADD, DEL or SET on `fd`: 0 or -errno. */
export function ctl(fd: i32, generation: u32, op: i32, events: u32): i32 {
  const unchecked = isByPeer(generation, op, events);
  const entry = resolve(fd, generation, unchecked);
  if (entry == 0) return call.refuse(c.EBADF);
  if (table.backend(entry) == c.SOCKETPAIR) return socketpair.ctl(entry, op, events, !unchecked);
  if (table.backend(entry) == c.TCP) return tcp.ctl(entry, op, events);
  return file.ctl(entry, op, events, generation != 0);
}

export function events(entry: usize): i32 {
  if (table.flags(entry) & c.EXCLUSIVE) return table.mask(entry);
  return table.peer(entry) >= 0 ? call.shown(table.fdOf(entry)) : file.events(entry);
}

export function supports(entry: usize, mask: u32): i32 {
  if (table.peer(entry) < 0) return 1;
  const shown = events(entry);
  if (shown < 0) return shown;
  return i32(table.backend(entry) == c.TCP ? tcp.supports(shown, mask, table.flags(entry)) : socketpair.supports(shown, mask));
}

export function close(entry: usize): i32 {
  if (table.backend(entry) == c.FUSE) return fuse.close(entry);
  if (table.peer(entry) < 0) return file.close(entry);
  // resolve() has left this to us.
  if (table.flags(entry) & c.EXCLUSIVE && !ends.isOurs(entry)) {
    ends.reap(entry);
    return call.refuse(c.EBADF);
  }
  // A first: whoever polls it is not to see the hangup that closing B would show.
  call.close(table.fdOf(entry));
  ends.forget(entry);
  return 0;
}

/** The backend of the two sockets that whoever made them has named, or 0 where they are others by now. */
function pairOf(a: i32, b: i32, ino: u64, peerIno: u64): i32 {
  if (socketpair.isPair(a, b, ino, peerIno)) return c.SOCKETPAIR;
  return tcp.isPair(a, b, ino, peerIno) ? c.TCP : 0;
}

/** Whether this core has `fd` or `peer` in its table already, as what they still are. */
function isHeld(fd: i32, peer: i32, ino: u64, peerIno: u64): bool {
  for (let entry = table.scan(0); entry != 0; entry = table.scan(table.fdOf(entry) + 1)) {
    const isFuse = peer < 0 && table.backend(entry) == c.FUSE;
    if (table.fdOf(entry) == fd && (isFuse || table.ino(entry) == ino)) return true;
    if (peer >= 0 && table.peer(entry) == peer && table.peerIno(entry) == peerIno) return true;
  }
  return false;
}

/** Enters descriptors that were made elsewhere, a vpoll file or a `pair` of that backend: `fd` or -errno. */
function enter(pair: i32, fd: i32, peer: i32, flags: u32): i32 {
  if (pair == c.TCP) return tcp.adopt(fd, peer, flags);
  if (pair == c.SOCKETPAIR) return socketpair.adopt(fd, peer, flags);
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
