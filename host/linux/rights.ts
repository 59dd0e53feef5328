// SPDX-License-Identifier: LGPL-2.1-or-later

/** One descriptor over a unix socket: SCM_RIGHTS (unix(7)). The layouts are those of every 64-bit Linux. Statuses are >= 0 or -errno. */
import { MSG_CMSG_CLOEXEC, MSG_CTRUNC, MSG_NOSIGNAL, SCM_RIGHTS, SOL_SOCKET } from '../abi.js';
import { Arena } from './arena.js';
import { EINTR, EMFILE, EPROTO } from '../errno.js';
import type { Ffi } from '../ffi.js';
import { CMSGHDR, IOVEC, MSGHDR } from '../structs.js';
import { systemCall } from './syscall.js';

/** struct cmsghdr and one int, CMSG_LEN(3) and CMSG_SPACE(3). */
const [CMSG_LEN, CMSG_SPACE] = [CMSGHDR.size + 4, CMSGHDR.size + 8];

/** struct msghdr with so many bytes of data and room for one descriptor: the addresses of it, of the data and of the control data. */
function message(arena: Arena, size: number): { header: number; data: number; control: number } {
  const [header, iovec, control, data] = [
    arena.take(MSGHDR.size),
    arena.take(IOVEC.size),
    arena.take(CMSG_SPACE),
    arena.take(size),
  ];
  arena.point(iovec + IOVEC.iov_base, data);
  arena.point(iovec + IOVEC.iov_len, size);
  arena.point(header + MSGHDR.msg_iov, iovec);
  arena.point(header + MSGHDR.msg_iovlen, 1);
  arena.point(header + MSGHDR.msg_control, control);
  arena.point(header + MSGHDR.msg_controllen, CMSG_SPACE);
  return { header, data, control };
}

/** Sends `fd` with a byte. */
export function sendDescriptor(ffi: Ffi, socket: number, fd: number): number {
  const arena = new Arena(ffi, 256);
  const { header, control } = message(arena, 1);
  arena.point(control + CMSGHDR.cmsg_len, CMSG_LEN);
  arena.view.setInt32(arena.at(control + CMSGHDR.cmsg_level), SOL_SOCKET, true);
  arena.view.setInt32(arena.at(control + CMSGHDR.cmsg_type), SCM_RIGHTS, true);
  arena.view.setInt32(arena.at(control + CMSGHDR.size), fd, true);
  const sent = ffi.func('sendmsg', 'i32', 'ptr', 'i32')(socket, ffi.word(header), MSG_NOSIGNAL);
  return sent < 0 ? -ffi.errno() : 0;
}

/** What one recvmsg(2) gave: the text is '' at the end, the descriptor (close-on-exec) -1 where none came. */
export interface Received {
  readonly text: string;
  readonly fd: number;
}

/** Receives a text of up to so many bytes, and what descriptor has come with it; -errno, -EMFILE where there was no number for that. */
export function receiveText(ffi: Ffi, socket: number, sizeMax: number): Received | number {
  const arena = new Arena(ffi, 256 + sizeMax);
  const { header, data, control } = message(arena, sizeMax);
  let got: number;
  do got = systemCall(ffi, 'recvmsg', socket, header, MSG_CMSG_CLOEXEC);
  while (got === -EINTR);
  if (got < 0) return got;
  if (arena.view.getInt32(arena.at(header + MSGHDR.msg_flags), true) & MSG_CTRUNC) return -EMFILE;
  const isOne =
    arena.view.getInt32(arena.at(control + CMSGHDR.cmsg_len), true) === CMSG_LEN &&
    arena.view.getInt32(arena.at(control + CMSGHDR.cmsg_type), true) === SCM_RIGHTS;
  const fd = isOne ? arena.view.getInt32(arena.at(control + CMSGHDR.size), true) : -1;
  return { text: new TextDecoder().decode(arena.bytes(data, got)), fd };
}

/** Receives a descriptor that came with a byte: its number here, close-on-exec; -EPROTO where the other end has closed or sent none. */
export function receiveDescriptor(ffi: Ffi, socket: number): number {
  const received = receiveText(ffi, socket, 1);
  if (typeof received === 'number') return received;
  return received.fd < 0 ? -EPROTO : received.fd;
}
