// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * vpoll: file descriptors whose poll, select and epoll events a program decides itself.
 *
 * @packageDocumentation
 */

export * from './both-entries.js';
export { VPoll } from './vpoll.js';
export type { VPollShare } from './share.js';
export { Poller } from './poller/poller.js';
export { realKernel } from './real/kernel.js';
export { vpoll_close, vpoll_create, vpoll_ctl, vpoll_errno } from './capi.js';
