// SPDX-License-Identifier: LGPL-2.1-or-later

// Why a backend isn't there, kept for the error text and for `doctor`.

import { COUNT } from './backend/order';
import { refuse } from './call';
import { AUTO, ECONNABORTED, EDEADLK, EMFILE, ENFILE, ENOBUFS, ENOMEM, ENOTCONN } from './constants';

/** What a backend's create says when this machine doesn't have it: the next one may. No errno is that large. */
export const UNAVAILABLE: i32 = -4096;

/** For how many backends there is room. */
const BACKENDS_MAX: u32 = 16;
const reasons: usize = memory.data(64); // an i32 a backend

/**
 * Whether an error says nothing about what this machine has: a shortage of the moment, or a call of ours that came back to us. (A
 * program has diverted libc to the C library.) The next backend would only hide it. So it is told, and no other backend is taken.
 */
export function isPassing(status: i32): bool {
  return status == -EMFILE || status == -ENFILE || status == -ENOMEM || status == -ENOBUFS || status == -EDEADLK;
}

/** Whether a call on a file of FUSE says that its server has died. */
export function isUnserved(status: i32): bool {
  return status == -ENOTCONN || status == -ECONNABORTED;
}

export function unavailable(backend: i32, errno: i32): i32 {
  assert(backend > AUTO && backend <= <i32>COUNT);
  refuse(errno);
  store<i32>(reasons + ((<usize>backend) << 2), errno);
  return UNAVAILABLE;
}

/** The errno that `backend` gave when it was last tried; 0 where it was not tried, was there, or isn't one of this core's. */
export function reason(backend: i32): i32 {
  if (<u32>backend >= BACKENDS_MAX) return 0;
  return load<i32>(reasons + ((<usize>backend) << 2));
}

export function available(backend: i32): void {
  assert(backend > AUTO && backend <= <i32>COUNT);
  store<i32>(reasons + ((<usize>backend) << 2), 0);
}

/** Forgets all reasons (simulation). */
export function clear(): void {
  memory.fill(reasons, 0, 64);
}
