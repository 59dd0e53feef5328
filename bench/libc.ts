// SPDX-License-Identifier: LGPL-2.1-or-later

// libc through koffi, with the prototypes that the host uses under Node: what one call costs from a loop in JavaScript.

import { loadKoffi, loadLibc } from '../host/node.js';

export const FIOCLEX = 0x5451;
export const MSG_FLAGS = 0x4040; // MSG_DONTWAIT | MSG_NOSIGNAL
const AF_UNIX = 1;
const SOCK_STREAM_CLOEXEC = 0x80001;
const EFD_CLOEXEC = 0x80000;

const koffi = loadKoffi();
const libc = loadLibc(koffi, process.arch);

export const calls = {
  abs: libc.func('int abs(int)'),
  eventfd: libc.func('int eventfd(unsigned int, int)'),
  read: libc.func('long read(int, uintptr_t, size_t)'),
  write: libc.func('long write(int, uintptr_t, size_t)'),
  ioctl: libc.func('int ioctl(int, unsigned int, unsigned int)'),
  send: libc.func('long send(int, uintptr_t, size_t, int)'),
  recv: libc.func('long recv(int, uintptr_t, size_t, int)'),
  fstat: libc.func('int fstat(int, uintptr_t)'),
  poll: libc.func('int poll(uintptr_t, size_t, int)'),
  close: libc.func('int close(int)'),
};

/** Memory whose address C may keep. It must stay reachable for as long as that. */
export function allocate(bytes: number): { view: DataView; address: number } {
  const data = new Uint8Array(new ArrayBuffer(bytes));
  return { view: new DataView(data.buffer), address: Number(koffi.address(data)) };
}

export function openEventfd(): number {
  const fd = calls.eventfd(0, EFD_CLOEXEC);
  if (fd < 0) throw new Error(`eventfd: errno ${koffi.errno()}`);
  return fd;
}

export function openPair(): [number, number] {
  const { view, address } = allocate(8);
  const status = libc.func('int socketpair(int, int, int, uintptr_t)')(AF_UNIX, SOCK_STREAM_CLOEXEC, 0, address);
  if (status < 0) throw new Error(`socketpair: errno ${koffi.errno()}`);
  return [view.getInt32(0, true), view.getInt32(4, true)];
}
