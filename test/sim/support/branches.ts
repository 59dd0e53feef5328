// SPDX-License-Identifier: LGPL-2.1-or-later

// What has to come up when the kernels are compared, and what can't: a branch that goes missing, and one that is new, is as much a fault as a
// difference. A branch is a call, on a kind of file, and how it ended.

import { HAS_DEVICE, HAS_EFD_VPOLL } from '../../../src/sim/numbers.js';
import type { Kernel } from './program.js';

/**
 * How each call on each kind of file ends, `sleeps(...)` with what comes of that, whatever the kernel. What may be missing from a short run,
 * since it comes up less than 600 times in a million steps, has a question mark. `refused`: the simulated kernel doesn't do it, and says so.
 */
const BRANCHES: Readonly<Record<string, string>> = {
  'ACCEPT4 none': 'EBADF?',
  'ACCEPT4 other': 'EINVAL? EMFILE? ENOTSOCK?',
  'ACCEPT4 socket': 'EINVAL EMFILE?',
  'BIND none': 'EBADF?',
  'BIND other': 'ENOTSOCK',
  'BIND socket': 'EINVAL refused',
  'CLOSE any': 'ok EBADF',
  'CONNECT none': 'EBADF?',
  'CONNECT other': 'EINVAL? ENOTSOCK',
  'CONNECT socket': 'EINVAL refused',
  'DUP any': 'ok EBADF? EMFILE?',
  'DUP3 any': 'ok EBADF? EINVAL?',
  'EPOLL any': 'ok EINVAL EMFILE',
  'EPOLL_CTL epoll': 'ok EBADF EEXIST EINVAL ELOOP? ENOENT',
  'EPOLL_CTL none': 'EBADF',
  'EPOLL_CTL other': 'EBADF? EINVAL',
  'EPOLL_WAIT epoll': 'ok EINVAL sleeps(ok,EINTR)',
  'EPOLL_WAIT other': 'EINVAL',
  'EVENTFD any': 'ok EINVAL EMFILE',
  'FCNTL any': 'ok EBADF? EINVAL EMFILE? refused',
  'GETPEERNAME none': 'EBADF?',
  'GETPEERNAME other': 'ENOTSOCK',
  'GETPEERNAME socket': 'ok EINVAL?',
  'GETSOCKNAME none': 'EBADF?',
  'GETSOCKNAME other': 'ENOTSOCK',
  'GETSOCKNAME socket': 'ok EINVAL?',
  'GETSOCKOPT none': 'EBADF?',
  'GETSOCKOPT other': 'ENOTSOCK',
  'GETSOCKOPT socket': 'ok ENOPROTOOPT? EOPNOTSUPP? refused?',
  'IOCTL eventfd': 'ok ENOTTY refused',
  'IOCTL none': 'EBADF',
  'IOCTL reader': 'ok ENOTTY refused',
  'IOCTL socket': 'ok ENOTTY refused',
  'IOCTL timerfd': 'ok ENOTTY refused',
  'IOCTL writer': 'ok ENOTTY refused',
  'LISTEN none': 'EBADF?',
  'LISTEN other': 'ENOTSOCK',
  'LISTEN socket': 'EINVAL',
  'PIPE any': 'ok EINVAL EMFILE refused',
  'POLL any': 'ok EINVAL? sleeps(ok,EINTR)',
  'READ epoll': 'EINVAL',
  'READ eventfd': 'ok EAGAIN EINVAL sleeps(ok?,EINTR)',
  'READ none': 'EBADF',
  'READ reader': 'ok EAGAIN sleeps(ok,EINTR)',
  'READ socket': 'ok EAGAIN ECONNRESET? sleeps(ok,ECONNRESET?,EINTR)',
  'READ timerfd': 'ok? EAGAIN EINVAL sleeps(ok?,EINTR)',
  'READ writer': 'EBADF?',
  'RECV none': 'EBADF',
  'RECV other': 'ENOTSOCK',
  'RECV socket': 'ok EAGAIN ECONNRESET? refused sleeps(ok,ECONNRESET?,EINTR)',
  'SELECT any': 'ok EBADF EINVAL refused? sleeps(ok,EINTR)',
  'SEND none': 'EBADF',
  'SEND other': 'ENOTSOCK',
  'SEND socket': 'ok EAGAIN? EPIPE refused sleeps?(ok?,ECONNRESET?,EINTR?,EPIPE?)',
  'SETSOCKOPT none': 'EBADF',
  'SETSOCKOPT other': 'ENOTSOCK',
  'SETSOCKOPT socket': 'ok ENOPROTOOPT EOPNOTSUPP? refused?',
  'SHUTDOWN none': 'EBADF',
  'SHUTDOWN other': 'ENOTSOCK',
  'SHUTDOWN socket': 'ok EINVAL?',
  'SOCKET any': 'EAFNOSUPPORT EINVAL refused',
  'SOCKETPAIR any': 'ok EAFNOSUPPORT EINVAL EMFILE EPROTONOSUPPORT ESOCKTNOSUPPORT refused',
  'TIMERFD any': 'ok EINVAL EMFILE refused',
  'TIMERFD_GETTIME none': 'EBADF?',
  'TIMERFD_GETTIME other': 'EINVAL',
  'TIMERFD_GETTIME timerfd': 'ok',
  'TIMERFD_SETTIME none': 'EBADF? EINVAL?',
  'TIMERFD_SETTIME other': 'EINVAL',
  'TIMERFD_SETTIME timerfd': 'ok EINVAL',
  'UNSHARE any': 'ok',
  'WRITE epoll': 'EINVAL',
  'WRITE eventfd': 'ok EAGAIN? EINVAL sleeps(ok?,EINTR?)',
  'WRITE none': 'EBADF',
  'WRITE reader': 'EBADF?',
  'WRITE socket': 'ok EAGAIN? EPIPE sleeps?(ok?,ECONNRESET?,EINTR?,EPIPE?)',
  'WRITE timerfd': 'EINVAL',
  'WRITE writer': 'ok EAGAIN EPIPE sleeps(ok,EAGAIN?,EINTR,EPIPE)',
};

/** What depends on the release (assembly/sim/version.ts), and on what the kernel has. */
function dependent({ version, features }: Kernel): Record<string, string> {
  return {
    'EPOLL_WAIT none': version < 615 ? 'EBADF EINVAL' : 'EBADF',
    'IOCTL epoll': version < 609 ? 'ok ENOTTY refused' : 'ok EINVAL refused',
    'OPEN_VPOLL any': features & HAS_DEVICE ? 'ok EMFILE refused' : 'ENOENT EMFILE refused',
    ...(features & (HAS_EFD_VPOLL | HAS_DEVICE)
      ? { 'IOCTL vpoll': 'ok EBADF? EINVAL ENOTTY refused', 'READ vpoll': 'ok EBADF? EINVAL', 'WRITE vpoll': 'ok EBADF? EINVAL' }
      : {}),
  };
}

/** What a call, or each (`*`), can't be made to give here, and the function of the kernel that is why. */
const EXCLUDED: readonly (readonly [call: string, end: string, why: string])[] = [
  ['*', 'EFAULT', 'copy_from_user(), copy_to_user(): what a task points to is its own memory'],
  ['*', 'ENOMEM', '__alloc_pages_slowpath(): it tries until so little is there'],
  ['*', 'ENFILE', 'alloc_empty_file(): CAP_SYS_ADMIN, which SCHED_FIFO comes with here, is above files-max'],
  ['CLOSE', 'EINTR', 'filp_flush(): none of these files has a flush'],
  ['EPOLL_CTL', 'EPERM', 'file_can_poll(): each of these files has a poll'],
  ['EPOLL_CTL', 'ENOSPC', 'ep_insert(): max_user_watches is a million or so'],
  ['DUP3', 'EBUSY', 'do_dup2(): nobody is in the middle of open(2), since one task runs at a time'],
  ['DUP3', 'EMFILE', 'ksys_dup3(): a number above RLIMIT_NOFILE is EBADF, and the others need no search'],
  ['READ', 'ECANCELED', 'timerfd_canceled(): nobody sets the clock'],
  ['SEND', 'ECONNRESET', 'unix_stream_sendmsg(): SEND_SHUTDOWN, which is EPIPE, is asked for before sk_err'],
  ['WRITE', 'ECONNRESET', 'unix_stream_sendmsg(): likewise'],
  ['SEND', 'EOPNOTSUPP', 'unix_stream_sendmsg(): no address is given'],
  ['SETSOCKOPT', 'EINVAL', 'sk_setsockopt(): an option has its four bytes'],
  ['GETPEERNAME', 'ENOTCONN', 'unix_getname(): one of a pair knows its peer for good'],
  ['SOCKET', 'ok', 'unix_create(): a socket alone is not simulated'],
  ['CONNECT', 'ok', 'unix_stream_connect(): there is no name to connect to'],
  ['BIND', 'ok', 'unix_bind(): names are not simulated'],
  ['ACCEPT4', 'ok', 'unix_accept(): nobody listens'],
  ['UNSHARE', 'EINVAL', 'check_unshare_flags(): CLONE_FILES alone'],
];

/** How often each branch has to come up in a long run; what comes of sleep takes two steps that fit, so that it is seldom. */
const LEAST = 100;
const LEAST_AFTER_SLEEP = 10;

/** `ok EIO? sleeps(ok,EINTR)` as a list: ok, EIO?, sleeps, sleeps:ok, sleeps:EINTR. */
function endsOf(text: string): string[] {
  return text.split(' ').flatMap((end) => {
    const [, sleeps, after] = /^(sleeps\??)\((.*)\)$/.exec(end) ?? [];
    return sleeps && after ? [sleeps, ...after.split(',').map((each) => `sleeps:${each}`)] : [end];
  });
}

/** The branches that a comparison with this kernel is to have, and how often: in a run that is `isLong` (a million steps) or not. */
export function declared(kernel: Kernel, isLong: boolean): Map<string, number> {
  const rows = Object.entries({ ...BRANCHES, ...dependent(kernel) });
  const least = (end: string): number => (end.startsWith('sleeps:') ? LEAST_AFTER_SLEEP : LEAST);
  return new Map(
    rows.flatMap(([row, ends]) =>
      endsOf(ends).map((end) => [`${row} ${end.replace('?', '')}`, isLong ? least(end) : end.endsWith('?') ? 0 : 1] as const),
    ),
  );
}

function isExcluded(branch: string): boolean {
  const [call, , end] = branch.split(' ');
  return EXCLUDED.some(([of, what]) => (of === '*' || of === call) && what === end);
}

/** What is wrong with how often each branch came up: a line each. */
export function faultsOf(counts: ReadonlyMap<string, number>, kernel: Kernel, isLong: boolean): string[] {
  const wanted = declared(kernel, isLong);
  const strange = [...counts.keys()].filter((branch) => !wanted.has(branch));
  const rare = [...wanted].filter(([branch, least]) => (counts.get(branch) ?? 0) < least);
  return [
    ...[...wanted.keys()].filter(isExcluded).map((branch) => `${branch}: declared, and yet excluded`),
    ...strange.map((branch) => `${branch}: ${isExcluded(branch) ? 'excluded' : 'not declared'}, and yet came up`),
    ...rare.map(([branch, least]) => `${branch}: came up ${counts.get(branch) ?? 0} times, not ${least}`),
  ];
}

/** What can't come up, a line each. */
export function exclusions(): string[] {
  return EXCLUDED.map(([call, end, why]) => `${call} ${end}: never, ${why}`);
}
