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
  /** Where a thread watches it: its own descriptor of the file, -1 once that was closed. */
  copy: number | undefined;
}

/** A ready registration and its events. */
export interface Ready {
  readonly registration: Registration;
  readonly events: number;
}
