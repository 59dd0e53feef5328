// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * vpoll: file descriptors whose poll, select and epoll events a program decides itself.
 *
 * @packageDocumentation
 */

export { VPoll } from './vpoll.js';
export type { Order, Policy, VPollOptions } from './options.js';
export type { VPollJson } from './vpoll-base.js';
export type { VPollShare } from './share.js';
export type { BackendName } from './backends.js';
export { Poller } from './poller/poller.js';
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
export { realKernel } from './real/kernel.js';
export type * from './kernel/types.js';
export { VPollError } from './errors.js';
export type { ErrorCode, ErrorJson } from './errors.js';
export { formatEvents, parseEvents } from './events.js';
export type { EventName, EventNames, Events } from './events.js';
export { vpoll_close, vpoll_create, vpoll_ctl, vpoll_errno } from './capi.js';
export * from './constants.js';
