// SPDX-License-Identifier: LGPL-2.1-or-later

// The end of processes that were started (spawn.ts), each in a process group of its own.

import { SIGKILL, WNOHANG } from '../abi.js';
import { EINTR } from '../errno.js';
import type { Ffi } from '../ffi.js';
import { systemCall } from './syscall.js';

/** waitpid(2), whatever it ended by: its pid, 0 or -errno. */
export function waitChild(ffi: Ffi, pid: number, options = 0): number {
  let r: number;
  do r = systemCall(ffi, 'wait4', pid, 0, options);
  while (r === -EINTR);
  return r;
}

function killGroup(ffi: Ffi, group: number): void {
  ffi.func('kill', 'i32', 'i32')(-group, SIGKILL);
}

/** Kills a process with all of its group, unless it has ended by itself, and waits for that. */
export function endChild(ffi: Ffi, pid: number): void {
  if (waitChild(ffi, pid, WNOHANG) !== 0) return;
  killGroup(ffi, pid);
  waitChild(ffi, pid);
}

/**
 * Kills a group, and reaps those of it whom this process has, or has adopted. `hasEnded` waits for some time until they have ended: whether they have. What hangs in the
 * kernel is waited for no longer.
 */
export function endGroup(ffi: Ffi, group: number, hasEnded: () => boolean): void {
  killGroup(ffi, group);
  let r = waitChild(ffi, -group, hasEnded() ? 0 : WNOHANG);
  while (r > 0) r = waitChild(ffi, -group, WNOHANG);
}
