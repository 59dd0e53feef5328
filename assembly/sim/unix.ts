// SPDX-License-Identifier: LGPL-2.1-or-later

// A connected pair of unix stream sockets (net/unix/af_unix.c, net/core/sock.c): all but how data goes, which is unixdata.ts.

import {
  AF_UNIX,
  ECONNRESET,
  EINVAL,
  EOPNOTSUPP,
  ERR,
  HUP,
  IN,
  OUT,
  RDHUP,
  RDNORM,
  SO_DOMAIN,
  SO_ERROR,
  SO_RCVLOWAT,
  SO_SNDBUF,
  SO_TYPE,
  SOCK_STREAM,
  SOL_SOCKET,
  WRBAND,
  WRNORM,
} from '../constants';
import { ENOPROTOOPT, O_NONBLOCK, O_RDWR, S_IFSOCK } from '../abi';
import * as arena from './arena';
import * as files from './file';
import * as list from './list';
import { Message, OpenFile, Socket } from './structs';
import { wakeAll, wakeOne } from './wait';

const SOCK_MIN_SNDBUF: u32 = 4608;
/** net.core.wmem_max and wmem_default. */
const WMEM: u32 = 212992;

export const RCV_SHUTDOWN: i32 = 1;
export const SEND_SHUTDOWN: i32 = 2;
const SHUTDOWN_MASK: i32 = 3;
/** Where sk_receive_queue is, from the socket's start. */
export const MESSAGES: usize = offsetof<Socket>('messagesNext');
const WRITABLE: u32 = OUT | WRNORM | WRBAND;
const READABLE: u32 = IN | RDNORM;

export function bodyOf(file: OpenFile): Socket {
  return changetype<Socket>(file.body);
}

/** A socket, or 0. */
export function create(): usize {
  const at = arena.alloc(offsetof<Socket>());
  if (at == 0) return 0;
  list.init(at);
  list.init(at + MESSAGES);
  changetype<Socket>(at).sndbuf = WMEM;
  changetype<Socket>(at).rcvlowat = 1;
  return at;
}

export function connect(first: usize, second: usize): void {
  changetype<Socket>(first).peer = second;
  changetype<Socket>(second).peer = first;
}

export function open(at: usize, flags: i32): OpenFile | null {
  const file = files.create(files.SOCKET, O_RDWR | (flags & O_NONBLOCK), at, S_IFSOCK | 0o777);
  if (file === null) return null;
  file.ino = files.nextIno();
  changetype<Socket>(at).file = changetype<usize>(file);
  return file;
}

/** unix_writable(): the count of memory begins at 1 (sk_alloc()); `left`: what sock_wfree() has not yet taken off. */
function isWritable(socket: Socket, left: i32): bool {
  return (socket.wmem + 1 + left) * 4 <= socket.sndbuf;
}

/** unix_poll() */
export function poll(file: OpenFile): u32 {
  files.pollWait(file.body);
  const socket = bodyOf(file);
  let events: u32 = socket.error ? ERR : 0;
  if (socket.shutdown == SHUTDOWN_MASK) events |= HUP;
  if (socket.shutdown & RCV_SHUTDOWN) events |= RDHUP | READABLE;
  if (!list.isEmpty(file.body + MESSAGES)) events |= READABLE;
  if (isWritable(socket, 0)) events |= WRITABLE;
  return events;
}

/** sock_error(): tells it, negative, and takes it away. */
export function takeError(socket: Socket): i32 {
  const error = socket.error;
  socket.error = 0;
  return -error;
}

/** sock_wfree(): the memory of a message belongs to its sender, who may write again. */
export function freeMessage(message: Message): void {
  const sender = message.sender;
  const at = changetype<usize>(sender);
  list.remove(changetype<usize>(message));
  sender.wmem -= message.cost;
  files.touchAt(sender.file);
  // unix_write_space()
  if (!sender.isDead && isWritable(sender, 1)) wakeOne(at, WRITABLE);
  arena.free(message.data, message.size);
  arena.free(changetype<usize>(message), offsetof<Message>());
  sender.flying--;
  if (sender.isDead && sender.flying == 0) arena.free(at, offsetof<Socket>());
}

/** unix_shutdown(): wakes without a key, whether or not it changes anything. */
export function shutdown(file: OpenFile, how: i32): i32 {
  if (how < 0 || how > 2) return -EINVAL;
  const socket = bodyOf(file);
  const mode = how + 1;
  socket.shutdown |= mode;
  wakeAll(file.body);
  if (socket.peer == 0) return 0;
  const peer = changetype<Socket>(socket.peer);
  files.touchAt(peer.file);
  if (mode & RCV_SHUTDOWN) peer.shutdown |= SEND_SHUTDOWN;
  if (mode & SEND_SHUTDOWN) peer.shutdown |= RCV_SHUTDOWN;
  wakeAll(socket.peer);
  return 0;
}

/** sk_setsockopt(). SO_SNDBUF is doubled, between the least and the most that the kernel has; then sk_write_space(). */
export function setOption(file: OpenFile, level: i32, name: i32, value: u32): i32 {
  if (level != SOL_SOCKET) return -EOPNOTSUPP;
  const socket = bodyOf(file);
  if (name == SO_RCVLOWAT) {
    socket.rcvlowat = <i32>value < 0 ? i32.MAX_VALUE : max(value, 1);
    return 0;
  }
  if (name != SO_SNDBUF) return -ENOPROTOOPT;
  socket.sndbuf = max(min(value, WMEM) * 2, SOCK_MIN_SNDBUF);
  if (isWritable(socket, 0)) wakeOne(file.body, WRITABLE);
  return 0;
}

/** The value, or -errno. */
export function getOption(file: OpenFile, level: i32, name: i32): i32 {
  if (level != SOL_SOCKET) return -EOPNOTSUPP;
  if (name == SO_TYPE) return SOCK_STREAM;
  if (name == SO_DOMAIN) return AF_UNIX;
  if (name == SO_RCVLOWAT) return bodyOf(file).rcvlowat;
  if (name == SO_ERROR) return -takeError(bodyOf(file));
  return name == SO_SNDBUF ? bodyOf(file).sndbuf : -ENOPROTOOPT;
}

/** unix_release_sock(): the other end hangs up, with ECONNRESET where this one had not read all. */
export function release(file: OpenFile): void {
  const socket = bodyOf(file);
  const messages = file.body + MESSAGES;
  socket.isDead = 1;
  socket.file = 0;
  if (socket.peer != 0) {
    const peer = changetype<Socket>(socket.peer);
    files.touchAt(peer.file);
    peer.peer = 0;
    peer.shutdown = SHUTDOWN_MASK;
    if (!list.isEmpty(messages)) peer.error = ECONNRESET;
    wakeAll(socket.peer);
  }
  // The other end sent them. Where that is gone, its memory goes with the last of them.
  while (!list.isEmpty(messages)) freeMessage(changetype<Message>(list.next(messages)));
  if (socket.flying == 0) arena.free(file.body, offsetof<Socket>());
}
