// SPDX-License-Identifier: LGPL-2.1-or-later

// The FUSE server, for a process that has /dev/fuse open: a host reads a request to `request`, calls handle, and writes what it says. A request is answered before the
// next is read, so none is ever pending, and INTERRUPT has nothing to interrupt. A host that serves many users reads all that has come, by take, and has them answered
// in turn, by next. There an interrupted request is answered when its turn comes, like any other.

import * as c from '../constants';
import * as messages from './messages';
import { DESTROY, InHeader } from './protocol';
import { serve } from './server';
import * as turns from './turns';
import * as users from './users';

/**
 * Room for a request, in bytes: more than the least that the kernel accepts (FUSE_MIN_READ_BUFFER, 8192), and than the longest write. What it has no room for the
 * kernel answers itself.
 */
export const REQUEST_ROOM: u32 = 65536;
/** Where a request is read to. */
export const request: usize = memory.data(65536, 8);
/**
 * Where the list of messages is. Each: u32 how often it is to be written, u32 0, and the message, which begins with its length as a u32. What a write
 * fails with doesn't matter: ENOENT says that the asker was killed meanwhile; another error that the mount has ended, which the next read tells.
 */
export const list: usize = messages.first;
/** No time at all: {@link deadline}. */
export const NEVER: i64 = -1;

/** Before the first request: how many vpolls a user may have open. */
export function limit(maxPerUid: u32): void {
  users.limit(maxPerUid);
}

/** Looks at what read(2) gave: 1 for a request; 0 for none; -errno. */
function look(status: i32): i32 {
  messages.clear();
  // A request that was withdrawn while it was read, ENOENT, and signals.
  if (status == -c.ENOENT || status == -c.EINTR || status == -c.EAGAIN) return 0;
  if (status < 0) return status;
  if (status == 0) return -c.ENODEV;
  if (<usize>status < offsetof<InHeader>() || <u32>status > REQUEST_ROOM) return -c.EINVAL;
  return changetype<InHeader>(request).opcode == DESTROY ? -c.ENODEV : 1;
}

/**
 * Takes what read(2) of /dev/fuse gave, bytes or -errno: the bytes of `list` now, all of which is to be written before the next read; 0 is none. -ENODEV: the mount
 * has ended, and the server's work with it. Any other -errno: it can't go on.
 */
export function handle(status: i32): i32 {
  const r = look(status);
  if (r <= 0) return r;
  serve(request, status);
  return messages.size();
}

/** The same, but a request that needs a turn waits for it ({@link next}). */
export function take(status: i32): i32 {
  const r = look(status);
  if (r <= 0) return r;
  turns.add(request, status);
  return messages.size();
}

/** How many requests wait for their turn. */
export function waiting(): u32 {
  return turns.waiting();
}

/** Serves the request whose turn it is, of those that wait: as {@link handle}. */
export function next(): i32 {
  messages.clear();
  if (turns.waiting() > 0) turns.next();
  return messages.size();
}

/** The time has come: as {@link handle}. `_now_ms` is of the clock that the host compares {@link deadline} with. */
export function tick(_now_ms: i64): i32 {
  messages.clear();
  return messages.size();
}

/**
 * When `tick` is to be called if no request comes before, in ms, or NEVER. **It is NEVER today**: nothing that the server does waits for a
 * time, so a host may block in read(2). docs/decisions/006-the-fuse-helper.md says which notify would wait, and why it isn't sent.
 */
export function deadline(): i64 {
  return NEVER;
}
