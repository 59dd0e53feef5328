// SPDX-License-Identifier: LGPL-2.1-or-later

// What TCP_INFO (tcp(7)) says of a socket: the last that was asked about.

import { GETSOCKOPT, noted } from './call';
import { IPPROTO_TCP, TCP_INFO } from './constants';
import * as sys from './sys';

/** The fields of struct tcp_info (linux/tcp.h) up to tcpi_snd_wnd; Linux 5.4 and later give them all. */
const info: usize = memory.data(232);
const INFO_SIZE: u32 = 232;
const UNACKED: usize = 24;
const BYTES_RECEIVED: usize = 128;
const NOTSENT_BYTES: usize = 144;
const BYTES_SENT: usize = 200;
const BYTES_RETRANS: usize = 208;
const SND_WND: usize = 228;
const size: usize = memory.data(4);

/** Asks about a TCP socket: how many of its bytes wait to be sent. The others below then tell of the same moment. */
export function notSent(fd: i32): i32 {
  store<u32>(size, INFO_SIZE);
  const r = noted(GETSOCKOPT, sys.getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, size));
  return r < 0 ? r : load<i32>(info, NOTSENT_BYTES);
}

/** How many segments the other end has not acknowledged. */
export function unacked(): u32 {
  return load<u32>(info, UNACKED);
}

/** How many bytes it has received in all. */
export function received(): u64 {
  return load<u64>(info, BYTES_RECEIVED);
}

/** How many bytes it has sent in all, each counted once. */
export function sent(): u64 {
  return load<u64>(info, BYTES_SENT) - load<u64>(info, BYTES_RETRANS);
}

/** The window that the other end offers, in bytes; 0 where the kernel doesn't tell (before Linux 5.4). */
export function peerWindow(): u32 {
  return load<u32>(size) < INFO_SIZE ? 0 : load<u32>(info, SND_WND);
}
