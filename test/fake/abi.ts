// SPDX-License-Identifier: LGPL-2.1-or-later

// Numbers of the Linux user ABI by the names that the fake kernel and its tests use. They come from tools/abi, as the core's own do.
// test/abi.test.ts compares each of these with the system's headers.

import { STRUCTS } from '../../tools/abi/layout.js';
import { LINUX } from '../../tools/abi/linux.js';

export { ERRNO as E } from '../../host/errno.js';
export {
  EPOLLERR as ERR,
  EPOLLHUP as HUP,
  EPOLLIN as IN,
  EPOLLMSG as MSG,
  EPOLLOUT as OUT,
  EPOLLPRI as PRI,
  EPOLLRDBAND as RDBAND,
  EPOLLRDHUP as RDHUP,
  EPOLLRDNORM as RDNORM,
  EPOLLWRBAND as WRBAND,
  EPOLLWRNORM as WRNORM,
  AF_INET,
  AF_UNIX,
  EFD_VPOLL,
  F_DUPFD_CLOEXEC,
  FD_CLOEXEC,
  F_GETFD,
  F_SETFD,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_NOSIGNAL,
  MSG_OOB,
  MSG_PEEK,
  O_ACCMODE,
  O_CLOEXEC,
  O_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  SO_DOMAIN,
  SO_ERROR,
  SO_RCVBUF,
  SO_RCVLOWAT,
  SO_SNDBUF,
  SO_SNDTIMEO,
  SO_TIMESTAMPING,
  SO_TYPE,
  VPOLL_IOC,
  OP_ADD as ADD,
  OP_DEL as DEL,
  OP_SET as SET,
  POLLNVAL as NVAL,
  SETTABLE,
  // The descriptors' types, stat(2): they are in st_mode. An anonymous inode has none.
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFREG,
  S_IFSOCK,
} from '../../host/abi.js';

/** A number that the core alone has, so that host/abi.ts has it not. */
function ofTable(name: string): number {
  const value = LINUX.map(({ numbers }) => numbers[name]).find((each) => each !== undefined);
  if (value === undefined) throw new Error(`tools/abi has no ${name}`);
  return value;
}

export const EFD_SEMAPHORE = ofTable('EFD_SEMAPHORE');
export const IPPROTO_TCP = ofTable('IPPROTO_TCP');
export const TCP_INFO = ofTable('TCP_INFO');
export const TCP_NOTSENT_LOWAT = ofTable('TCP_NOTSENT_LOWAT');
export const TX_SCHED = ofTable('SOF_TIMESTAMPING_TX_SCHED');

// sk_shutdown (include/net/sock.h): the kernel's own, which no header has.
export const RCV_SHUTDOWN = 1;
export const SEND_SHUTDOWN = 2;
export const SHUTDOWN_MASK = RCV_SHUTDOWN | SEND_SHUTDOWN;

/** struct tcp_info, up to the last field that is used. */
export const TCP_INFO_LAYOUT = STRUCTS.find(({ name }) => name === 'TCP_INFO')!;
