// SPDX-License-Identifier: LGPL-2.1-or-later

// How this runtime waits: found at the first use, like the core's host.

import program from '../../build/thread.text.js';
import { createEpoll } from '../../host/linux/epoll.js';
import { createFiles } from '../../host/linux/files.js';
import { createWatchThreads } from '../../host/thread/watch-thread.js';
import { createThreadSources } from '../../host/thread/source.js';
import { soon } from '../../host/turn.js';
import type { WaitHost } from '../../host/waiter.js';
import { here, openLibc, unusable } from '../runtime.js';
import { LastExit } from './last-exit.js';

const SYSCALL = 'poller_create';

let host: WaitHost | undefined;

/** What this thread waits by. Throws ENOSYS where it can't, EACCES where the runtime forbids it. */
export function getWaitHost(): WaitHost {
  host ??= load();
  return host;
}

function load(): WaitHost {
  const ffi = openLibc(SYSCALL);
  const { arch } = process;
  const { afterTold, threads } = here;
  try {
    const epoll = createEpoll(ffi, arch);
    const files = createFiles(ffi, arch);
    const createSource = here.openSources(ffi, () => createThreadSources(ffi, program, threads));
    return {
      epoll,
      files,
      createSource,
      createWatchThread: createWatchThreads(ffi, epoll, program, threads, new LastExit(ffi, threads)),
      soon,
      afterTold,
    };
  } catch (error) {
    throw unusable('ENOSYS', (error as Error).message, error, SYSCALL);
  }
}
