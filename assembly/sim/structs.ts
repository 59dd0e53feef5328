// SPDX-License-Identifier: LGPL-2.1-or-later

// The objects of the simulated kernel, as layouts over the arena. A list's head or node is two addresses wide (list.ts); where
// code takes its address, the object begins with it, or a function here says where it is.

/** An entry of a wait queue (wait_queue_entry). */
@unmanaged
export class Wait {
  next: usize;
  prev: usize;
  /** TASK, POLL, ITEM, EPOLL or STAYS of wait.ts: what it does when its queue is woken. */
  kind: i32;
  /** WQ_FLAG_EXCLUSIVE */
  exclusive: i32;
  /** The events that a POLL entry is woken by. */
  key: u32;
  /** A Task, or of an ITEM entry an Item. */
  owner: usize;
  /** A POLL entry's file, which it holds, and the entry that its task made before it. */
  file: usize;
  before: usize;
}

/** An open file description. */
@unmanaged
export class OpenFile {
  /** Items of epolls that watch it (file.f_ep), by their node `fileNext`. */
  itemsNext: usize;
  itemsPrev: usize;
  /** EVENTFD, ... of file.ts */
  kind: i32;
  /** O_ACCMODE, O_NONBLOCK, O_APPEND; O_LARGEFILE of a device */
  flags: i32;
  references: i32;
  /** What is behind it: an Eventfd, a Pipe (which two files share), ... */
  body: usize;
  ino: u32;
  mode: u32;
  /** How the trace calls it, and the events that it last said it shows. */
  serial: u32;
  shown: u32;
  /** The next file whose events may have changed since (file.ts), or 0; and whether it is one of them. */
  nextTouched: usize;
  isTouched: i32;
}

/** RLIMIT_NOFILE can't be set higher here. */
export const FD_MAX: i32 = 4096;

/** A table of descriptors: what the threads of a process share (files_struct). */
@unmanaged
export class Process {
  /** Files by descriptor: u32[FD_MAX]. */
  files: usize;
  /** FD_CLOEXEC by descriptor: u8[FD_MAX]. */
  cloexec: usize;
  /** RLIMIT_NOFILE */
  limit: i32;
  /** No descriptor below is free (next_fd). */
  free: i32;
  /** Tasks that have it; with the last it ends. */
  users: i32;
}

/** A moment at which something happens. */
@unmanaged
export class Alarm {
  next: usize;
  prev: usize;
  at_ns: u64;
  /** A Timerfd, or a Task. */
  owner: usize;
  /** TIMERFD, TIMEOUT or LATE of alarms.ts */
  kind: i32;
}

/** A thread, and the call that it is in. */
@unmanaged
export class Task {
  /** Node of the run queue. */
  next: usize;
  prev: usize;
  id: i32;
  /** IDLE, BLOCKED or WOKEN of task.ts */
  state: i32;
  process: Process;
  /** What a blocked call has in a queue. */
  wait: Wait;
  alarm: Alarm;
  /** When it can go on, where it was woken late (busy.ts). */
  lateness: Alarm;
  /** The call, by its number (numbers.ts), and its arguments. */
  call: i32;
  a: i32;
  b: i32;
  c: i32;
  d: i32;
  /** How often the call has gone on after it slept. */
  phase: i32;
  /** What the call keeps while it sleeps. `done`: bytes moved so far, or of select(2) where its sets end. `note`: see unixdata.ts. */
  done: i32;
  note: u32;
  /** pwq->triggered: an event came since the last look. */
  triggered: i32;
  timedOut: i32;
  /** A signal with a handler came. */
  signal: i32;
  /** The file that the call holds while it sleeps (fdget()), or 0. */
  file: usize;
  /** The last POLL entry that it made, or 0. */
  entries: usize;
  result: i32;
  /** Its priority under PCT (schedule.ts); 0: none yet. */
  priority: u32;
}

@unmanaged
export class Eventfd {
  queueNext: usize;
  queuePrev: usize;
  count: u64;
  isSemaphore: i32;
}

@unmanaged
export class VpollFile {
  queueNext: usize;
  queuePrev: usize;
  events: u32;
}

@unmanaged
export class Timerfd {
  queueNext: usize;
  queuePrev: usize;
  alarm: Alarm;
  interval_ns: u64;
  ticks: u64;
  expired: i32;
  /** Its OpenFile. */
  file: usize;
}

@unmanaged
export class Pipe {
  /** rd_wait, and 8 bytes further wr_wait. */
  readersNext: usize;
  readersPrev: usize;
  writersNext: usize;
  writersPrev: usize;
  readers: i32;
  writers: i32;
  /** Buffers are numbered as they come: head - tail are in use. */
  head: u32;
  tail: u32;
  /** Once somebody has polled it, each write wakes (poll_usage). */
  isPolled: i32;
  /** PipeBuffer[BUFFERS] (pipe.ts) */
  buffers: usize;
  /** Its OpenFiles; 0 for one that is gone. */
  reader: usize;
  writer: usize;
}

/** A page of a pipe. */
@unmanaged
export class PipeBuffer {
  page: usize;
  offset: u32;
  size: u32;
}

/** A unix stream socket. */
@unmanaged
export class Socket {
  queueNext: usize;
  queuePrev: usize;
  /** sk_receive_queue: Messages. */
  messagesNext: usize;
  messagesPrev: usize;
  /** The other end, or 0 when it is gone. */
  peer: usize;
  /** Its OpenFile, or 0 when that is gone. */
  file: usize;
  /** sk_sndbuf; sk_wmem_alloc without the 1 that it begins with. */
  sndbuf: i32;
  wmem: i32;
  rcvlowat: i32;
  /** sk_shutdown, sk_err, SOCK_DEAD */
  shutdown: i32;
  error: i32;
  isDead: i32;
  /** Messages in flight that still count for it: it is freed with the last. */
  flying: i32;
}

/** An sk_buff: data on its way, which its sender's memory is charged for. */
@unmanaged
export class Message {
  next: usize;
  prev: usize;
  sender: Socket;
  data: usize;
  size: u32;
  /** Bytes received already. */
  offset: u32;
  /** truesize */
  cost: i32;
}

@unmanaged
export class Epoll {
  /** wq: those who sleep in epoll_wait(2). */
  queueNext: usize;
  queuePrev: usize;
  /** poll_wait: those who watch the epoll itself. */
  watchersNext: usize;
  watchersPrev: usize;
  /** rdllist, by `Item.next`. */
  readyNext: usize;
  readyPrev: usize;
  /** All items, by `Item.epollNext`. */
  itemsNext: usize;
  itemsPrev: usize;
  file: OpenFile;
  /** The last walk of ep_loop_check() that came here, and what it found. */
  visited: u32;
  depth: i32;
}

/** An epitem: a file under a descriptor that an epoll watches. */
@unmanaged
export class Item {
  /** Node of the ready list. */
  next: usize;
  prev: usize;
  fileNext: usize;
  filePrev: usize;
  epollNext: usize;
  epollPrev: usize;
  epoll: Epoll;
  file: OpenFile;
  fd: i32;
  events: u32;
  data: u64;
  /** Its entry in the file's queue. */
  wait: Wait;
}
