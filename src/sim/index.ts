// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * vpoll/sim: programs over a simulated kernel on virtual time, the same each time, in any runtime.
 *
 * @packageDocumentation
 */

export { explore } from './explore.js';
export { mustPass } from './must-pass.js';
export { simulate } from './simulate.js';
export type {
  Exploration,
  ExploreOptions,
  Failure,
  Faults,
  Leftover,
  Ratio,
  SimulateOptions,
  SimulationResult,
  Strategy,
  Task,
  Tasks,
} from './types.js';
export type * from '../kernel/types.js';
export type { BackendName } from '../backends.js';
export type { Order, Policy, VPollOptions } from '../options.js';
export type {
  AbortSignalLike,
  AddArguments,
  PollChanges,
  PollEvent,
  PollerJson,
  PollListener,
  PollOptions,
  PollTarget,
  WaitOptions,
  WatchedJson,
  WatchOptions,
} from '../poller/types.js';
export type { VPollJson } from '../vpoll-base.js';
export type { ErrorCode, ErrorJson } from '../errors.js';
export { VPollError } from '../errors.js';
export { formatEvents, parseEvents } from '../events.js';
export type { EventName, EventNames, Events } from '../events.js';
export * from '../constants.js';
