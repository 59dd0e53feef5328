// SPDX-License-Identifier: LGPL-2.1-or-later

// The fault plan: what may go wrong, and how often. Each is something that Linux may do at that place; a call whose arguments are wrong
// gives the error that it gives without a plan.

import { EAGAIN, EMFILE, ENOMEM, F_DUPFD_CLOEXEC, MSG_DONTWAIT } from '../constants';
import { EPOLL_CTL_ADD, F_DUPFD, O_NONBLOCK } from '../abi';
import * as choice from './choice';
import * as files from './file';
import * as n from './numbers';
import * as processes from './process';
import { Task } from './structs';
import * as trace from './trace';

/** A signal comes when a call has gone to sleep. */
export const INTERRUPTED: i32 = 0;
/** A buffer is full for a moment: a send or write that doesn't wait gives EAGAIN. */
export const AGAIN: i32 = 1;
/** No memory: for a new file, and for what an epoll watches. */
export const NO_MEMORY: i32 = 2;
/** RLIMIT_NOFILE is reached. */
export const TOO_MANY: i32 = 3;
/** epoll_wait(2) reports one event, as if the others had come a moment later. */
export const SHORT: i32 = 4;
/** A task that was woken has to wait for a processor: up to `argument` microseconds. */
export const DELAYED: i32 = 5;
/** A task that sleeps is woken for nothing: it looks, and sleeps again. */
export const SPURIOUS: i32 = 6;
/** The task with the number `argument` dies instead of going on. */
export const DIES: i32 = 7;
const KINDS: i32 = 8;

/** How often a fault happens. */
@unmanaged
export class Odds {
  num: u32;
  den: u32;
  argument: u32;
}

/** Of each kind its Odds. */
const plan: usize = memory.data(<i32>(KINDS * offsetof<Odds>()));
let isPlanned: bool = false;

export function setUp(): void {
  memory.fill(plan, 0, KINDS * offsetof<Odds>());
  isPlanned = false;
}

function oddsOf(kind: i32): Odds {
  return changetype<Odds>(plan + <usize>kind * offsetof<Odds>());
}

/** Has a fault happen `num` times in `den`. */
export function set(kind: i32, num: u32, den: u32, argument: u32): void {
  const its = oddsOf(kind);
  its.num = num;
  its.den = den;
  its.argument = argument;
  isPlanned = true;
}

export function happens(kind: i32): bool {
  if (!isPlanned) return false;
  const its = oddsOf(kind);
  return choice.happens(its.num, its.den);
}

export function isPlannedFor(kind: i32): bool {
  return isPlanned && oddsOf(kind).num != 0;
}

export function argumentOf(kind: i32): u32 {
  return oddsOf(kind).argument;
}

function struck(name: string, result: i32): i32 {
  trace.note();
  trace.text('fault ');
  trace.text(name);
  return result;
}

function isDup(t: Task): bool {
  const isCall = t.call == n.DUP || (t.call == n.FCNTL && (t.b == F_DUPFD || t.b == F_DUPFD_CLOEXEC));
  return isCall && processes.get(t.process, t.a) !== null;
}

function isSendNow(t: Task): bool {
  if (t.call != n.SEND && t.call != n.WRITE) return false;
  const file = processes.get(t.process, t.a);
  if (file === null || (file.kind != files.SOCKET && file.kind != files.PIPE)) return false;
  return (file.flags & O_NONBLOCK) != 0 || (t.call == n.SEND && (t.d & MSG_DONTWAIT) != 0);
}

function isWatch(t: Task): bool {
  if (t.call != n.EPOLL_CTL || t.b != EPOLL_CTL_ADD) return false;
  const epoll = processes.get(t.process, t.a);
  return epoll !== null && epoll.kind == files.EPOLL && processes.get(t.process, t.c) !== null;
}

/** What a fault makes of a call that is about to begin: -errno, or 0. `makes`: it is one that makes files, and its arguments are right. */
export function strike(t: Task, makes: bool): i32 {
  if (!isPlanned) return 0;
  if ((makes || isDup(t)) && happens(TOO_MANY)) return struck('EMFILE', -EMFILE);
  if ((makes || isWatch(t)) && happens(NO_MEMORY)) return struck('ENOMEM', -ENOMEM);
  if (isSendNow(t) && happens(AGAIN)) return struck('EAGAIN', -EAGAIN);
  if (t.call == n.EPOLL_WAIT && t.c > 1 && happens(SHORT)) {
    struck('short', 0);
    t.c = 1;
  }
  return 0;
}
