// SPDX-License-Identifier: LGPL-2.1-or-later

// How this runtime waits: found at the first use, like the core's host.

import type { WaitHost } from '../../host/epoll.js';
import { createNodeEpoll } from '../../host/node-epoll.js';
import { createNodeWaiters, type KoffiNode } from '../../host/node-waiter.js';
import { loadKoffi, runtime } from '../core.js';
import { VPollError } from '../errors.js';

let host: WaitHost | undefined;

/** What this thread waits by. Throws ENOSYS where it can't. */
export function getWaitHost(): WaitHost {
  host ??= load();
  return host;
}

function load(): WaitHost {
  const platform = runtime.process?.platform ?? 'a runtime without processes';
  if (platform !== 'linux') throw new VPollError('ENOSYS', 'poller_create', `epoll(7) needs Linux and this is ${platform}`);
  try {
    const koffi = loadKoffi();
    return { epoll: createNodeEpoll(koffi, process.arch), createWaiter: createNodeWaiters(koffi as unknown as KoffiNode) };
  } catch (error) {
    const failed = new VPollError('ENOSYS', 'poller_create', error instanceof Error ? error.message : String(error));
    failed.cause = error;
    throw failed;
  }
}
