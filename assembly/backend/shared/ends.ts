// SPDX-License-Identifier: LGPL-2.1-or-later

// The two ends of an emulated vpoll (a socketpair, a TCP connection) as descriptors. It tells whether a number still is the socket that it was, whether others have
// it, and when the hidden end must be closed.
//
// The program's number may have been closed behind our back and belong to another file by now; so may the hidden one
// (closefrom(3)). Each is compared with the inode that it had, before anything is read from it, written to it or closed.

import * as call from '../../call';
import * as c from '../../constants';
import * as table from '../../table';

/** Whether `fd` is still the socket with this inode: 1, 0 (closed, or another file), or -errno where that can't be found out. */
function compare(fd: i32, dev: u32, ino: u64): i32 {
  const r = call.fstat(fd);
  if (r < 0) return r == -c.EBADF ? 0 : r;
  return i32(call.statIno() == ino && call.statDev() == dev);
}

export function isSocket(fd: i32, dev: u32, ino: u64): bool {
  return compare(fd, dev, ino) > 0;
}

export function isOurs(entry: usize): bool {
  return isSocket(table.fdOf(entry), table.dev(entry), table.ino(entry));
}

/** The same, where a number that can't be looked at counts as ours. */
export function mayBeOurs(entry: usize): bool {
  return compare(table.fdOf(entry), table.dev(entry), table.ino(entry)) != 0;
}

/** Whether the hidden end is there: 1, 0, or -errno where that can't be found out. */
export function lookForPeer(entry: usize): i32 {
  return compare(table.peer(entry), table.dev(entry), table.peerIno(entry));
}

export function hasPeer(entry: usize): bool {
  return lookForPeer(entry) > 0;
}

/** Enters a pair into the table: its descriptor or -errno. Both ends stay open on failure. */
export function enter(backend: i32, a: i32, b: i32, flags: u32, mask: u32): i32 {
  assert(a >= 0 && b >= 0 && a != b && !(flags & c.LOOK));
  let r = table.reserve(a);
  if (r >= 0) r = call.fstat(b);
  const peerIno = call.statIno();
  if (r >= 0) r = call.fstat(a);
  if (r < 0) return r;
  const dev = call.statDev();
  const ino = call.statIno();
  evict(a);
  const entry = table.insert(a, backend, flags, mask);
  table.setIdentity(entry, dev, ino);
  table.setPeer(entry, b, peerIno);
  return a;
}

/**
 * The status of a change that has failed with `status`, by the call `failed`, and was undone: that, where the vpoll shows `before` again, else
 * -ENOTRECOVERABLE.
 */
export function undone(entry: usize, before: u32, status: i32, failed: i32): i32 {
  if (<u32>call.shown(table.fdOf(entry)) == before) {
    call.blame(failed);
    return status;
  }
  table.distrust(entry);
  return call.refuse(c.ENOTRECOVERABLE);
}

/** Takes an entry out of the table and closes the hidden end, unless another descriptor here still needs it. */
export function forget(entry: usize): void {
  const b = table.peer(entry);
  assert(b >= 0);
  const unused = !otherDescriptor(entry) && hasPeer(entry);
  table.remove(entry);
  // What lies unread in B stays there: another process may hold B, and needs the message.
  if (unused) call.close(b);
}

/** The number is about to stand for another file: what the table had under it was closed behind our back. */
export function evict(fd: i32): void {
  const stale = table.find(fd, 0);
  if (stale == 0) return;
  if (table.peer(stale) >= 0) forget(stale);
  else table.remove(stale);
}

/**
 * The number isn't ours any more. Where that was the last descriptor of the vpoll, the hidden end sees HUP (unix_release_sock()),
 * and is closed. Otherwise a dup lives on under a number that we may yet be told, and the entry stays for it.
 */
export function reap(entry: usize): bool {
  if (mayBeOurs(entry)) return false;
  if (hasPeer(entry) && !(call.shown(table.peer(entry)) & c.HUP)) return false;
  forget(entry);
  return true;
}

/** Whether the table knows another descriptor of the same vpoll that is still open. */
function otherDescriptor(entry: usize): bool {
  if (!(table.flags(entry) & c.DUPED)) return false;
  for (let other = table.scan(0); other != 0; other = table.scan(table.fdOf(other) + 1)) {
    // One that was attached has a hidden end of its own.
    const same = table.peer(other) >= 0 && table.peer(other) == table.peer(entry);
    if (same && other != entry && table.ino(other) == table.ino(entry) && isOurs(other)) return true;
  }
  return false;
}

/** Notes that the vpoll has another hidden end from now on, under every descriptor that the table knows of it. */
export function changePeer(entry: usize, b: i32, peerIno: u64): void {
  assert(b >= 0 && peerIno != 0);
  const before = table.peer(entry);
  for (let other = table.scan(0); other != 0; other = table.scan(table.fdOf(other) + 1)) {
    if (table.ino(other) == table.ino(entry) && table.peer(other) == before) table.setPeer(other, b, peerIno);
  }
}

/** A number that was not created here: the entry of the same socket under another number (dup(2)), copied for it, or 0. */
export function findDup(fd: i32): usize {
  if (call.fstat(fd) < 0) return 0;
  const dev = call.statDev();
  const ino = call.statIno();
  for (let other = table.scan(0); other != 0; other = table.scan(table.fdOf(other) + 1)) {
    const same = table.peer(other) >= 0 && table.ino(other) == ino && table.dev(other) == dev;
    if (!same || table.fdOf(other) == fd) continue;
    if (table.reserve(fd) < 0) return 0;
    evict(fd);
    return table.insertDup(fd, other);
  }
  return 0;
}

/** The nearest mask to what is wanted, where it may be another one: else -EOPNOTSUPP. */
export function settle(nearest: u32, wanted: u32, flags: u32): i32 {
  return nearest == wanted || flags & c.CLOSEST ? nearest : call.refuse(c.EOPNOTSUPP);
}

/** What poll(2) shows of a pair's first end. */
export function events(entry: usize): i32 {
  return call.shown(table.fdOf(entry));
}

/** Closes both ends, the hidden one where no other descriptor here needs it. EBADF where the first is another file by now. */
export function close(entry: usize): i32 {
  // resolve() has left this to us.
  if (table.flags(entry) & c.EXCLUSIVE && !isOurs(entry)) {
    reap(entry);
    return call.refuse(c.EBADF);
  }
  // A first: a poller must not see the hangup that closing B would show.
  call.close(table.fdOf(entry));
  forget(entry);
  return 0;
}
