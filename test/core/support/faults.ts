// SPDX-License-Identifier: LGPL-2.1-or-later

// Runs an action once for each call that it makes and each errno that the call may give, and looks at what is left.

import * as assert from 'uvu/assert';
import { SYS_NAMES, type SysName } from '../../../host/sys.js';
import { E } from '../../fake/abi.js';
import type { World } from '../../fake-host.js';

type Errno = keyof typeof E;

/**
 * What section 2 of the manual names for each call. Left out is EAGAIN of recv(2), which is no failure but says that the queue is empty.
 * So is EBADF of calls on a number that was just compared, since EBADF says that the number is closed.
 */
const ERRNOS: Record<SysName, readonly Errno[]> = {
  eventfd: ['EINVAL', 'EMFILE', 'ENFILE', 'ENODEV', 'ENOMEM', 'ENOSYS', 'EPERM'],
  open: [
    'EACCES',
    'EBUSY',
    'EINTR',
    'ELOOP',
    'EMFILE',
    'ENFILE',
    'ENODEV',
    'ENOENT',
    'ENOMEM',
    'ENOTDIR',
    'ENXIO',
    'EOVERFLOW',
    'EPERM',
  ],
  ioctl: ['EBADF', 'EFAULT', 'EINTR', 'EINVAL', 'ENOTTY'],
  socketpair: ['EAFNOSUPPORT', 'EFAULT', 'EMFILE', 'ENFILE', 'EOPNOTSUPP', 'EPROTONOSUPPORT'],
  read: ['EAGAIN', 'EBADF', 'EFAULT', 'EINTR', 'EINVAL', 'EIO', 'EISDIR'],
  write: ['EAGAIN', 'EBADF', 'EDQUOT', 'EFAULT', 'EFBIG', 'EINTR', 'EINVAL', 'EIO', 'ENOSPC', 'EPERM', 'EPIPE'],
  send: [
    'EACCES',
    'EAGAIN',
    'ECONNRESET',
    'EFAULT',
    'EINTR',
    'EINVAL',
    'EISCONN',
    'EMSGSIZE',
    'ENOBUFS',
    'ENOMEM',
    'ENOTCONN',
    'ENOTSOCK',
    'EOPNOTSUPP',
    'EPIPE',
  ],
  recv: ['ECONNREFUSED', 'EFAULT', 'EINTR', 'EINVAL', 'ENOMEM', 'ENOTCONN', 'ENOTSOCK'],
  shutdown: ['EINVAL', 'ENOTCONN', 'ENOTSOCK'],
  fcntl: ['EACCES', 'EAGAIN', 'EBADF', 'EINTR', 'EINVAL', 'EMFILE', 'EPERM'],
  setsockopt: ['EFAULT', 'EINVAL', 'ENOPROTOOPT', 'ENOTSOCK'],
  getsockopt: ['EBADF', 'EFAULT', 'EINVAL', 'ENOPROTOOPT', 'ENOTSOCK'],
  fstat: ['EBADF', 'EFAULT', 'ENOMEM', 'EOVERFLOW'],
  poll: ['EFAULT', 'EINTR', 'EINVAL', 'ENOMEM'],
  close: ['EDQUOT', 'EINTR', 'EIO', 'ENOSPC'],
  socket: ['EACCES', 'EAFNOSUPPORT', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'],
  bind: ['EACCES', 'EADDRINUSE', 'EADDRNOTAVAIL', 'EINVAL', 'ENOMEM'],
  listen: ['EADDRINUSE', 'EINVAL', 'EOPNOTSUPP'],
  accept4: ['EAGAIN', 'ECONNABORTED', 'EINTR', 'EINVAL', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EPERM'],
  connect: [
    'EACCES',
    'EADDRNOTAVAIL',
    'EAGAIN',
    'EALREADY',
    'ECONNREFUSED',
    'EINTR',
    'EISCONN',
    'ENETUNREACH',
    'EPERM',
    'ETIMEDOUT',
  ],
  getsockname: ['EFAULT', 'EINVAL', 'ENOBUFS'],
  getpeername: ['EFAULT', 'EINVAL', 'ENOBUFS', 'ENOTCONN'],
  dup3: ['EBUSY', 'EINTR', 'EMFILE'],
  openat: ['EACCES', 'EBADF', 'EINTR', 'EMFILE', 'ENFILE', 'ENOENT', 'ENOMEM', 'ENOTDIR'],
};

const ALL_WAYS = 2;

/** signal(7): these are to be tried again after EINTR; close(2) must not be. */
const RESTARTED: readonly SysName[] = ['open', 'ioctl', 'read', 'write', 'send', 'recv', 'poll', 'accept4', 'dup3', 'openat'];

export interface Stage {
  readonly world: World;
  /** The request under test. */
  readonly run: () => number;
  /** After what the action returns where nothing fails. */
  readonly check: (status: number) => void;
  /** After an error other than ENOTRECOVERABLE. */
  readonly unchanged: (status: number, place: Place) => void;
  /** At the end of a run that found nothing wrong. */
  readonly finish?: () => void;
}

/** One fault in one run. */
export interface Place {
  readonly name: SysName;
  /** Which call of that name, from 1. */
  readonly nth: number;
  /** The first argument of the call, for most of them a descriptor. */
  readonly fd: number;
  readonly errno: Errno;
  readonly always: boolean;
}

/** `clean` is what the action returns where nothing fails. */
function checkStatus(place: Place, status: number, clean: number, stage: Stage): void {
  const { name, errno, always } = place;
  if (errno === 'EINTR' && RESTARTED.includes(name)) assert.is(status, clean, 'EINTR was not restarted');
  // A single failure can always be put right.
  if (!always) assert.is.not(status, -E.ENOTRECOVERABLE, 'not undone');
  if (status === clean) {
    stage.check(status);
    return;
  }
  if (status === -E[errno] && status !== -E.EBADF && status !== -E.EOPNOTSUPP) {
    assert.is(SYS_NAMES[stage.world.core.failed()], name, 'failed()');
  }
  if (status !== -E.ENOTRECOVERABLE) stage.unchanged(status, place);
}

/**
 * A call that fills a queue is repeated many times. The first ones fail in each way, and each later one in the next way.
 */
function errnosOf(name: SysName, nth: number): readonly Errno[] {
  const all = ERRNOS[name];
  return nth <= ALL_WAYS ? all : [all[nth % all.length]!];
}

/** Runs `prepare` and its action with each fault in turn: how many runs. `isKnown` leaves out what promises.test.ts has. */
export function eachFault(title: string, prepare: () => Stage, isKnown: (place: Place) => boolean = () => false): number {
  const first = prepare();
  first.world.forget();
  const clean = first.run();
  const calls = first.world.host.log.slice();
  first.check(clean);
  first.finish?.();
  let runs = 0;
  for (const [index, { name, args }] of calls.entries()) {
    const nth = calls.slice(0, index + 1).filter((call) => call.name === name).length;
    for (const errno of errnosOf(name, nth)) {
      // A signal at each attempt would never end.
      for (const always of errno === 'EINTR' ? [false] : [false, true]) {
        const place = {
          name,
          nth,
          fd: args[0]!,
          errno,
          always,
        };
        if (isKnown(place)) continue;
        runOne(title, prepare(), place, clean);
        runs++;
      }
    }
  }
  return runs;
}

function runOne(title: string, stage: Stage, place: Place, clean: number): void {
  const { host } = stage.world;
  stage.world.forget();
  host.fail({ name: place.name, nth: place.nth, errno: E[place.errno], always: place.always });
  try {
    const status = stage.run();
    host.heal();
    checkStatus(place, status, clean, stage);
    stage.finish?.();
  } catch (error) {
    const where = `${title}: ${place.name} (no. ${place.nth}${place.always ? ' and after' : ''}) gave ${place.errno}`;
    throw new Error(`${where}: ${error instanceof Error ? error.message : String(error)}\n  calls: ${host.names()}`, {
      cause: error,
    });
  }
}
