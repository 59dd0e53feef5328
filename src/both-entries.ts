// SPDX-License-Identifier: LGPL-2.1-or-later

// What `vpoll` and `vpoll/sim` both export: events, errors, and the types of what a program is given on either kernel.

export type { BackendName } from './backends.js';
export * from './constants.js';
export { VPollError } from './errors.js';
export type { ErrorCode, ErrorJson } from './errors.js';
export { formatEvents, parseEvents } from './events.js';
export type { EventName, EventNames, Events } from './events.js';
export type * from './kernel/types.js';
export type { Order, Policy, VPollOptions } from './options.js';
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
} from './poller/types.js';
export type { VPollJson } from './vpoll-base.js';
