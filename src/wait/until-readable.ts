// SPDX-License-Identifier: LGPL-2.1-or-later

import { EPOLL_CTL_ADD } from '../../host/abi.js';
import { Waiter } from '../../host/waiter.js';
import { EPOLLIN } from '../constants.js';
import { errnoName, VPollError } from '../errors.js';
import { getWaitHost } from './host.js';

/** Waits until `fd` is readable or has hung up, while the event loop runs: true, or false after the time. Keeps the process alive. */
export async function isReadable(fd: number, timeoutMs: number): Promise<boolean> {
  const host = getWaitHost();
  const epfd = host.epoll.create();
  if (epfd < 0) throw new VPollError(errnoName(-epfd), 'epoll_create1');
  const added = host.epoll.control(epfd, EPOLL_CTL_ADD, fd, EPOLLIN, 0);
  if (added < 0) {
    host.epoll.close(epfd);
    throw new VPollError(errnoName(-added), 'epoll_ctl');
  }
  const { clearTimeout, setTimeout } = process.getBuiltinModule('node:timers');
  let timer: NodeJS.Timeout | undefined;
  const ready = new Promise<boolean>((resolve, reject) => {
    const end = (isIt: boolean, error?: Error): void => {
      waiter.close(() => {
        host.epoll.close(epfd);
        if (error) reject(error);
        else resolve(isIt);
      });
    };
    const waiter = new Waiter(host, epfd, (error) => {
      end(true, error);
    });
    try {
      const status = waiter.start();
      if (status < 0) throw new VPollError(errnoName(-status), 'vpoll_prepare');
    } catch (error) {
      end(false, error as Error);
      return;
    }
    waiter.arm();
    timer = setTimeout(end, timeoutMs, false);
  });
  return ready.finally(() => {
    clearTimeout(timer);
  });
}
