// SPDX-License-Identifier: LGPL-2.1-or-later

// How this runtime waits: found at the first use, like the core's host.

import { OPEN_POLL as BUN_POLL } from '../../host/bun-poll.js';
import { OPEN_POLL as DENO_POLL } from '../../host/deno-poll.js';
import { createEpoll } from '../../host/epoll.js';
import { libcNames, type Ffi } from '../../host/ffi.js';
import { createNodeSources, type KoffiPoll } from '../../host/node-source.js';
import { createThreadSources, type StartThread } from '../../host/thread-source.js';
import type { SourceFactory, WaitHost } from '../../host/waiter.js';
import { loadKoffi, openLibc, unusable } from '../runtime.js';

const SYSCALL = 'poller_create';

let host: WaitHost | undefined;

/** What this thread waits by. Throws ENOSYS where it can't, EACCES where the runtime forbids it. */
export function getWaitHost(): WaitHost {
  host ??= load();
  return host;
}

function load(): WaitHost {
  const ffi = openLibc(SYSCALL);
  try {
    const { setImmediate } = process.getBuiltinModule('node:timers');
    return { epoll: createEpoll(ffi, process.arch), createSource: openSources(ffi), soon: (run) => void setImmediate(run) };
  } catch (error) {
    throw unusable('ENOSYS', (error as Error).message, error, SYSCALL);
  }
}

/** In Node koffi brings uv_poll. In Bun that panics, and in Deno it loses events, so there a thread waits. */
function openSources(ffi: Ffi): SourceFactory {
  const { bun, deno } = process.versions as { bun?: string; deno?: string };
  if (!bun && !deno) return createNodeSources(loadKoffi() as unknown as KoffiPoll);
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  const start: StartThread = (program, workerData) => new Worker(program, { eval: true, workerData });
  return createThreadSources(ffi, start, bun ? BUN_POLL : DENO_POLL, libcNames(process.arch));
}
