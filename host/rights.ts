// SPDX-License-Identifier: LGPL-2.1-or-later

/** One descriptor over a unix socket: SCM_RIGHTS (unix(7)). The layouts are those of every 64-bit Linux. Statuses are >= 0 or -errno. */
import { Arena } from './arena.js';
import type { Ffi } from './ffi.js';

const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_CMSG_CLOEXEC = 0x40000000;
const MSG_NOSIGNAL = 0x4000;
const EINTR = 4;
const EPROTO = 71;
/** struct cmsghdr and one int, CMSG_LEN(3) and CMSG_SPACE(3). */
const [CMSG_LEN, CMSG_SPACE] = [20, 24];

/** struct msghdr with one byte of data and room for one descriptor: its address, and that of the control data. */
function message(arena: Arena): { header: number; control: number } {
  const [header, iovec, data, control] = [arena.take(56), arena.take(16), arena.take(1), arena.take(CMSG_SPACE)];
  arena.point(iovec, data);
  arena.point(iovec + 8, 1);
  arena.point(header + 16, iovec);
  arena.point(header + 24, 1);
  arena.point(header + 32, control);
  arena.point(header + 40, CMSG_SPACE);
  return { header, control };
}

/** Sends `fd` with a byte. */
export function sendDescriptor(ffi: Ffi, socket: number, fd: number): number {
  const arena = new Arena(ffi, 256);
  const { header, control } = message(arena);
  arena.point(control, CMSG_LEN);
  arena.view.setInt32(arena.at(control + 8), SOL_SOCKET, true);
  arena.view.setInt32(arena.at(control + 12), SCM_RIGHTS, true);
  arena.view.setInt32(arena.at(control + 16), fd, true);
  const sent = ffi.func('sendmsg', 'i32', 'ptr', 'i32')(socket, ffi.word(header), MSG_NOSIGNAL);
  return sent < 0 ? -ffi.errno() : 0;
}

/** Receives one: its number here, close-on-exec; -EPROTO where the other end has closed or sent none. */
export function receiveDescriptor(ffi: Ffi, socket: number): number {
  const arena = new Arena(ffi, 256);
  const { header, control } = message(arena);
  const recvmsg = ffi.func('recvmsg', 'i32', 'ptr', 'i32');
  for (;;) {
    const got = recvmsg(socket, ffi.word(header), MSG_CMSG_CLOEXEC);
    if (got > 0) break;
    if (got === 0) return -EPROTO;
    if (ffi.errno() !== EINTR) return -ffi.errno();
  }
  const isOne =
    arena.view.getInt32(arena.at(control), true) === CMSG_LEN && arena.view.getInt32(arena.at(control + 12), true) === SCM_RIGHTS;
  return isOne ? arena.view.getInt32(arena.at(control + 16), true) : -EPROTO;
}
