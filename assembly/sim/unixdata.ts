// SPDX-License-Identifier: LGPL-2.1-or-later

// How data goes through a pair of unix stream sockets: unix_stream_sendmsg(), unix_stream_read_generic().

import { EAGAIN, EINTR, ENOTTY, EPIPE, IN, MSG_DONTWAIT, MSG_PEEK, PRI, RDBAND, RDNORM } from '../constants';
import { ENOBUFS, FIONREAD, MSG_WAITALL, O_NONBLOCK, SIOCOUTQ } from '../abi';
import * as arena from './arena';
import { mayNotSleep, socketWait } from './block';
import * as files from './file';
import * as list from './list';
import { SLEEPS } from './numbers';
import { Message, OpenFile, Socket } from './structs';
import * as task from './task';
import { bodyOf, freeMessage, MESSAGES, poll, RCV_SHUTDOWN, release, SEND_SHUTDOWN, takeError } from './unix';
import { wakeOne } from './wait';

/** The key of sock_def_readable(). */
const DATA_READY: u32 = IN | PRI | RDNORM | RDBAND;
/** sizeof(struct sk_buff) and of struct skb_shared_info, each as SKB_DATA_ALIGN() rounds them. */
const SK_BUFF: u32 = 256;
const SHARED_INFO: u32 = 320;
const PAGE: u32 = 4096;
/** SKB_MAX_HEAD(0): what of a message lies in one piece; the rest lies in pages. */
const HEAD_MAX: u32 = PAGE - SHARED_INFO;
/** SKB_MAX_HEAD(0) + UNIX_SKB_FRAGS_SZ: the most bytes of one message. */
const MESSAGE_MAX: u32 = HEAD_MAX + 32768;

/** skb->truesize: the head and skb_shared_info in one bucket of kmalloc(), the pages, and the sk_buff. */
function truesize(size: u32): u32 {
  const pages = size > HEAD_MAX ? min(size, (size - HEAD_MAX + PAGE - 1) & ~(PAGE - 1)) : 0;
  const head = ((size - pages + 63) & ~63) + SHARED_INFO;
  return ((<u32>1) << (32 - clz(head - 1))) + ((pages + PAGE - 1) & ~(PAGE - 1)) + SK_BUFF;
}

/** One message of the rest that is to be sent: 0, or -ENOBUFS. */
function sendMessage(socket: Socket, peer: usize, from: usize, size: u32): i32 {
  const at = arena.alloc(offsetof<Message>());
  const data = arena.alloc(size);
  if (at == 0 || data == 0) return -ENOBUFS;
  const message = changetype<Message>(at);
  message.sender = socket;
  message.data = data;
  message.size = size;
  message.cost = truesize(size);
  memory.copy(data, from, size);
  socket.wmem += message.cost;
  socket.flying++;
  list.addTail(at, peer + MESSAGES);
  files.touchAt(changetype<Socket>(peer).file);
  wakeOne(peer, DATA_READY);
  return 0;
}

/** sock_alloc_send_pskb(): 0 where there is room for a message, SLEEPS, or -errno. */
function reserve(file: OpenFile, part: u32): i32 {
  const socket = bodyOf(file);
  // sock_wait_for_wmem() counts the one that the memory begins with, and what it says sends back to the first test.
  const slept = task.current.note != 0;
  const goesOn = socket.wmem + 1 < socket.sndbuf || socket.shutdown & SEND_SHUTDOWN || socket.error;
  if (slept && !goesOn && !task.current.signal) return socketWait(file.body);
  task.current.note = 0;
  const error = takeError(socket);
  if (error != 0) return error;
  if (socket.shutdown & SEND_SHUTDOWN) return -EPIPE;
  if (socket.wmem < socket.sndbuf) return 0;
  if (task.current.d & MSG_DONTWAIT) return -EAGAIN;
  if (task.current.signal) return -EINTR;
  task.current.note = part;
  return socketWait(file.body);
}

/** unix_stream_sendmsg(). SIGPIPE is ignored here. */
export function send(file: OpenFile, from: usize, size: u32, flags: i32): i32 {
  const socket = bodyOf(file);
  const current = task.current;
  if (current.phase == 0) {
    current.done = 0;
    current.note = 0;
    // sock_sndtimeo(), once.
    if (flags & MSG_DONTWAIT || file.flags & O_NONBLOCK) current.d |= MSG_DONTWAIT;
    // The other end is gone: it has left SHUTDOWN_MASK behind, so this is all that is asked.
    if (socket.shutdown & SEND_SHUTDOWN) return -EPIPE;
  }
  while (<u32>current.done < size) {
    // How much a message holds was decided before the wait for its memory.
    const most = min(<u32>(socket.sndbuf >> 1) - 64, MESSAGE_MAX);
    const part = current.note != 0 ? current.note : min(size - current.done, most);
    let r = reserve(file, part);
    if (r == SLEEPS) return r;
    list.remove(changetype<usize>(current.wait));
    const peer = socket.peer;
    if (r == 0 && (peer == 0 || changetype<Socket>(peer).shutdown & RCV_SHUTDOWN)) r = -EPIPE;
    if (r == 0) r = sendMessage(socket, peer, from + current.done, part);
    if (r < 0) return current.done > 0 ? current.done : r;
    current.done += part;
  }
  return current.done;
}

/** Takes up to `size` bytes out of the queue: how many. */
function take(messages: usize, to: usize, size: u32): u32 {
  let copied: u32 = 0;
  while (copied < size && !list.isEmpty(messages)) {
    const message = changetype<Message>(list.next(messages));
    const part = min(size - copied, message.size - message.offset);
    memory.copy(to + copied, message.data + message.offset, part);
    message.offset += part;
    copied += part;
    if (message.offset == message.size) freeMessage(message);
  }
  return copied;
}

/** Copies up to `size` bytes and leaves them where they are: how many. */
function peek(messages: usize, to: usize, size: u32): u32 {
  let copied: u32 = 0;
  for (let node = list.next(messages); node != messages && copied < size; node = list.next(node)) {
    const message = changetype<Message>(node);
    const part = min(size - copied, message.size - message.offset);
    memory.copy(to + copied, message.data + message.offset, part);
    copied += part;
  }
  return copied;
}

/** How many bytes lie in the queue (unix_inq_len()). */
function queued(messages: usize): u32 {
  let bytes: u32 = 0;
  for (let node = list.next(messages); node != messages; node = list.next(node)) {
    bytes += changetype<Message>(node).size - changetype<Message>(node).offset;
  }
  return bytes;
}

/** unix_stream_read_generic(). Of the flags MSG_PEEK, MSG_DONTWAIT and MSG_WAITALL mean something to it, and MSG_OOB, which is refused. */
export function recv(file: OpenFile, to: usize, size: u32, flags: i32): i32 {
  const socket = bodyOf(file);
  const current = task.current;
  const messages = file.body + MESSAGES;
  if (current.phase == 0) {
    current.done = 0;
    // sock_rcvlowat(), once: how much is enough.
    current.note = max(flags & MSG_WAITALL ? size : min(<u32>socket.rcvlowat, size), 1);
  } else if (current.signal) {
    // It is looked for before the queue is.
    return current.done > 0 ? current.done : -EINTR;
  }
  if (!list.isEmpty(messages)) {
    if (flags & MSG_PEEK) return peek(messages, to, size);
    current.done += take(messages, to + current.done, size - current.done);
    if (<u32>current.done == size) return size;
  }
  if (<u32>current.done >= current.note) return current.done;
  // What has come is given in place of the error, which is gone then.
  let r = takeError(socket);
  if (r == 0 && !(socket.shutdown & RCV_SHUTDOWN)) {
    if (!(flags & MSG_DONTWAIT) && !mayNotSleep(file.flags)) return socketWait(file.body);
    r = -EAGAIN;
  }
  return current.done > 0 ? current.done : r;
}

/** unix_ioctl(), sock_do_ioctl() */
function ioctl(file: OpenFile, request: u32, value: u32): i32 {
  if (request == FIONREAD) store<i32>(value, queued(file.body + MESSAGES));
  else if (request == SIOCOUTQ) store<i32>(value, bodyOf(file).wmem);
  else return -ENOTTY;
  return 0;
}

/** sock_read_iter() gives 0 for 0 bytes, whatever the state. */
function read(file: OpenFile, to: usize, size: u32): i32 {
  return size == 0 ? 0 : recv(file, to, size, 0);
}

function write(file: OpenFile, from: usize, size: u32): i32 {
  if (task.current.phase == 0) task.current.d = 0;
  return send(file, from, size, 0);
}

export function setUp(): void {
  files.register(files.SOCKET, poll, read, write, ioctl, release);
}
