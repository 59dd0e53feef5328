// SPDX-License-Identifier: LGPL-2.1-or-later

// What the trace says of calls: who makes which, with what, what comes of it; who is woken on the way, by what; and whose events change.

import { EPOLL_CTL_DEL, Pollfd } from '../constants';
import * as busy from './busy';
import * as names from './names';
import * as n from './numbers';
import * as refuse from './refuse';
import { OpenFile, Task } from './structs';
import * as trace from './trace';

/** The file, by its number, and the events that a wake-up is put down to while it goes from queue to queue; 0: none. */
let causeFile: u32 = 0;
let causeKey: u32 = 0;

/** Puts the wake-ups that follow down to a file. False where they are put down to one already: the first one counts. */
export function beginCause(file: u32, key: u32): bool {
  if (causeFile != 0) return false;
  causeFile = file;
  causeKey = key;
  return true;
}

/** The wake-ups that follow are put down to their own files again. */
export function endCause(): void {
  causeFile = 0;
}

function wake(task: Task): void {
  trace.note();
  trace.text('wake');
  trace.task(task.id);
}

/** A task that has handed the processor on, and gets it back late. */
export function yieldsLate(t: Task): void {
  if (busy.lateness_us(t) == 0) return;
  line(t.id, 'yield');
  lateness(t);
  trace.close();
}

/** Ends what is said of a wake-up. */
function lateness(task: Task): void {
  const late_us = busy.lateness_us(task);
  if (late_us == 0) return;
  trace.text(' late ');
  trace.decimal(late_us);
}

/** A task was woken by what happened to a file; the key 0 names no events. */
export function wokeByFile(task: Task, file: u32, key: u32): void {
  wake(task);
  trace.text(' #');
  trace.decimal(causeFile != 0 ? causeFile : file);
  trace.char(32);
  trace.hex(causeFile != 0 ? causeKey : key);
  lateness(task);
}

/** A task was woken by something else: "time", "signal", "spurious". */
export function wokeBy(task: Task, what: string): void {
  wake(task);
  trace.char(32);
  trace.text(what);
  lateness(task);
}

function file(serial: u32): void {
  trace.note();
  trace.char(35);
  trace.decimal(serial);
  trace.char(32);
}

export function made(made: OpenFile): void {
  file(made.serial);
  trace.text(names.kind(made.kind));
  trace.char(32);
  trace.hex(made.shown);
}

export function gone(serial: u32): void {
  file(serial);
  trace.text('gone');
}

export function changed(serial: u32, before: u32, after: u32): void {
  file(serial);
  trace.hex(before);
  trace.char(62);
  trace.hex(after);
}

export function installed(fd: i32, serial: u32): void {
  trace.note();
  trace.text('fd ');
  trace.decimal(fd);
  trace.text(' #');
  trace.decimal(serial);
}

function number(value: i32): void {
  trace.char(32);
  trace.decimal(value);
}

function bits(value: u64): void {
  trace.char(32);
  trace.hex(value);
}

function pollfds(at: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const asked = changetype<Pollfd>(at + <usize>i * offsetof<Pollfd>());
    number(asked.fd);
    trace.char(58);
    trace.hex(asked.events);
  }
}

/** What stands behind the plain arguments of a call. */
function contents(t: Task): void {
  const at: usize = t.b;
  if ((t.call == n.WRITE || t.call == n.SEND) && t.c == 8) bits(load<u64>(at));
  else if (t.call == n.SETSOCKOPT) number(load<i32>(t.d));
  else if (t.call == n.POLL) pollfds(t.a, t.b);
  else if (t.call == n.SELECT) for (let i: usize = 0; i < 24; i += 8) bits(load<u64>(at + i));
  else if (t.call == n.EPOLL_CTL && t.b != EPOLL_CTL_DEL) {
    bits(changetype<n.Event>(t.d).events);
    bits(changetype<n.Event>(t.d).data);
  } else if (t.call == n.TIMERFD_SETTIME) {
    trace.char(32);
    trace.decimal(load<u64>(t.c));
    trace.char(32);
    trace.decimal(load<u64>(t.c, 8));
  }
}

/** Begins the line of a call that begins. */
export function begin(t: Task): void {
  trace.open();
  trace.task(t.id);
  trace.char(32);
  trace.text(names.call(t.call));
  const kinds = names.args(t.call);
  for (let i = 0; i < 4; i++) {
    const value = i == 0 ? t.a : i == 1 ? t.b : i == 2 ? t.c : t.d;
    const kind = (kinds >> (i << 2)) & 15;
    if (kind == names.DECIMAL) number(value);
    else if (kind == names.BITS) bits(<u32>value);
  }
  contents(t);
}

/** Begins the line of a call that goes on after it slept. */
export function goOn(t: Task): void {
  trace.open();
  trace.task(t.id);
  trace.char(32);
  trace.text(names.call(t.call));
}

/** What a call leaves behind beside its result. */
function results(t: Task, r: i32): void {
  const at: usize = t.b;
  if ((t.call == n.READ || t.call == n.RECV) && r == 8) bits(load<u64>(at));
  else if (t.call == n.SOCKETPAIR || t.call == n.PIPE) {
    const pair: usize = t.call == n.PIPE ? t.a : t.d;
    number(load<i32>(pair));
    number(load<i32>(pair, 4));
  } else if (t.call == n.EPOLL_WAIT) {
    for (let i: usize = 0; i < <usize>r; i++) {
      const event = changetype<n.Event>(at + i * offsetof<n.Event>());
      bits(event.events);
      trace.char(58);
      trace.hex(event.data);
    }
  } else if (t.call == n.POLL) {
    for (let i: usize = 0; i < <usize>t.b; i++) bits(changetype<Pollfd>(<usize>t.a + i * offsetof<Pollfd>()).revents);
  } else if (t.call == n.SELECT) for (let i: usize = 0; i < 24; i += 8) bits(load<u64>(at + i));
  else if (t.call == n.GETSOCKOPT) number(load<i32>(t.d));
  else if (t.call == n.TIMERFD_GETTIME) {
    trace.char(32);
    trace.decimal(load<u64>(t.c));
    trace.char(32);
    trace.decimal(load<u64>(t.c, 8));
  }
}

function result(r: i32): void {
  trace.text(' | = ');
  if (r == n.REFUSED) {
    trace.text('not simulated: ');
    trace.text(refuse.what);
    if (refuse.number >= 0) bits(refuse.number);
  } else if (r < 0) names.error(-r);
  else trace.decimal(r);
}

/** Ends the line of a call that is over. */
export function end(t: Task, r: i32): void {
  result(r);
  if (r >= 0) results(t, r);
  trace.close();
}

/** Ends the line of a call that sleeps. */
export function sleeps(): void {
  trace.text(' | sleeps');
  trace.close();
}

/** A line that is about a task, and no call. */
export function line(task: i32, what: string): void {
  trace.open();
  trace.task(task);
  trace.char(32);
  trace.text(what);
}

// What the core made of a request: a line after those of its calls.

export function coreCreate(task: i32, backend: i32, events: u32, r: i32): void {
  line(task, 'vpoll_create');
  number(backend);
  bits(events);
  result(r);
  trace.close();
}

export function coreCtl(task: i32, fd: i32, op: i32, events: u32, r: i32): void {
  line(task, 'vpoll_ctl');
  number(fd);
  // 0 is no operation of the core's, but a program may ask for it: the line leaves it out.
  if (op != 0) number(op);
  bits(events);
  result(r);
  trace.close();
}

export function coreClose(task: i32, fd: i32, r: i32): void {
  line(task, 'vpoll_close');
  number(fd);
  result(r);
  trace.close();
}
