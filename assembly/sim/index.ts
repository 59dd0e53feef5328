// SPDX-License-Identifier: LGPL-2.1-or-later

// The simulated kernel as a module: its tasks, its calls and its clock, and the core that runs over it. One instance is one machine;
// no two know of each other. docs/simulation.md says what it does, and what its trace says.
//
// A call sleeps where Linux would: it then returns SLEEPS, and the driver (src/sim, a scenario) goes on with the task that pick() names.
// A task that is woken enters the run queue, in the order of wake-ups. No field has a lock: an instance is entered by one thread.

import * as backends from '../backend';
import { ENOMEM, SEED_ORDER } from '../constants';
import * as core from '../index';
import * as reasons from '../reason';
import * as table from '../table';
import { ESRCH } from '../abi';
import * as alarms from './alarms';
import * as arena from './arena';
import * as busy from './busy';
import * as calls from './calls';
import * as choice from './choice';
import * as clock from './clock';
import * as epolls from './epoll';
import * as eventfds from './eventfd';
import * as fault from './fault';
import * as files from './file';
import * as make from './creating-calls';
import { PCT } from './numbers';
import * as pipes from './pipe';
import * as processes from './process';
import * as schedule from './schedule';
import * as sys from './sys';
import * as tasks from './task';
import * as tell from './trace-calls';
import * as timerfds from './timerfd';
import * as trace from './trace';
import * as unixdata from './unixdata';
import { choicesAt, traceAt } from './run-memory';
import * as versions from './version';
import * as vpollfiles from './vpollfile';

export { aliased, attach, events, failed, find, gives, nearest, next, plan, reason, supports } from '../index';

/**
 * Before anything else: which Linux (100 * major + minor), HAS_EFD_VPOLL | HAS_DEVICE of numbers.ts. Done again, it begins anew: all tasks,
 * files, vpolls and time are forgotten.
 */
export function boot(version: u32, features: u32): void {
  versions.set(version);
  make.setFeatures(features);
  table.clear();
  reasons.clear();
  backends.forget();
  arena.setUp();
  files.setUp();
  tasks.setUp();
  alarms.setUp();
  choice.setUp();
  busy.setUp();
  fault.setUp();
  schedule.setUp();
  trace.setUp();
  epolls.setUp();
  eventfds.setUp();
  pipes.setUp();
  timerfds.setUp();
  unixdata.setUp();
  vpollfiles.setUp();
  trace.open();
  trace.text(' linux ');
  trace.decimal(version);
  trace.text(' features ');
  trace.decimal(features);
  trace.close();
}

/** A new process with one task, whose number it gives. Descriptors are handed out from 3 on. -ENOMEM. */
export function spawn(): i32 {
  const process = processes.create(3);
  if (process === null) return -ENOMEM;
  const task = tasks.create(process);
  if (task === null) return -ENOMEM;
  process.users = 1;
  tell.line(task.id, 'process');
  trace.close();
  return task.id;
}

/** A further task of the process of `sibling`, which shares its descriptors (pthread_create(3)): its number. -ESRCH, -ENOMEM. */
export function thread(sibling: i32): i32 {
  const other = tasks.get(sibling);
  if (other === null) return -ESRCH;
  const task = tasks.create(other.process);
  if (task === null) return -ENOMEM;
  other.process.users++;
  tell.line(task.id, 'thread of');
  trace.task(sibling);
  trace.close();
  return task.id;
}

/** A task ends; with the last of a process its descriptors are closed. A task that is in a call is a mistake of the driver, and traps. */
export function exit(id: i32): i32 {
  const task = tasks.get(id);
  if (task === null) return -ESRCH;
  if (task.state != tasks.IDLE) unreachable();
  tell.line(id, 'exit');
  if (--task.process.users == 0) processes.end(task.process);
  files.tellChanges();
  trace.close();
  return 0;
}

/** `size` zeroed bytes, at most 65536, that calls may use as buffers; 0 where there is no room. */
export function room(size: u32): usize {
  return arena.alloc(size);
}

/** A call by its number (numbers.ts): its result, -errno, or SLEEPS. The task must be in none. */
export function call(id: i32, number: i32, a: i32, b: i32, c: i32, d: i32): i32 {
  const task = tasks.get(id);
  if (task === null) return -ESRCH;
  if (task.state != tasks.IDLE) unreachable();
  return calls.begin(task, number, a, b, c, d);
}

/** Lets a woken task go on with its call: as {@link call}. */
export function resume(id: i32): i32 {
  const task = tasks.get(id);
  if (task === null) return -ESRCH;
  if (task.state != tasks.WOKEN) unreachable();
  return calls.resume(task);
}

/** The task that is `index`th in the run queue, or -1. */
export function woken(index: i32): i32 {
  return tasks.inQueue(index);
}

/** IDLE 0, BLOCKED 1, WOKEN 2; -ESRCH. */
export function stateOf(id: i32): i32 {
  const task = tasks.get(id);
  return task === null ? -ESRCH : task.state;
}

/** A signal with a handler comes to a task. */
export function interrupt(id: i32): i32 {
  const task = tasks.get(id);
  if (task === null) return -ESRCH;
  calls.interrupt(task);
  return 0;
}

/** A task dies where it is, asleep or not: its call comes to no end, and nothing more may be asked of it but {@link exit}. */
export function kill(id: i32): i32 {
  const task = tasks.get(id);
  if (task === null) return -ESRCH;
  tell.line(id, 'dies');
  calls.kill(task);
  files.tellChanges();
  trace.close();
  return 0;
}

// The core: ../index.ts says what each does. It has one table, so all who use it must share their descriptors.

let user: i32 = 0;

/** The core's calls are made for this task from now on. */
export function enter(id: i32): i32 {
  const task = tasks.get(id);
  if (task === null) return -ESRCH;
  sys.enter(task);
  user = id;
  return 0;
}

export function create(backend: i32, events: u32, fdFlags: i32, options: u32, needs: u32): i32 {
  // The simulated kernel has what the seed's library works with, and no other.
  const r = core.create(backend, events, fdFlags, options | SEED_ORDER, needs);
  tell.coreCreate(user, backend, events, r);
  return r;
}

export function ctl(fd: i32, generation: u32, op: i32, events: u32): i32 {
  const r = core.ctl(fd, generation, op, events);
  tell.coreCtl(user, fd, op, events, r);
  return r;
}

export function close(fd: i32, generation: u32): i32 {
  const r = core.close(fd, generation);
  tell.coreClose(user, fd, r);
  return r;
}

// Who goes on, and what may go wrong.

/**
 * How choices are made (RANDOM 0, PCT 1, ROUND_ROBIN 2, REPLAY 3). `merged`: all in the first list, which {@link nextChoices} then walks
 * through. `depth` and `steps` are PCT's: how many orderings it takes to find a bug, and how many choices a run may have.
 */
export function choose(strategy: i32, seed: u64, merged: bool, depth: u32, steps: u32): void {
  choice.choose(strategy, seed, merged);
  if (strategy == PCT) schedule.setUpPct(depth, steps);
}

/** Has a fault of fault.ts happen `num` times in `den`. */
export function setFault(kind: i32, num: u32, den: u32, argument: u32): void {
  fault.set(kind, num, den, argument);
}

/** Has each step take time, and tasks be late: see busy.ts. */
export function beBusy(): void {
  busy.turnOn();
}

/** Where the choices of a list are (SCHEDULE, FAULTS, TIMES): a u32 each, what was chosen below, of how many above. */
export function choices(stream: i32): usize {
  return choicesAt(stream);
}

export function choiceCount(stream: i32): u32 {
  return choice.count(stream);
}

/** Says that the first `count` choices of a list have been put in place: what REPLAY takes. */
export function giveChoices(stream: i32, count: u32): void {
  choice.give(stream, count);
}

/**
 * Makes the next list of a walk through all choices, of which only the first `bound` may be others than 0. Returns how many to give after
 * the next boot, or -1 where all have been.
 */
export function nextChoices(bound: u32): i32 {
  return choice.next(bound);
}

/** Whether there were more choices than there is room for. */
export function isChoiceLost(): bool {
  return choice.isFull;
}

/** The task that goes on (with 1 << 16: that dies in place of it), -1 where all sleep for good, -2 where `until_ns` has come. */
export function pick(until_ns: u64): i32 {
  return schedule.pick(until_ns);
}

/** Virtual nanoseconds since boot. */
export function now(): u64 {
  return alarms.now_ns;
}

/** Moves time on; what is due on the way happens. */
export function advance(to_ns: u64): void {
  clock.advance(to_ns);
}

/** When something is due next, or -1. */
export function due(): i64 {
  return clock.next();
}

// The trace.

/** Puts a line of the driver's own into the trace: what a task says. */
export function note(id: i32, at: usize, size: u32): void {
  tell.line(id, 'says ');
  trace.bytes(at, size);
  trace.close();
}

/** Of all lines so far. */
export function hash(): u64 {
  return trace.hash();
}

/** Whether the lines are kept as text (they are at first). The hash is the same. */
export function keepTrace(on: bool): void {
  trace.keep(on);
}

/** Where the text is, and its size in bytes. */
export function traceText(): usize {
  return traceAt();
}

export function traceSize(): u32 {
  return trace.size();
}

/** Forgets the text so far, which the driver has read; the hash goes on. */
export function dropTrace(): void {
  trace.drop();
}

/** Where the part of the arena ends that was ever in use: bytes from address 0. */
export function used(): usize {
  return arena.used();
}
