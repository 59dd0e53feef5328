// SPDX-License-Identifier: LGPL-2.1-or-later

// What TCP_INFO (tcp(7)) says of a socket: the last that was asked about.

import * as abi from './constants';
import { noted } from './call';
import * as sys from './sys';

/** The fields of struct tcp_info (linux/tcp.h) up to tcpi_snd_wnd; Linux 5.4 and later give them all. */
const info: usize = memory.data(<i32>abi.TCP_INFO_SIZE);
const size: usize = memory.data(4);

/** Asks about a TCP socket: how many of its bytes wait to be sent. The others below then tell of the same moment. */
export function notSent(fd: i32): i32 {
  store<u32>(size, <u32>abi.TCP_INFO_SIZE);
  const r = noted(abi.SYS_GETSOCKOPT, sys.getsockopt(fd, abi.IPPROTO_TCP, abi.TCP_INFO, info, size));
  return r < 0 ? r : load<i32>(info, abi.TCPI_NOTSENT_BYTES);
}

/** How many segments the other end has not acknowledged. */
export function unacked(): u32 {
  return load<u32>(info, abi.TCPI_UNACKED);
}

/** How many bytes it has received in all. */
export function received(): u64 {
  return load<u64>(info, abi.TCPI_BYTES_RECEIVED);
}

/** How many bytes it has sent in all, each counted once. */
export function sent(): u64 {
  return load<u64>(info, abi.TCPI_BYTES_SENT) - load<u64>(info, abi.TCPI_BYTES_RETRANS);
}

/** The window that the other end offers, in bytes; 0 where the kernel doesn't tell (before Linux 5.4). */
export function peerWindow(): u32 {
  return load<u32>(size) < <u32>abi.TCP_INFO_SIZE ? 0 : load<u32>(info, abi.TCPI_SND_WND);
}
