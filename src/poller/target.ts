// SPDX-License-Identifier: LGPL-2.1-or-later
import { VPollError } from '../errors.js';
import { describe, invalid } from '../events.js';
import { groundOf } from '../vpoll-base.js';
import type { PollerGround } from './ground.js';
import type { PollTarget } from './types.js';

/** The descriptor of a target. EINVAL for what is none, EBADF for a negative number or a VPoll that is closed. */
export function toFd(target: unknown, ground: PollerGround, syscall: string): number {
  checkTarget(target, ground, syscall);
  const fd = typeof target === 'number' ? target : target.fd;
  if (fd >= 0) return fd;
  throw new VPollError('EBADF', syscall, typeof target === 'number' ? `fd ${target} is not open` : 'this VPoll is closed');
}

/** EINVAL for what is neither a number that can stand for a descriptor nor a VPoll of this kernel. */
export function checkTarget(target: unknown, { vpolls }: PollerGround, syscall: string): asserts target is PollTarget {
  if (typeof target === 'number' && Number.isInteger(target) && target >= -0x80000000 && target <= 0x7fffffff) return;
  const of = groundOf(target);
  if (of === vpolls) return;
  const what = of ? 'a VPoll of another kernel' : describe(target);
  throw invalid(syscall, `what to watch must be a descriptor number or a VPoll, not ${what}`);
}
