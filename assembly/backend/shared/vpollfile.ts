// SPDX-License-Identifier: LGPL-2.1-or-later

// A file that is a vpoll by itself: an EFD_VPOLL eventfd of our patch, /dev/vpoll, or a helper's FUSE file. It holds the mask; the ioctls
// _IO('^', 1..3) change it, return the new one, and say ENOTTY on any other file, so one call both identifies and acts.
//
// On a kernel with the reference's patch an eventfd has no ioctls. There write(2) acts, after a look at fdinfo (proc(5)) has
// shown that the number still is the eventfd that it was: eventfd-id is never given twice.

import * as call from '../../call';
import * as c from '../../constants';
import { isOp, next } from '../../events';
import * as table from '../../table';
import { EMULATED } from '../order';
import * as ends from './ends';
import { idIn } from './fdinfo';

/** "/proc/self/fdinfo/" and room for a number. */
const fdinfo: usize = memory.data<u8>([
  47, 112, 114, 111, 99, 47, 115, 101, 108, 102, 47, 102, 100, 105, 110, 102, 111, 47, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);
const PREFIX: usize = 18;

/** Writes `number` behind the `prefix` bytes of the text at `path`, and a NUL. */
export function numbered(path: usize, prefix: usize, number: i32): usize {
  assert(number >= 0);
  let digits: usize = 1;
  for (let rest = number; rest >= 10; rest /= 10) digits++;
  store<u8>(path + prefix + digits, 0);
  let rest = number;
  for (let i = digits; i > 0; i--) {
    store<u8>(path + prefix + i - 1, 48 + (rest % 10));
    rest /= 10;
  }
  return path;
}

/** The eventfd-id of `fd`: 0 or more, or -EBADF where it has none. */
function eventfdId(fd: i32): i32 {
  const info = call.open(numbered(fdinfo, PREFIX, fd), c.O_RDONLY | c.CLOEXEC);
  if (info < 0) return info;
  const size = call.read(info);
  call.close(info);
  if (size < 0) return size;
  const id = idIn(call.io, size);
  return id < 0 ? call.refuse(c.EBADF) : id;
}

/** The entry of the same eventfd under another number (dup(2)), copied for `fd`, on a kernel with the write ABI; or 0. */
export function findDup(fd: i32): usize {
  const id = eventfdId(fd);
  if (id < 0) return 0;
  for (let other = table.scan(0); other != 0; other = table.scan(table.fdOf(other) + 1)) {
    if (!(table.flags(other) & c.WRITE_ABI) || table.ino(other) != <u64>id || table.reserve(fd) < 0) continue;
    ends.evict(fd);
    return table.insertDup(fd, other);
  }
  return 0;
}

/** The mask after the request, or -errno; -EBADF for a file that is no vpoll. */
export function ioctl(fd: i32, op: i32, events: u32): i32 {
  assert(isOp(op) && !(events & ~c.SETTABLE));
  const r = call.ioctl(fd, c.VPOLL_IOC + op, events);
  // Most files say ENOTTY to an unknown request; some drivers and epoll (ep_eventpoll_ioctl()) say EINVAL.
  if (r == -c.ENOTTY || r == -c.EINVAL || r == -c.ENOSYS || r == -c.EOPNOTSUPP) return call.refuse(c.EBADF);
  return r;
}

function byWrite(entry: usize, op: i32, events: u32): i32 {
  const fd = table.fdOf(entry);
  const id = eventfdId(fd);
  // A look that failed says nothing about the file.
  if (id < 0 && id != -c.EBADF && id != -c.ENOENT) return id;
  if (id < 0 || <u64>id != table.ino(entry)) return call.refuse(c.EBADF);
  if (op == 0) return call.readWord(fd);
  // Reading the new mask could fail when the change has been made already; only an exclusive vpoll needs it, and knows it.
  const r = call.writeWord(fd, op, events);
  return r < 0 ? r : next(table.mask(entry), op, events);
}

/** The mask after the request, or -errno. A number that belongs to another file by now leaves the table. */
function apply(entry: usize, op: i32, events: u32): i32 {
  const r =
    table.flags(entry) & c.WRITE_ABI ? byWrite(entry, op, events) : ioctl(table.fdOf(entry), op == 0 ? c.OP_DEL : op, events);
  if (r == -c.EBADF) table.remove(entry);
  return r;
}

/** Whether the request neither changes the mask nor gives an edge: a DEL of nothing that is set, ADD 0, SET 0 of 0. */
function isIdle(mask: u32, op: i32, events: u32): bool {
  if (op == c.OP_DEL) return (mask & events) == 0;
  return events == 0 && (op == c.OP_ADD || mask == 0);
}

/**
 * `byObject`: the request comes from the one object that an exclusive vpoll has; a caller that has only a number may mean another
 * file.
 */
export function ctl(entry: usize, op: i32, events: u32, byObject: bool): i32 {
  if (byObject && table.flags(entry) & c.EXCLUSIVE && isIdle(table.mask(entry), op, events)) return 0;
  const r = apply(entry, op, events);
  if (r < 0) return r;
  table.setMask(entry, r);
  return 0;
}

/** The present mask, by a DEL of nothing (which wakes nobody), or by read(2), which takes nothing away. */
export function events(entry: usize): i32 {
  return apply(entry, 0, 0);
}

export function close(entry: usize): i32 {
  const r = apply(entry, 0, 0);
  if (r < 0) return r;
  call.close(table.fdOf(entry));
  table.remove(entry);
  return 0;
}

/** Enters an open vpoll file into the table: its descriptor, or -errno with the file closed. After a LOOK, 0 with the file closed. */
export function enter(fd: i32, backend: i32, flags: u32, mask: u32): i32 {
  assert(fd >= 0 && !((EMULATED >> backend) & 1));
  if (flags & c.LOOK) {
    call.close(fd);
    return 0;
  }
  let r = table.reserve(fd);
  let id = 0;
  if (r >= 0 && flags & c.WRITE_ABI) r = id = eventfdId(fd);
  if (r < 0) {
    call.close(fd);
    return r;
  }
  ends.evict(fd);
  table.setIdentity(table.insert(fd, backend, flags, mask), 0, id);
  return fd;
}
