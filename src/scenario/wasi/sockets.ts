// SPDX-License-Identifier: LGPL-2.1-or-later

// The sock_* calls of preview 1 on descriptors of the simulated kernel, by those of Linux.

import { MSG_NOSIGNAL, MSG_PEEK, MSG_WAITALL, O_NONBLOCK, SHUT_RD, SHUT_RDWR, SHUT_WR } from '../../../host/abi.js';
import { N } from '../../sim/numbers.js';
import type { Calls } from './command.js';
import { toWasi, WASI } from './errno.js';
import { FDFLAGS_NONBLOCK } from './fdstat.js';

const RECV_PEEK = 1;
const RECV_WAITALL = 2;
/** sdflags: rd 1, wr 2. */
const HOWS: readonly (number | undefined)[] = [undefined, SHUT_RD, SHUT_WR, SHUT_RDWR];

/** The flags of recv(2) for riflags; undefined for what are none. */
function toRecvFlags(riflags: number): number | undefined {
  if (riflags & ~(RECV_PEEK | RECV_WAITALL)) return undefined;
  return (riflags & RECV_PEEK ? MSG_PEEK : 0) | (riflags & RECV_WAITALL ? MSG_WAITALL : 0);
}

/** Those of send(2) for siflags, of which there are none. */
function toSendFlags(siflags: number): number | undefined {
  return siflags === 0 ? MSG_NOSIGNAL : undefined;
}

/** How shutdown(2) is to end it. */
function toHow(sdflags: number): number | undefined {
  return HOWS[sdflags];
}

/** The flags of accept4(2) for fdflags. */
function toAcceptFlags(fdflags: number): number | undefined {
  if (fdflags & ~FDFLAGS_NONBLOCK) return undefined;
  return fdflags & FDFLAGS_NONBLOCK ? O_NONBLOCK : 0;
}

/** What they need of a guest. Those of its results that are its own are errors of preview 1. */
interface Transfers {
  /** recv(2) into pieces. */
  readonly receive: (fd: number, at: number, count: number, gotAt: number, flags: number) => number;
  /** send(2) of pieces. */
  readonly send: (fd: number, at: number, count: number, sentAt: number, flags: number) => number;
  /** A call, whose result is Linux's. */
  readonly call: (number: number, fd: number, argument: number) => number;
  /** Its memory. */
  readonly view: () => DataView;
}

/** The calls, whose descriptors are the simulated kernel's. */
export function socketCalls({ receive, send, call, view }: Transfers): Calls {
  const plain =
    (number: number, toArgument: (flags: number) => number | undefined) =>
    (fd: number, flags: number): number => {
      const argument = toArgument(flags);
      if (argument === undefined) return WASI.EINVAL;
      const r = call(number, fd, argument);
      return r < 0 ? toWasi(r) : 0;
    };
  return {
    sock_recv: (fd: number, at: number, count: number, riflags: number, gotAt: number, roflagsAt: number) => {
      const flags = toRecvFlags(riflags);
      if (flags === undefined) return WASI.EINVAL;
      const error = receive(fd, at, count, gotAt, flags);
      // A stream truncates nothing.
      if (error === 0) view().setUint16(roflagsAt, 0, true);
      return error;
    },
    sock_send: (fd: number, at: number, count: number, siflags: number, sentAt: number) => {
      const flags = toSendFlags(siflags);
      return flags === undefined ? WASI.EINVAL : send(fd, at, count, sentAt, flags);
    },
    sock_shutdown: plain(N.SHUTDOWN, toHow),
    // What accept4(2) says to one of a pair, which never listens.
    sock_accept: plain(N.ACCEPT4, toAcceptFlags),
  };
}
