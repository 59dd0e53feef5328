// SPDX-License-Identifier: LGPL-2.1-or-later

// fs/pipe.c: a ring of pages between two files.

import { EAGAIN, EINTR, EPIPE, ENOMEM, ENOTTY, ERR, HUP, IN, OUT, RDNORM, WRNORM } from '../constants';
import { FIONREAD, O_ACCMODE, O_NONBLOCK, O_WRONLY, S_IFIFO } from '../abi';
import * as arena from './arena';
import { exclusiveWait, mayNotSleep } from './block';
import * as files from './file';
import * as list from './list';
import { OpenFile, Pipe, PipeBuffer } from './structs';
import * as task from './task';
import * as version from './version';
import { wakeAll, wakeOne } from './wait';

export const PAGE: u32 = 4096;
/** PIPE_DEF_BUFFERS */
const BUFFERS: u32 = 16;
const WRITERS: usize = offsetof<Pipe>('writersNext'); // wr_wait
const READABLE: u32 = IN | RDNORM;
const WRITABLE: u32 = OUT | WRNORM;

function bodyOf(file: OpenFile): Pipe {
  return changetype<Pipe>(file.body);
}

function buffer(pipe: Pipe, index: u32): PipeBuffer {
  return changetype<PipeBuffer>(pipe.buffers + <usize>(index % BUFFERS) * offsetof<PipeBuffer>());
}

function isEmpty(pipe: Pipe): bool {
  return pipe.head == pipe.tail;
}

function isFull(pipe: Pipe): bool {
  return pipe.head - pipe.tail >= BUFFERS;
}

/** A pipe without files yet, or 0. */
export function create(): usize {
  const at = arena.alloc(offsetof<Pipe>());
  const buffers = arena.alloc(<u32>offsetof<PipeBuffer>() * BUFFERS);
  if (at == 0 || buffers == 0) return 0;
  list.init(at);
  list.init(at + WRITERS);
  changetype<Pipe>(at).buffers = buffers;
  return at;
}

/** An end of it; `mode` O_RDONLY or O_WRONLY. */
export function open(at: usize, mode: i32, flags: i32, ino: u32): OpenFile | null {
  const file = files.create(files.PIPE, mode | (flags & O_NONBLOCK), at, S_IFIFO | 0o600);
  if (file === null) return null;
  file.ino = ino;
  const pipe = changetype<Pipe>(at);
  if (mode == O_WRONLY) {
    pipe.writers++;
    pipe.writer = changetype<usize>(file);
  } else {
    pipe.readers++;
    pipe.reader = changetype<usize>(file);
  }
  return file;
}

/** pipe_poll() */
function poll(file: OpenFile): u32 {
  const pipe = bodyOf(file);
  pipe.isPolled = 1;
  if ((file.flags & O_ACCMODE) == O_WRONLY) {
    files.pollWait(file.body + WRITERS);
    return (isFull(pipe) ? 0 : WRITABLE) | (pipe.readers == 0 ? ERR : 0);
  }
  files.pollWait(file.body);
  return (isEmpty(pipe) ? 0 : READABLE) | (pipe.writers == 0 ? HUP : 0);
}

/** Takes up to `size` bytes out: how many. Frees each page that it empties. */
function take(pipe: Pipe, to: usize, size: u32): u32 {
  let copied: u32 = 0;
  while (copied < size && !isEmpty(pipe)) {
    const first = buffer(pipe, pipe.tail);
    const part = min(size - copied, first.size);
    memory.copy(to + copied, first.page + first.offset, part);
    first.offset += part;
    first.size -= part;
    copied += part;
    if (first.size != 0) continue;
    arena.free(first.page, PAGE);
    pipe.tail++;
  }
  return copied;
}

/** pipe_read(): readers are woken one after the other, as long as there is something left. */
function read(file: OpenFile, to: usize, size: u32): i32 {
  if (size == 0) return 0;
  const pipe = bodyOf(file);
  const wasFull = isFull(pipe);
  files.touchAt(pipe.writer);
  const copied = take(pipe, to, size);
  if (copied == 0 && pipe.writers != 0) {
    if (mayNotSleep(file.flags)) return -EAGAIN;
    return exclusiveWait(file.body);
  }
  const wakesWriter = wasFull && (version.number < version.PIPE_WAKES_WHEN_FREED || !isFull(pipe));
  if (wakesWriter) wakeOne(file.body + WRITERS, WRITABLE);
  if (task.current.phase != 0 && !isEmpty(pipe)) wakeOne(file.body, READABLE);
  return copied;
}

/** Puts what fits into the last page, if all of the part that fills no page does: how many bytes. */
function merge(pipe: Pipe, from: usize, size: u32): u32 {
  const rest = size % PAGE;
  if (rest == 0 || isEmpty(pipe)) return 0;
  const last = buffer(pipe, pipe.head - 1);
  const end = last.offset + last.size;
  if (end + rest > PAGE) return 0;
  memory.copy(last.page + end, from, rest);
  last.size += rest;
  return rest;
}

/** Puts bytes into pages of their own until the ring is full: how many, or -ENOMEM. */
function fill(pipe: Pipe, from: usize, size: u32): i32 {
  let copied: u32 = 0;
  while (copied < size && !isFull(pipe)) {
    const page = arena.alloc(PAGE);
    if (page == 0) return copied > 0 ? <i32>copied : -ENOMEM;
    const next = buffer(pipe, pipe.head);
    next.page = page;
    next.offset = 0;
    next.size = min(size - copied, PAGE);
    memory.copy(page, from + copied, next.size);
    copied += next.size;
    pipe.head++;
  }
  return copied;
}

/** The end of pipe_write(): a reader that waits is woken if there was no data, and by every write once somebody has polled it. */
function wrote(pipe: Pipe, result: i32, wasEmpty: bool, slept: bool): i32 {
  const at = changetype<usize>(pipe);
  const wakesNext = slept && !isFull(pipe);
  if (wasEmpty || pipe.isPolled) wakeOne(at, READABLE);
  if (wakesNext) wakeOne(at + WRITERS, WRITABLE);
  return result;
}

/** pipe_write() */
function write(file: OpenFile, from: usize, size: u32): i32 {
  if (size == 0) return 0;
  const pipe = bodyOf(file);
  files.touchAt(pipe.reader);
  const current = task.current;
  const slept = current.phase != 0;
  if (!slept) current.done = 0;
  // pipe_writable() is asked before anything else is.
  if (slept && isFull(pipe) && pipe.readers != 0 && !current.signal) return exclusiveWait(file.body + WRITERS);
  const wasEmpty = pipe.readers == 0 && !slept ? false : isEmpty(pipe);
  if (pipe.readers == 0) return wrote(pipe, current.done > 0 ? current.done : -EPIPE, wasEmpty, slept);
  if (!slept) current.done = merge(pipe, from, size);
  if (<u32>current.done < size) {
    const r = fill(pipe, from + current.done, size - current.done);
    if (r > 0) current.done += r;
    else if (r < 0) return wrote(pipe, current.done > 0 ? current.done : r, wasEmpty, slept);
  }
  if (<u32>current.done == size) return wrote(pipe, size, wasEmpty, slept);
  if (file.flags & O_NONBLOCK) return wrote(pipe, current.done > 0 ? current.done : -EAGAIN, wasEmpty, slept);
  if (current.signal) return wrote(pipe, current.done > 0 ? current.done : -EINTR, wasEmpty, slept);
  if (wasEmpty) wakeOne(file.body, READABLE);
  return exclusiveWait(file.body + WRITERS);
}

/** pipe_release() */
function release(file: OpenFile): void {
  const pipe = bodyOf(file);
  if ((file.flags & O_ACCMODE) == O_WRONLY) {
    pipe.writers--;
    pipe.writer = 0;
    files.touchAt(pipe.reader);
  } else {
    pipe.readers--;
    pipe.reader = 0;
    files.touchAt(pipe.writer);
  }
  if ((pipe.readers == 0) != (pipe.writers == 0)) {
    wakeAll(file.body);
    wakeAll(file.body + WRITERS);
  }
  if (pipe.readers + pipe.writers > 0) return;
  for (; !isEmpty(pipe); pipe.tail++) arena.free(buffer(pipe, pipe.tail).page, PAGE);
  arena.free(pipe.buffers, <u32>offsetof<PipeBuffer>() * BUFFERS);
  arena.free(file.body, offsetof<Pipe>());
}

/** pipe_ioctl() */
function ioctl(file: OpenFile, request: u32, value: u32): i32 {
  if (request != FIONREAD) return -ENOTTY;
  const pipe = bodyOf(file);
  let bytes: u32 = 0;
  for (let index = pipe.tail; index != pipe.head; index++) bytes += buffer(pipe, index).size;
  store<u32>(value, bytes);
  return 0;
}

export function setUp(): void {
  files.register(files.PIPE, poll, read, write, ioctl, release);
}
