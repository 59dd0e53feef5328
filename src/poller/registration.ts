// SPDX-License-Identifier: LGPL-2.1-or-later
import type { Wanted } from './options.js';
import type { PollTarget } from './types.js';

/** One watched target. */
export interface Registration extends Wanted {
  readonly target: PollTarget;
  readonly fd: number;
  generation: number;
  /** The events watched for, without options. */
  events: number;
  /** False once a oneshot was reported. */
  isArmed: boolean;
  /** -EBADF once it is known that its number was closed, -ENOENT that it stands for another file; 0 before. */
  lost: number;
  /** Where a thread watches it: its own descriptor of the file, -1 once that was closed. */
  copy: number | undefined;
}

/** The one of a target; that of a VPoll is found after that was closed, too. */
export function findTarget(byFd: ReadonlyMap<number, Registration>, target: PollTarget): Registration | undefined {
  const found = byFd.get(typeof target === 'number' ? target : target.fd);
  if (found && (typeof target === 'number' || typeof found.target === 'number' || found.target === target)) return found;
  if (typeof target === 'number') return undefined;
  for (const each of byFd.values()) if (each.target === target) return each;
  return undefined;
}

/** A ready registration and its events. */
export interface Ready {
  readonly registration: Registration;
  readonly events: number;
}
