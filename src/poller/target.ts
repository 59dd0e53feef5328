// SPDX-License-Identifier: LGPL-2.1-or-later
import { VPollError } from '../errors.js';
import { describe, invalid } from '../events.js';
import { VPoll } from '../vpoll.js';

/** The descriptor of a target. EINVAL for what is none, EBADF for a negative number or a VPoll that is closed. */
export function toFd(target: unknown, syscall: string): number {
  if (target instanceof VPoll) {
    if (target.fd < 0) throw new VPollError('EBADF', syscall, 'this VPoll is closed');
    return target.fd;
  }
  checkTarget(target, syscall);
  if (target < 0) throw new VPollError('EBADF', syscall, `fd ${target} is not open`);
  return target;
}

/** EINVAL for what is neither a number that can stand for a descriptor nor a VPoll. */
export function checkTarget(target: unknown, syscall: string): asserts target is number {
  if (target instanceof VPoll) return;
  if (typeof target === 'number' && Number.isInteger(target) && target >= -0x80000000 && target <= 0x7fffffff) return;
  throw invalid(syscall, `what to watch must be a descriptor number or a VPoll, not ${describe(target)}`);
}
