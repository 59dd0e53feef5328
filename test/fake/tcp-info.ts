// SPDX-License-Identifier: LGPL-2.1-or-later

// What getsockopt(TCP_INFO) says of the fake TCP socket.

import { TCP_INFO_LAYOUT } from './abi.js';

/** struct tcp_info (linux/tcp.h): tcpi_notsent_bytes and tcpi_snd_wnd, which are all that a vpoll asks for here. */
export function tcpInfo(notsent: number, window: number): Uint8Array {
  const bytes = new Uint8Array(TCP_INFO_LAYOUT.size);
  const view = new DataView(bytes.buffer);
  view.setUint32(TCP_INFO_LAYOUT.fields.tcpi_notsent_bytes!, notsent, true);
  view.setUint32(TCP_INFO_LAYOUT.fields.tcpi_snd_wnd!, Math.min(window, 0xffff), true);
  return bytes;
}
