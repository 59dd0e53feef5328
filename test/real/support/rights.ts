// SPDX-License-Identifier: LGPL-2.1-or-later

// Descriptors over a unix socket: sendmsg(2) and recvmsg(2) with SCM_RIGHTS (unix(7)). The layouts are those of every 64-bit Linux.

import { openLibc } from '../../../src/runtime.js';

const libc = openLibc();
const cSendmsg = libc.func('sendmsg', 'i32', 'ptr', 'i32');
const cRecvmsg = libc.func('recvmsg', 'i32', 'ptr', 'i32');
const cSocketpair = libc.func('socketpair', 'i32', 'i32', 'i32', 'ptr');

/** SCM_MAX_FD: no more fit into one message. */
export const FDS_MAX = 253;
const AF_UNIX = 1;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const STREAM_CLOEXEC = 0x80001;
const MSG_CMSG_CLOEXEC = 0x40000000;
const MSG_NOSIGNAL = 0x4000;
const MSG_CTRUNC = 8;
const CMSG_HEADER = 16;

/** struct msghdr, struct iovec, one byte of data, and a control buffer: all in one piece of memory that stays where it is. */
const memory = new ArrayBuffer(128 + CMSG_HEADER + FDS_MAX * 4 + 4);
const view = new DataView(memory);
const base = libc.address(memory);
const AT = { iovec: 64, data: 96, control: 128 };

function prepare(controlSize: number): void {
  new Uint8Array(memory).fill(0);
  view.setBigUint64(16, BigInt(base + AT.iovec), true);
  view.setBigUint64(24, 1n, true);
  view.setBigUint64(32, BigInt(base + AT.control), true);
  view.setBigUint64(40, BigInt(controlSize), true);
  view.setBigUint64(AT.iovec, BigInt(base + AT.data), true);
  view.setBigUint64(AT.iovec + 8, 1n, true);
}

/** CMSG_SPACE(3) */
function space(count: number): number {
  return CMSG_HEADER + Math.ceil((count * 4) / 8) * 8;
}

/** A pair of connected stream sockets, close-on-exec. */
export function unixPair(): [number, number] {
  const pair = new Int32Array(2);
  if (cSocketpair(AF_UNIX, STREAM_CLOEXEC, 0, libc.word(libc.address(pair.buffer))) < 0) {
    throw new Error(`socketpair: errno ${libc.errno()}`);
  }
  return [pair[0]!, pair[1]!];
}

/** Sends copies of `fds` over `socket`, with one byte. */
export function sendFds(socket: number, fds: readonly number[]): void {
  prepare(space(fds.length));
  view.setBigUint64(AT.control, BigInt(CMSG_HEADER + fds.length * 4), true);
  view.setInt32(AT.control + 8, SOL_SOCKET, true);
  view.setInt32(AT.control + 12, SCM_RIGHTS, true);
  fds.forEach((fd, i) => {
    view.setInt32(AT.control + CMSG_HEADER + i * 4, fd, true);
  });
  if (cSendmsg(socket, libc.word(base), MSG_NOSIGNAL) !== 1) throw new Error(`sendmsg: errno ${libc.errno()}`);
}

/** Receives `count` descriptors, close-on-exec, under numbers that the kernel chooses. Blocks until they are there. */
export function receiveFds(socket: number, count: number): number[] {
  prepare(space(count));
  if (cRecvmsg(socket, libc.word(base), MSG_CMSG_CLOEXEC) !== 1) throw new Error(`recvmsg: errno ${libc.errno()}`);
  const got = (Number(view.getBigUint64(AT.control, true)) - CMSG_HEADER) / 4;
  const fds = Array.from({ length: got }, (_, i) => view.getInt32(AT.control + CMSG_HEADER + i * 4, true));
  if (got !== count || view.getInt32(48, true) & MSG_CTRUNC) throw new Error(`${got} descriptors of ${count} came`);
  return fds;
}
