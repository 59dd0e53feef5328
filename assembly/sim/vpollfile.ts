// SPDX-License-Identifier: LGPL-2.1-or-later

// A vpoll: EFD_VPOLL of linux_patch (eventfd_vpoll_request()) and /dev/vpoll of linux_module (vpoll_request()), which act alike.

import { EBADF, EINVAL, ENOTTY, ERR, HUP, OP_ADD, OP_DEL, OP_SET, RDHUP, S_IFCHR, SETTABLE, VPOLL_IOC } from '../constants';
import { next } from '../events';
import { O_ACCMODE, O_LARGEFILE, O_NONBLOCK, O_RDWR } from '../abi';
import * as arena from './arena';
import * as files from './file';
import * as list from './list';
import { OpenFile, VpollFile } from './structs';
import * as version from './version';
import { wake } from './wait';

function bodyOf(file: OpenFile): VpollFile {
  return changetype<VpollFile>(file.body);
}

/** `isDevice`: opened from /dev/vpoll. */
export function create(events: u32, flags: i32, isDevice: bool): OpenFile | null {
  const at = arena.alloc(offsetof<VpollFile>());
  if (at == 0) return null;
  list.init(at);
  changetype<VpollFile>(at).events = events;
  return files.create(
    files.VPOLL,
    (isDevice ? O_LARGEFILE : O_RDWR) | (flags & (O_NONBLOCK | 3)),
    at,
    isDevice ? S_IFCHR | 0o666 : 0o600,
  );
}

/** What concerns all who wait: EPOLLEXCLUSIVE waiters wake together. */
const WAKES_ALL: u32 = ERR | HUP | RDHUP;

/** The new events, or -EINVAL. Wakes by what the request asserts, set before or not; a DEL wakes nobody. */
function request(file: OpenFile, op: i32, events: u32): i32 {
  if (op < OP_ADD || op > OP_SET || (op != OP_DEL && events & ~SETTABLE)) return -EINVAL;
  const body = bodyOf(file);
  body.events = next(body.events, op, events & SETTABLE);
  if (op != OP_DEL && events != 0) wake(file.body, events, events & WAKES_ALL ? 0 : 1);
  return body.events;
}

function poll(file: OpenFile): u32 {
  files.pollWait(file.body);
  return bodyOf(file).events;
}

function read(file: OpenFile, buffer: usize, size: u32): i32 {
  if (size < 8) return -EINVAL;
  store<u64>(buffer, bodyOf(file).events);
  return 8;
}

/** One u64, `op << 32 | events`. More than that an eventfd takes where a counter takes it (eventfd_write()), and the device always. */
function write(file: OpenFile, buffer: usize, size: u32): i32 {
  if (size < 8) return -EINVAL;
  if (size > 8 && (file.mode & S_IFCHR) == 0 && version.number >= version.EVENTFD_WRITE_OF_8) return -EINVAL;
  const r = request(file, load<i32>(buffer, 4), load<u32>(buffer));
  return r < 0 ? r : 8;
}

function ioctl(file: OpenFile, number: u32, arg: u32): i32 {
  const op: i32 = number - VPOLL_IOC;
  if (op < OP_ADD || op > OP_SET) return -ENOTTY;
  // vpoll_ioctl(): a file that was opened for reading alone can't be changed.
  return (file.flags & O_ACCMODE) == 0 ? -EBADF : request(file, op, arg);
}

function release(file: OpenFile): void {
  arena.free(file.body, offsetof<VpollFile>());
}

export function setUp(): void {
  files.register(files.VPOLL, poll, read, write, ioctl, release);
}
