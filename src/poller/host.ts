// SPDX-License-Identifier: LGPL-2.1-or-later

// How this runtime waits: found at the first use, like the core's host.

import { createAsides, type AsideFactory, type StartAside } from '../../host/aside.js';
import { ASIDE as BUN_ASIDE } from '../../host/bun-aside.js';
import { OPEN_POLL as BUN_POLL } from '../../host/bun-poll.js';
import { ASIDE as DENO_ASIDE } from '../../host/deno-aside.js';
import { OPEN_POLL as DENO_POLL } from '../../host/deno-poll.js';
import { createEpoll, type Epoll } from '../../host/epoll.js';
import { libcNames, type Ffi } from '../../host/ffi.js';
import { createFiles } from '../../host/files.js';
import { ASIDE as NODE_ASIDE } from '../../host/node-aside.js';
import { createNodeSources } from '../../host/node-source.js';
import type { KoffiUv } from '../../host/node-uv.js';
import { createThreadSources, type StartThread } from '../../host/thread-source.js';
import { afterPromises, soon } from '../../host/turn.js';
import type { SourceFactory, WaitHost } from '../../host/waiter.js';
import { loadKoffi, openLibc, unusable, whereKoffi } from '../runtime.js';

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
    const epoll = createEpoll(ffi, process.arch);
    const [files, createSource, createAside] = [createFiles(ffi, process.arch), openSources(ffi), openAsides(ffi, epoll)];
    return { epoll, files, createSource, createAside, soon, afterTold: isNode() ? afterPromises : soon };
  } catch (error) {
    throw unusable('ENOSYS', (error as Error).message, error, SYSCALL);
  }
}

function isNode(): boolean {
  return !process.versions.bun && !process.versions.deno;
}

/** In Node koffi brings uv_poll. In Bun that panics, and in Deno it loses events, so there a thread waits. */
function openSources(ffi: Ffi): SourceFactory {
  if (isNode()) return createNodeSources(loadKoffi() as unknown as KoffiUv, createEpoll(ffi, process.arch));
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  const start: StartThread = (program, workerData) => new Worker(program, { eval: true, workerData });
  const { bun } = process.versions;
  const { threadFds } = bun ? BUN_ASIDE : DENO_ASIDE;
  return createThreadSources(ffi, start, bun ? BUN_POLL : DENO_POLL, libcNames(process.arch), threadFds);
}

/** Threads that poll what this one must not. They load nothing but what they are told. */
function openAsides(ffi: Ffi, epoll: Epoll): AsideFactory {
  const { bun, deno } = process.versions as { bun?: string; deno?: string };
  const { MessageChannel, Worker } = process.getBuiltinModule('node:worker_threads');
  const start: StartAside = (program, data) => {
    const { port1, port2 } = new MessageChannel();
    const options = { eval: true, execArgv: [], workerData: { ...data, port: port2 }, transferList: [port2] };
    return { thread: new Worker(program, options), port: port1 };
  };
  const data = { names: libcNames(process.arch), koffi: bun || deno ? '' : whereKoffi() };
  return createAsides(ffi, process.arch, epoll, start, bun ? BUN_ASIDE : deno ? DENO_ASIDE : NODE_ASIDE, data);
}
