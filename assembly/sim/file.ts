// SPDX-License-Identifier: LGPL-2.1-or-later

// Open file descriptions: what each kind of file does (struct file_operations), and how long one lives.

import { EBADF, EINVAL, ENOTTY } from '../constants';
import { O_ACCMODE, O_WRONLY } from '../abi';
import * as arena from './arena';
import * as list from './list';
import { Item, OpenFile, Pipe, Task, Wait } from './structs';
import * as task from './task';
import * as tell from './trace-calls';
import * as wait from './wait';

export const EVENTFD: i32 = 0;
export const VPOLL: i32 = 1;
export const TIMERFD: i32 = 2;
export const PIPE: i32 = 3;
export const SOCKET: i32 = 4;
export const EPOLL: i32 = 5;

/** What a kind of file does: functions by their addresses; 0 where it has none. */
@unmanaged
class Operations {
  poll: usize;
  read: usize;
  write: usize;
  ioctl: usize;
  release: usize;
}
const operations: usize = memory.data(<i32>((EPOLL + 1) * offsetof<Operations>()));

let lastIno: u32 = 0;
let lastSerial: u32 = 0;
/** The first of the files whose events may have changed since the trace last said what they show, or 0; and the last. */
let touched: usize = 0;
let touchedLast: usize = 0;

export function setUp(): void {
  lastIno = 1000;
  lastSerial = 0;
  touched = 0;
  touchedLast = 0;
}

type PollOp = (file: OpenFile) => u32;
type DataOp = (file: OpenFile, buffer: usize, size: u32) => i32;
type IoctlOp = (file: OpenFile, request: u32, arg: u32) => i32;
type ReleaseOp = (file: OpenFile) => void;

/** Says what a kind of file does; null: it doesn't have that call. */
export function register(
  kind: i32,
  poll: PollOp,
  read: DataOp | null,
  write: DataOp | null,
  ioctl: IoctlOp | null,
  release: ReleaseOp,
): void {
  const its = operationsOf(kind);
  its.poll = changetype<usize>(poll);
  its.read = changetype<usize>(read);
  its.write = changetype<usize>(write);
  its.ioctl = changetype<usize>(ioctl);
  its.release = changetype<usize>(release);
}

function operationsOf(kind: i32): Operations {
  return changetype<Operations>(operations + <usize>kind * offsetof<Operations>());
}

/** A file without descriptors yet, or null. Anonymous inodes share one number, which `ino` 0 stands for. */
export function create(kind: i32, flags: i32, body: usize, mode: u32): OpenFile | null {
  const at = arena.alloc(offsetof<OpenFile>());
  if (at == 0) return null;
  const file = changetype<OpenFile>(at);
  list.init(at);
  file.kind = kind;
  file.flags = flags;
  file.body = body;
  file.mode = mode;
  file.serial = ++lastSerial;
  return file;
}

/** Puts a file that has got all that belongs to it into the trace. */
export function tellMade(file: OpenFile): void {
  file.shown = look(file);
  tell.made(file);
}

/** Notes that the events of a file may change. What an epoll shows is found out by asking alone, so it isn't told. */
export function touch(file: OpenFile): void {
  if (file.isTouched || file.kind == EPOLL) return;
  file.isTouched = 1;
  file.nextTouched = 0;
  const at = changetype<usize>(file);
  if (touched == 0) touched = at;
  else changetype<OpenFile>(touchedLast).nextTouched = at;
  touchedLast = at;
}

/** The same by address; 0 is no file. */
export function touchAt(file: usize): void {
  if (file != 0) touch(changetype<OpenFile>(file));
}

/** Tells the trace of those whose events are others than before. */
export function tellChanges(): void {
  while (touched != 0) {
    const file = changetype<OpenFile>(touched);
    touched = file.nextTouched;
    file.isTouched = 0;
    const shown = look(file);
    if (shown == file.shown) continue;
    tell.changed(file.serial, file.shown, shown);
    file.shown = shown;
  }
}

/** A file that ends shows nothing any more. */
function untouch(file: OpenFile): void {
  if (!file.isTouched) return;
  let before: usize = 0;
  for (let at = touched; at != changetype<usize>(file); at = changetype<OpenFile>(at).nextTouched) before = at;
  if (before == 0) touched = file.nextTouched;
  else changetype<OpenFile>(before).nextTouched = file.nextTouched;
  if (touchedLast == changetype<usize>(file)) touchedLast = before;
}

/** What a file shows, for the trace: asking leaves no mark. */
function look(file: OpenFile): u32 {
  if (file.kind == EPOLL) return 0;
  const pipe = changetype<Pipe>(file.body);
  const isPolled = file.kind == PIPE ? pipe.isPolled : 0;
  registering = -1;
  const shown = poll(file);
  if (file.kind == PIPE) pipe.isPolled = isPolled;
  return shown;
}

export function nextIno(): u32 {
  return ++lastIno;
}

export function hold(file: OpenFile): void {
  file.references++;
}

/** fput(): the last one ends it. __fput() has epolls forget the file first (eventpoll_release()). */
export function put(file: OpenFile): void {
  if (--file.references > 0) return;
  while (!list.isEmpty(changetype<usize>(file)))
    forget(changetype<Item>(list.next(changetype<usize>(file)) - offsetof<Item>('fileNext')));
  untouch(file);
  tell.gone(file.serial);
  call_indirect<void>(load<u32>(operationsOf(file.kind).release), file);
  arena.free(changetype<usize>(file), offsetof<OpenFile>());
}

/** ep_remove(): wakes nobody. */
export function forget(item: Item): void {
  list.remove(changetype<usize>(item.wait));
  list.remove(changetype<usize>(item));
  list.remove(changetype<usize>(item) + offsetof<Item>('fileNext'));
  list.remove(changetype<usize>(item) + offsetof<Item>('epollNext'));
  arena.free(changetype<usize>(item.wait), offsetof<Wait>());
  arena.free(changetype<usize>(item), offsetof<Item>());
}

// Who asks a file for its events and wants to be woken: a POLL entry of the current task, an ITEM's, or nobody (poll_table).
export let registering: i32 = -1;
/** The events that are asked for; a POLL entry's key. */
export let askedKey: u32 = 0;
let askingItem: usize = 0;
let askedFile: usize = 0;
/** Whether an entry could not be made: the arena is full (poll_wqueues.error). */
export let lacksMemory: bool = false;

export function askForTask(key: u32, doesRegister: bool): void {
  registering = doesRegister ? wait.POLL : -1;
  askedKey = key;
}

export function forgetShortage(): void {
  lacksMemory = false;
}

export function askForItem(item: Item, doesRegister: bool): void {
  registering = doesRegister ? wait.ITEM : -1;
  askedKey = item.events;
  askingItem = changetype<usize>(item);
}

/** vfs_poll(): all events that `file` shows. What was asked for is for the caller to choose from them. */
export function poll(file: OpenFile): u32 {
  askedFile = changetype<usize>(file);
  return call_indirect<u32>(load<u32>(operationsOf(file.kind).poll), file);
}

/** poll_wait(): enters the one that asks, if it registers, into a queue of the file that is asked. */
export function pollWait(queue: usize): void {
  if (registering == wait.POLL) enterTask(queue, task.current);
  else if (registering == wait.ITEM) {
    // ep_ptable_queue_proc()
    wait.enqueue(queue, changetype<Item>(askingItem).wait);
  }
}

/** __pollwait() */
function enterTask(queue: usize, asking: Task): void {
  const at = arena.alloc(offsetof<Wait>());
  if (at == 0) {
    lacksMemory = true;
    return;
  }
  const entry = changetype<Wait>(at);
  wait.prepare(entry, wait.POLL, changetype<usize>(asking), askedKey, false);
  entry.file = askedFile;
  entry.before = asking.entries;
  asking.entries = at;
  hold(changetype<OpenFile>(askedFile));
  wait.enqueue(queue, entry);
}

/** poll_freewait(). What only an entry held ends afterwards, the last one first, since that is how task_work_run() goes. */
export function leaveQueues(asking: Task): void {
  for (let at = asking.entries; at != 0; at = changetype<Wait>(at).before) list.remove(at);
  let at = asking.entries;
  asking.entries = 0;
  while (at != 0) {
    const entry = changetype<Wait>(at);
    const before = entry.before;
    put(changetype<OpenFile>(entry.file));
    arena.free(at, offsetof<Wait>());
    at = before;
  }
}

/** vfs_read(): direction first (EBADF), then whether there is such a call (EINVAL). */
export function read(file: OpenFile, buffer: usize, size: u32): i32 {
  if ((file.flags & O_ACCMODE) == O_WRONLY) return -EBADF;
  const operation: usize = operationsOf(file.kind).read;
  return operation == 0 ? -EINVAL : call_indirect<i32>(load<u32>(operation), file, buffer, size);
}

/** vfs_write() */
export function write(file: OpenFile, buffer: usize, size: u32): i32 {
  if ((file.flags & O_ACCMODE) == 0) return -EBADF;
  const operation: usize = operationsOf(file.kind).write;
  return operation == 0 ? -EINVAL : call_indirect<i32>(load<u32>(operation), file, buffer, size);
}

/** vfs_ioctl() */
export function ioctl(file: OpenFile, request: u32, arg: u32): i32 {
  const operation: usize = operationsOf(file.kind).ioctl;
  return operation == 0 ? -ENOTTY : call_indirect<i32>(load<u32>(operation), file, request, arg);
}
