// SPDX-License-Identifier: LGPL-2.1-or-later

// A call, from its beginning over the times that it sleeps to its end.

import { EBADF, EINTR, EINVAL, ENOMEM } from '../constants';
import { FIOCLEX, FIONBIO, FIONCLEX, O_NONBLOCK } from '../abi';
import * as alarms from './alarms';
import * as clock from './clock';
import * as epolls from './epoll';
import { control } from './epollctl';
import * as fault from './fault';
import * as files from './file';
import * as list from './list';
import * as make from './creating-calls';
import * as n from './numbers';
import { poll, select } from './pollcall';
import * as processes from './process';
import * as refusals from './refusals';
import { socketCall } from './socketcalls';
import { FD_MAX, OpenFile, Process, Task } from './structs';
import * as task from './task';
import * as tell from './trace-calls';
import * as timerfds from './timerfd';
import * as trace from './trace';
import * as version from './version';

const EVENTS_MAX: i32 = 0x7fffffff / 12; // EP_MAX_EVENTS
const MS: u64 = 1000000;

/** The file of a call: the one that it holds, once it has slept; else the descriptor's. */
function fileOf(t: Task): OpenFile | null {
  return t.file != 0 ? changetype<OpenFile>(t.file) : processes.get(t.process, t.a);
}

/** Sets the alarm of a call that may sleep, at its first look. */
function armTimeout(t: Task, timeout_ns: u64): void {
  if (t.phase == 0) alarms.arm(t.alarm, alarms.now_ns + timeout_ns);
}

function epollWait(t: Task): i32 {
  const file = fileOf(t);
  const isCount = t.c > 0 && t.c <= EVENTS_MAX;
  if (!isCount && (version.number < version.EPOLL_WAIT_FD_FIRST || file !== null)) return -EINVAL;
  if (file === null) return -EBADF;
  if (file.kind != files.EPOLL) return -EINVAL;
  return epolls.waitFor(epolls.bodyOf(file), t.b, t.c, t.d);
}

function timerfdTime(t: Task): i32 {
  const isSet = t.call == n.TIMERFD_SETTIME;
  if (isSet && !timerfds.areFlags(t.b)) return -EINVAL;
  const file = fileOf(t);
  if (file === null) return -EBADF;
  if (file.kind != files.TIMERFD) return -EINVAL;
  files.touch(file);
  return isSet ? timerfds.setTime(file, t.b, t.c) : timerfds.getTime(file, t.c);
}

/** do_vfs_ioctl(): what every file has. */
function ioctl(t: Task, file: OpenFile, request: u32): i32 {
  if (request == FIOCLEX || request == FIONCLEX) processes.setCloexec(t.process, t.a, request == FIOCLEX);
  else if (request == FIONBIO) file.flags = (file.flags & ~O_NONBLOCK) | (load<i32>(t.c) ? O_NONBLOCK : 0);
  else return files.ioctl(file, request, t.c);
  return 0;
}

function fileCall(t: Task): i32 {
  const file = fileOf(t);
  if (file === null) return -EBADF;
  files.touch(file);
  if (t.call == n.READ) return files.read(file, t.b, t.c);
  return t.call == n.WRITE ? files.write(file, t.b, t.c) : ioctl(t, file, t.b);
}

function unshare(t: Task): i32 {
  if (t.process.users == 1) return 0;
  const own = processes.copy(t.process);
  if (own === null) return -ENOMEM;
  t.process.users--;
  own.users = 1;
  t.process = own;
  return 0;
}

function nanosleep(t: Task): i32 {
  if (t.timedOut || t.a == 0) return 0;
  if (t.signal) return -EINTR;
  armTimeout(t, <u64>(<u32>t.a) * 1000);
  return task.sleep();
}

/** sched_yield(2): behind all others that can run. */
function yieldTo(t: Task): i32 {
  return t.phase != 0 ? 0 : task.handOn();
}

function limit(process: Process, value: i32): i32 {
  if (value < 0 || value > FD_MAX) return -EINVAL;
  process.limit = value;
  return 0;
}

function makes(t: Task): i32 {
  const process = t.process;
  switch (t.call) {
    case n.EVENTFD:
      return make.eventfd(process, t.a, t.b);
    case n.OPEN_VPOLL:
      return make.openVpoll(process, t.a);
    case n.SOCKETPAIR:
      return make.socketpair(process, t.a, t.b, t.c, t.d);
    case n.PIPE:
      return make.pipe(process, t.a, t.b);
    case n.TIMERFD:
      return make.timerfd(process, t.a, t.b);
    default:
      return make.epoll(process, t.a);
  }
}

function duplicate(t: Task): i32 {
  const file = fileOf(t);
  return file === null ? -EBADF : processes.dup(t.process, file, 0, 0);
}

function carryOut(t: Task): i32 {
  if (t.call <= n.EPOLL) return makes(t);
  if (t.call <= n.WRITE || t.call == n.IOCTL) return fileCall(t);
  switch (t.call) {
    case n.FCNTL:
      return make.fcntl(t.process, t.a, t.b, t.c);
    case n.DUP:
      return duplicate(t);
    case n.DUP3:
      return processes.dupTo(t.process, t.a, t.b, t.c);
    case n.CLOSE:
      return processes.close(t.process, t.a);
    case n.EPOLL_CTL:
      return control(fileOf(t), t.b, t.c, processes.get(t.process, t.c), t.d);
    case n.EPOLL_WAIT:
      return epollWait(t);
    case n.POLL:
      return poll(t.a, t.b, t.c);
    case n.SELECT:
      return select(t.a, t.b, t.c);
    case n.TIMERFD_SETTIME:
    case n.TIMERFD_GETTIME:
      return timerfdTime(t);
    case n.SLEEP:
      return nanosleep(t);
    case n.UNSHARE:
      return unshare(t);
    case n.LIMIT:
      return limit(t.process, t.a);
    case n.YIELD:
      return yieldTo(t);
    default:
      return socketCall(t, fileOf(t));
  }
}

/** What a call holds while it sleeps, and until when. */
function holdOn(t: Task): void {
  if (t.call != n.POLL && t.call != n.SELECT && t.call != n.SLEEP && t.call != n.YIELD && t.file == 0) {
    const file = fileOf(t);
    if (file !== null) {
      files.hold(file);
      t.file = changetype<usize>(file);
    }
  }
  const timeoutMs = t.call == n.EPOLL_WAIT ? t.d : t.call == n.POLL || t.call == n.SELECT ? t.c : -1;
  if (timeoutMs > 0) armTimeout(t, <u64>timeoutMs * MS);
}

function finish(t: Task, result: i32): void {
  t.result = result;
  list.remove(changetype<usize>(t.wait));
  alarms.disarm(t.alarm);
  if (t.entries != 0) files.leaveQueues(t);
  if (t.file != 0) files.put(changetype<OpenFile>(t.file));
  t.file = 0;
  t.signal = 0;
}

/** `struck`: -errno of a fault in place of the call, REFUSED, or 0. */
function go(t: Task, struck: i32): i32 {
  task.setCurrent(t);
  const r = struck != 0 ? struck : carryOut(t);
  if (r != n.SLEEPS) finish(t, r);
  else holdOn(t);
  // To yield is no event: the trace shows which task goes on instead.
  if (t.call == n.YIELD) {
    if (r == n.SLEEPS) tell.yieldsLate(t);
    clock.settle();
    return r;
  }
  if (r == n.SLEEPS && fault.happens(fault.INTERRUPTED)) signal(t);
  clock.settle();
  files.tellChanges();
  if (r == n.SLEEPS) tell.sleeps();
  else tell.end(t, r);
  return r;
}

/** Begins a call of a task that is in none: what it returns, or SLEEPS. */
export function begin(t: Task, call: i32, a: i32, b: i32, c: i32, d: i32): i32 {
  t.call = call;
  t.a = a;
  t.b = b;
  t.c = c;
  t.d = d;
  t.phase = 0;
  t.timedOut = 0;
  t.triggered = 0;
  if (call == n.YIELD) return go(t, 0);
  tell.begin(t);
  const refused = refusals.check(t);
  return go(t, refused != 0 ? refused : fault.strike(t, call <= n.EPOLL && make.isValid(t)));
}

/** Goes on with the call of a task that was woken. */
export function resume(t: Task): i32 {
  task.leaveQueue(t);
  t.phase++;
  if (t.call != n.YIELD) tell.goOn(t);
  return go(t, 0);
}

function signal(t: Task): void {
  t.signal = 1;
  if (task.wakeTask(t)) tell.wokeBy(t, 'signal');
}

/** A signal with a handler comes to a task: a call that sleeps ends with EINTR. */
export function interrupt(t: Task): void {
  if (t.state == task.IDLE) return;
  tell.line(t.id, 'signal');
  signal(t);
  trace.close();
}

/** A task dies where it is: its call comes to no end. */
export function kill(t: Task): void {
  if (t.state == task.WOKEN) task.leaveQueue(t);
  else if (t.state == task.BLOCKED) task.forgetSleeper(t);
  finish(t, 0);
}
