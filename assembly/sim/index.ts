// SPDX-License-Identifier: LGPL-2.1-or-later

// The simulated kernel as a module: its tasks, its calls and its clock, and the core that runs over it. One instance is one machine;
// no two know of each other. docs/sim.md says what it does as Linux does.
//
// A call sleeps where Linux would: it then returns SLEEPS, and who drives the kernel goes on with another task. Whoever is woken
// enters the run queue, in the order of wake-ups.

import { ENOMEM } from '../constants';
import { ESRCH } from './abi';
import * as alarms from './alarms';
import * as arena from './arena';
import * as calls from './calls';
import * as clock from './clock';
import * as epolls from './epoll';
import * as eventfds from './eventfd';
import * as files from './file';
import * as make from './makecalls';
import * as pipes from './pipe';
import * as processes from './process';
import * as core from './sys';
import * as tasks from './task';
import * as timerfds from './timerfd';
import * as trace from './trace';
import * as unixdata from './unixdata';
import * as versions from './version';
import * as vpollfiles from './vpollfile';

export * from '../index';

/**
 * Before anything else: which Linux (100 * major + minor), HAS_EFD_VPOLL | HAS_DEVICE of makecalls.ts. Done again, it begins anew: all tasks,
 * files and time are forgotten. Only the core's table isn't, so who uses the core takes another instance.
 */
export function boot(version: u32, features: u32): void {
  versions.set(version);
  make.setFeatures(features);
  arena.setUp();
  trace.setUp();
  files.setUp();
  tasks.setUp();
  alarms.setUp();
  epolls.setUp();
  eventfds.setUp();
  pipes.setUp();
  timerfds.setUp();
  unixdata.setUp();
  vpollfiles.setUp();
}

/** A new process with one task, whose number it gives. Descriptors are handed out from 3 on. -ENOMEM. */
export function spawn(): i32 {
  const process = processes.create(3);
  if (process === null) return -ENOMEM;
  const task = tasks.create(process);
  if (task === null) return -ENOMEM;
  process.users = 1;
  return task.id;
}

/** A further task of the process of `sibling`, which shares its descriptors (pthread_create(3)): its number. -ESRCH, -ENOMEM. */
export function thread(sibling: i32): i32 {
  const other = tasks.get(sibling);
  if (other === null) return -ESRCH;
  const task = tasks.create(other.process);
  if (task === null) return -ENOMEM;
  other.process.users++;
  return task.id;
}

/** A task ends; with the last of a process its descriptors are closed. It must be in no call: -EBUSY would be a bug of who drives. */
export function exit(id: i32): i32 {
  const task = tasks.get(id);
  if (task === null) return -ESRCH;
  if (task.state != tasks.IDLE) unreachable();
  if (--task.process.users == 0) processes.end(task.process);
  return 0;
}

/** `size` zeroed bytes that calls may use as buffers, or 0. */
export function room(size: u32): usize {
  return arena.alloc(size);
}

/** A call by its number (numbers.ts): its result, -errno, or SLEEPS (-4097). The task must be in none. */
export function call(id: i32, number: i32, a: i32, b: i32, c: i32, d: i32): i32 {
  const task = tasks.get(id);
  if (task === null) return -ESRCH;
  if (task.state != tasks.IDLE) unreachable();
  const r = calls.begin(task, number, a, b, c, d);
  trace.fold(((<u64>id) << 40) | ((<u64>number) << 32) | ((<u64>r) & 0xffffffff));
  return r;
}

/** Lets a woken task go on with its call: as {@link call}. */
export function resume(id: i32): i32 {
  const task = tasks.get(id);
  if (task === null) return -ESRCH;
  if (task.state != tasks.WOKEN) unreachable();
  const r = calls.resume(task);
  trace.fold(((<u64>id) << 40) | ((<u64>0xff) << 32) | ((<u64>r) & 0xffffffff));
  return r;
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

/** The core's calls are made for this task from now on. */
export function enter(id: i32): i32 {
  const task = tasks.get(id);
  if (task === null) return -ESRCH;
  core.enter(task);
  return 0;
}

/** Virtual nanoseconds since boot. */
export function now(): u64 {
  return alarms.now_ns;
}

/** Moves time on; what is due on the way happens. */
export function advance(to_ns: u64): void {
  trace.fold(to_ns);
  clock.advance(to_ns);
}

/** When something is due next, or -1. */
export function due(): i64 {
  return clock.next();
}

/** Folds something of the driver's into the hash. */
export function note(word: u64): void {
  trace.fold(word);
}

/** Of all calls so far, with who made them and what they gave. */
export function hash(): u64 {
  return trace.hash();
}

/** Bytes of the arena that were ever in use. */
export function used(): usize {
  return arena.used();
}
