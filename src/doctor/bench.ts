// SPDX-License-Identifier: LGPL-2.1-or-later

// The bench over this kernel: vpolls of a core, poll(2) and epoll(7) past it.

import { EPOLL_CTL_ADD } from '../../host/abi.js';
import { createEpoll } from '../../host/epoll.js';
import { EFD_CLOEXEC, EPOLLET, VPOLL_EVENTS } from '../constants.js';
import { CLOSEST } from '../backends.js';
import type { Core } from '../core.js';
import { VPollError } from '../errors.js';
import { prepareHelper, whyNoHelper } from '../fuse/helper.js';
import { Poller } from '../poller/poller.js';
import { openLibc } from '../runtime.js';
import type { Bench } from './types.js';

/** How long a waiter waits that is never woken. Much longer than any wake-up, since a busy machine is no sick one. */
const WAIT_MS = 2000;

function checked(status: number, syscall: string): number {
  if (status < 0) throw new VPollError(`E${-status}`, syscall);
  return status;
}

/** Starts the helper of the fuse backend; why there is none, or undefined. */
async function startHelper(): Promise<string | undefined> {
  const why = whyNoHelper();
  if (why !== undefined) return why;
  try {
    await prepareHelper();
    return undefined;
  } catch (error) {
    if (!(error instanceof VPollError)) throw error;
    return error.message;
  }
}

/** Looks at descriptors with this process's libc. Throws where that can't be called. */
export function createBench(core: Core): Bench {
  const ffi = openLibc('vpoll_doctor');
  const epoll = createEpoll(ffi, process.arch);
  const poll = ffi.func('poll', 'ptr', 'len', 'i32');
  const pollfd = new DataView(new ArrayBuffer(8));
  const pollfdAt = ffi.word(ffi.address(pollfd.buffer));
  const withEpoll = <T>(fd: number, events: number, use: (wait: () => number) => T): T => {
    const epfd = checked(epoll.create(), 'epoll_create1');
    try {
      checked(epoll.control(epfd, EPOLL_CTL_ADD, fd, events >>> 0, 0), 'epoll_ctl');
      return use(() => (checked(epoll.wait(epfd, 1, 0), 'epoll_wait') > 0 ? epoll.events(0) : 0));
    } finally {
      epoll.close(epfd);
    }
  };
  // One for all: a thread that it starts is not to be part of what a wake-up costs.
  let poller: Poller | undefined;
  return {
    prepare: (name) => (name === 'fuse' ? startHelper() : Promise.resolve(undefined)),
    create: (backend) => core.create(backend, 0, EFD_CLOEXEC, CLOSEST, 0),
    ctl: (fd, op, events) => core.ctl(fd, 0, op, events),
    close: (fd) => core.close(fd, 0),
    poll(fd) {
      pollfd.setInt32(0, fd, true);
      pollfd.setUint32(4, VPOLL_EVENTS, true);
      checked(poll(pollfdAt, ffi.word(1), 0), 'poll');
      return pollfd.getUint16(6, true);
    },
    level: (fd, interest) => withEpoll(fd, interest, (wait) => wait()),
    edges: (fd, interest, acts) =>
      withEpoll(fd, interest | EPOLLET, (wait) => {
        wait();
        return acts.map((act) => (act(), wait()));
      }),
    async wake(fd, interest, act) {
      poller ??= Poller.create();
      const waiter = poller;
      try {
        waiter.add(fd, interest);
        const waiting = waiter.wait({ timeoutMs: WAIT_MS });
        // Once round the event loop: then the waiter is under way, in this thread's poll or in another thread.
        await new Promise((resolve) => setImmediate(resolve));
        const began = process.hrtime.bigint();
        act();
        const [ready] = await waiting;
        return { events: ready?.events ?? 0, ns: Number(process.hrtime.bigint() - began) };
      } finally {
        waiter.delete(fd);
      }
    },
    end: () => poller?.close(),
  };
}
