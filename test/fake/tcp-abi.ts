// SPDX-License-Identifier: LGPL-2.1-or-later

// Numbers of the socket calls that the fake TCP socket takes.

export const MSG_OOB = 1;
export const MSG_PEEK = 2;
export const MSG_DONTWAIT = 0x40;
export const MSG_NOSIGNAL = 0x4000;
export const MSG_ERRQUEUE = 0x2000;
export const SOL_SOCKET = 1;
export const IPPROTO_TCP = 6;
export const TX_SCHED = 0x100;
const SIZE = 232;

/** struct tcp_info (linux/tcp.h) as getsockopt(2) gives it: tcpi_notsent_bytes and tcpi_snd_wnd, which are all that a vpoll asks for here. */
export function tcpInfo(notsent: number, window: number): Uint8Array {
  const bytes = new Uint8Array(SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(144, notsent, true);
  view.setUint32(228, Math.min(window, 0xffff), true);
  return bytes;
}
