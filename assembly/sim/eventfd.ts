// SPDX-License-Identifier: LGPL-2.1-or-later

// fs/eventfd.c: the plain one, a counter.

import { EAGAIN, EINVAL, ERR, IN, OUT } from '../constants';
import { EFD_SEMAPHORE, O_NONBLOCK, O_RDWR } from '../abi';
import * as arena from './arena';
import { eventfdWait, leaveQueue, mayNotSleep } from './block';
import * as files from './file';
import * as list from './list';
import { Eventfd, OpenFile } from './structs';
import * as version from './version';
import { wakeOne } from './wait';

function bodyOf(file: OpenFile): Eventfd {
  return changetype<Eventfd>(file.body);
}

export function create(count: u32, flags: i32): OpenFile | null {
  const at = arena.alloc(offsetof<Eventfd>());
  if (at == 0) return null;
  list.init(at);
  changetype<Eventfd>(at).count = count;
  changetype<Eventfd>(at).isSemaphore = flags & EFD_SEMAPHORE;
  return files.create(files.EVENTFD, O_RDWR | (flags & O_NONBLOCK), at, 0o600);
}

/** eventfd_poll() */
function poll(file: OpenFile): u32 {
  files.pollWait(file.body);
  const count = bodyOf(file).count;
  let events: u32 = count > 0 ? IN : 0;
  if (count == u64.MAX_VALUE) events |= ERR;
  if (u64.MAX_VALUE - 1 > count) events |= OUT;
  return events;
}

/** eventfd_read() */
function read(file: OpenFile, buffer: usize, size: u32): i32 {
  if (size < 8) return -EINVAL;
  const body = bodyOf(file);
  if (body.count == 0) return mayNotSleep(file.flags) ? -EAGAIN : eventfdWait(file.body);
  const taken = body.isSemaphore ? 1 : body.count;
  body.count -= taken;
  leaveQueue();
  wakeOne(file.body, OUT);
  store<u64>(buffer, taken);
  return 8;
}

/** eventfd_write() */
function write(file: OpenFile, buffer: usize, size: u32): i32 {
  if (size < 8 || (size > 8 && version.number >= version.EVENTFD_WRITE_OF_8)) return -EINVAL;
  const added = load<u64>(buffer);
  if (added == u64.MAX_VALUE) return -EINVAL;
  const body = bodyOf(file);
  if (u64.MAX_VALUE - body.count <= added) return mayNotSleep(file.flags) ? -EAGAIN : eventfdWait(file.body);
  body.count += added;
  leaveQueue();
  wakeOne(file.body, IN);
  return 8;
}

function release(file: OpenFile): void {
  arena.free(file.body, offsetof<Eventfd>());
}

export function setUp(): void {
  files.register(files.EVENTFD, poll, read, write, null, release);
}
