// SPDX-License-Identifier: LGPL-2.1-or-later

// The bench over this kernel: vpolls of a core, poll(2) and epoll(7) past it.

import { EPOLL_CTL_ADD } from '../../host/abi.js';
import { createEpoll } from '../../host/linux/epoll.js';
import { EFD_CLOEXEC, EPOLLET, VPOLL_EVENTS } from '../constants.js';
import { CLOSEST, NEED_PROCESS } from '../backends.js';
import type { Core } from '../core.js';
import { errnoName, VPollError } from '../errors.js';
import { whyDeadly, whyNoStart } from '../fuse/guest.js';
import { helperError, startHelper, whyNoHelper, whyRuntime } from '../fuse/helper.js';
import { Poller } from '../poller/poller.js';
import { openLibc } from '../runtime.js';
import type { Why } from '../why.js';
import type { Bench } from './types.js';
import { cleaned } from './unmeasured.js';

/** How long a waiter waits that is never woken. Much longer than any wake-up, since a busy machine is no sick one. */
const WAIT_MS = 2000;

function checked(status: number, syscall: string): number {
  if (status < 0) throw new VPollError(errnoName(-status), syscall);
  return status;
}

/** Starts the helper of the fuse backend; why there is none, or undefined. */
async function start(): Promise<Why | undefined> {
  // To ask what can be done here is not to ask for a helper at any price.
  const known = whyNoHelper() ?? whyDeadly();
  if (known !== undefined) return known;
  try {
    const why = await startHelper();
    // Where it was tried, the whole error is told.
    return (
      why && { reason: helperError('vpoll_prepare', { reason: why.reason, shortage: why.shortage }).message, remedy: why.remedy }
    );
  } catch (error) {
    if (!(error instanceof VPollError)) throw error;
    return { reason: error.message };
  }
}

/**
 * What is to be known of a helper that is here: why `auto` starts none by itself, which is what a program gets; else why it is not the native one, which begins
 * at once and takes no memory to speak of.
 */
function remark(): Why | undefined {
  const unasked = whyNoStart();
  if (unasked) return { ...unasked, reason: `none is started by itself: ${unasked.reason}` };
  const why = whyRuntime();
  return why && { ...why, reason: `its helper is this runtime once more, as the native one can't be had: ${why.reason}` };
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
    prepare: (name) => (NEED_PROCESS.includes(name) ? start() : Promise.resolve(undefined)),
    remark: (name) => (NEED_PROCESS.includes(name) ? remark() : undefined),
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
      waiter.add(fd, interest);
      const watched = async (): Promise<{ events: number; ns: number }> => {
        const waiting = waiter.wait({ timeoutMs: WAIT_MS });
        // Once round the event loop: then the waiter is under way, in this thread's poll or in another thread.
        await new Promise((resolve) => setImmediate(resolve));
        const began = process.hrtime.bigint();
        act();
        const [ready] = await waiting;
        return { events: ready?.events ?? 0, ns: Number(process.hrtime.bigint() - began) };
      };
      return cleaned(watched, () => {
        waiter.delete(fd);
      });
    },
    end: () => poller?.close(),
  };
}
