// SPDX-License-Identifier: LGPL-2.1-or-later
import { OPTION_BITS, type Wanted } from './options.js';
import { formatEvents } from '../events.js';
import type { PollListener, PollTarget, WatchedJson } from './types.js';

/**
 * One watched target. A class, so that all have one shape: V8 gives each object that is written with a spread (`{ ...wanted, fd }`) a shape of its own. Then a
 * look at a field costs more than the system call that reported it.
 */
export class Registration implements Wanted {
  readonly target: PollTarget;
  readonly fd: number;
  generation: number;
  /** The events watched for, without options. */
  events: number;
  bits: number;
  data: unknown;
  listener: PollListener | undefined;
  /** False once a oneshot was reported. */
  isArmed = true;
  /** -EBADF once it is known that its number was closed, -ENOENT that it stands for another file; 0 before. */
  lost = 0;
  /** Where a thread watches it: its own descriptor of the file, -1 once that was closed. */
  copy: number | undefined = undefined;

  constructor(target: PollTarget, fd: number, generation: number, events: number, { bits, data, listener }: Wanted) {
    this.target = target;
    this.fd = fd;
    this.generation = generation;
    this.events = events;
    this.bits = bits;
    this.data = data;
    this.listener = listener;
  }

  /** It is watched so from now on, and armed again. */
  change(events: number, { bits, data, listener }: Wanted): void {
    this.events = events;
    this.bits = bits;
    this.data = data;
    this.listener = listener;
    this.isArmed = true;
  }
}

/** The one of a target; that of a VPoll is found after that was closed, too. */
export function findTarget(byFd: ReadonlyMap<number, Registration>, target: PollTarget): Registration | undefined {
  const found = byFd.get(typeof target === 'number' ? target : target.fd);
  if (found && (typeof target === 'number' || typeof found.target === 'number' || found.target === target)) return found;
  if (typeof target === 'number') return undefined;
  for (const each of byFd.values()) if (each.target === target) return each;
  return undefined;
}

/** What JSON.stringify writes of one: only the options that it has. Never its data, which may be anything. */
export function toWatchedJson({ fd, events, bits }: Registration): WatchedJson {
  const options = OPTION_BITS.filter(([bit]) => bits & bit).map(([, name]) => [name, true] as const);
  return Object.assign({ fd, events: formatEvents(events) }, Object.fromEntries(options));
}

/** A ready registration and its events. */
export interface Ready {
  readonly registration: Registration;
  readonly events: number;
}
