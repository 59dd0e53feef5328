// SPDX-License-Identifier: LGPL-2.1-or-later

// What a VPoll asks of the core, be that over this kernel or over a simulated one.

import { SYS_NAMES } from '../host/sys.js';
import type { Table } from './entry.js';
import { errnoName, VPollError, type ErrorCode } from './errors.js';

/** Exports of the wasm; assembly/index.ts says what each does. They return >= 0 or -errno unless they say otherwise. */
export interface CoreCalls extends Table {
  create(backend: number, events: number, fdFlags: number, options: number, needs: number): number;
  ctl(fd: number, generation: number, op: number, events: number): number;
  events(fd: number, generation: number): number;
  supports(fd: number, generation: number, mask: number): number;
  close(fd: number, generation: number): number;
  failed(): number;
  reason(backend: number): number;
  next(events: number, op: number, arg: number): number;
  aliased(backend: number, events: number): number;
  nearest(backend: number, shown: number, wanted: number, options: number): number;
  /** 1 or 0 */
  gives(backend: number, needs: number, options: number): number;
}

/** The error for a negative status of the core: the system call that refused, or `syscall` where the core itself did. */
export function failure(
  core: CoreCalls,
  status: number,
  syscall: string,
  detail?: (code: ErrorCode) => string | undefined,
): VPollError {
  const failed = core.failed();
  const code = errnoName(-status);
  return new VPollError(code, failed < 0 ? syscall : SYS_NAMES[failed]!, detail?.(code));
}
