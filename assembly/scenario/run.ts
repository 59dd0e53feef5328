// SPDX-License-Identifier: LGPL-2.1-or-later

// Runs a scenario that was read: its tasks over the simulated kernel, which says after each call who goes on.

import * as sim from '../sim/index';
import { errorName } from '../sim/names';
import * as n from '../sim/numbers';
import * as refused from '../sim/refuse';
import * as directive from './directive';
import * as guest from './guest';
import * as marks from './marks';
import { operate, see } from './operate';
import * as out from './output';
import { print } from './print';
import { nameOf as stepName } from './vocabulary';
import * as steps from './step';
import { Step } from './step';
import * as tasks from './task';
import { argument, Runner } from './task';

/** Steps of a run: one that loops forever ends here. */
const STEPS_MAX: i32 = 10000000;

let left: i32 = 0;
let alive: i32 = 0;
let count: i32 = 0;
/** Whether a step went wrong: out.buffer says what. */
export let hasFailed: bool = false;

function fail(runner: Runner): void {
  hasFailed = true;
  out.clear();
  out.text('line ');
  out.decimal(steps.at(min(runner.at, steps.count - 1)).line);
  out.text(': ');
}

function failWith(runner: Runner, what: string): void {
  fail(runner);
  out.text(what);
  out.char(10);
}

function failCall(runner: Runner, step: Step, result: i32): void {
  fail(runner);
  out.text(stepName(step.op));
  out.text(': ');
  const name = errorName(-result);
  out.text(name.length > 0 ? name : 'errno ');
  if (name.length == 0) out.decimal(-result);
  out.char(10);
}

/** A call asked for what isn't simulated: no `try` makes an errno of that. */
function failRefused(runner: Runner, what: string): void {
  fail(runner);
  out.text(what);
  out.text(': ');
  out.text(refused.what);
  if (refused.number >= 0) out.text(' 0x');
  if (refused.number >= 0) out.unsigned(refused.number, 16);
  out.text(' is not simulated\n');
}

function add(id: i32, name: i32, at: i32): Runner {
  const made = tasks.get(id);
  made.name = name;
  made.at = at;
  made.room = sim.room(tasks.ROOM);
  made.fd = -1;
  alive++;
  count = max(count, id + 1);
  return made;
}

/** A further task, beginning behind the step of `runner`. False where it can't be. */
function begin(id: i32, runner: Runner, step: Step): bool {
  const made = sim.thread(id);
  if (made < 0 || made >= tasks.TASKS_MAX) {
    failWith(runner, 'there are too many tasks');
    return false;
  }
  const its = add(made, <i32>step.a, runner.at + 1);
  steps.set(<i32>step.a, made);
  if (step.op == steps.FORK) {
    its.isForked = 1;
    const r = sim.call(made, n.UNSHARE, 0, 0, 0, 0);
    if (r < 0) {
      failCall(runner, step, r);
      return false;
    }
  } else its.isForked = runner.isForked;
  // It enters the run queue.
  sim.call(made, n.YIELD, 0, 0, 0, 0);
  return true;
}

function end(id: i32, runner: Runner): void {
  runner.isOver = 1;
  alive--;
  sim.exit(id);
}

function holds(runner: Runner, step: Step): bool {
  const a = argument(runner, step, 0, 0);
  const b = argument(runner, step, 1, 0);
  if (step.c == steps.EQUAL) return a == b;
  if (step.c == steps.UNEQUAL) return a != b;
  if (step.c == steps.BELOW) return a < b;
  return step.c == steps.ABOVE ? a > b : (a & b) != 0;
}

/** Makes a step's call. Always false: behind a call others may go on first. */
function call(id: i32, runner: Runner, step: Step): bool {
  if (runner.isForked && step.op >= steps.VPOLL_CREATE && step.op <= steps.VPOLL_CLOSE) {
    failWith(runner, 'a fork has descriptors of its own, of which the library knows nothing: begin this one with task');
    return false;
  }
  const r = operate(id, runner, step);
  runner.isCalling = i32(r == n.SLEEPS);
  if (r == n.SLEEPS) return false;
  if (!finish(runner, step, r)) return false;
  sim.call(id, n.YIELD, 0, 0, 0, 0);
  return false;
}

/** The call of a step is over. False where that ends the run. */
function finish(runner: Runner, step: Step, result: i32): bool {
  runner.isCalling = 0;
  if (result == n.REFUSED) {
    failRefused(runner, stepName(step.op));
    return false;
  }
  see(runner, step, result);
  if (result < 0 && !step.mayFail) {
    failCall(runner, step, result);
    return false;
  }
  runner.at++;
  return true;
}

/** A step of `guest`; the last one begins the program's task. False where it can't be. */
function beginGuest(id: i32, runner: Runner, step: Step): bool {
  for (let i = 0; i < step.count; i++) guest.addFd(<i32>argument(runner, step, i, 0));
  if (step.target == 0) return true;
  const made = sim.thread(id);
  if (made < 0 || made >= tasks.TASKS_MAX) {
    failWith(runner, 'there are too many tasks');
    return false;
  }
  guest.begin(made, add(made, -1, runner.at).room);
  return true;
}

/** The program makes a call, or looks at the clock. False where it has done so too often: the driver must end the run then. */
export function guestSteps(): bool {
  if (--left >= 0) return true;
  failWith(tasks.get(guest.id), 'the guest has made 10000000 steps, and no end is in sight');
  return false;
}

/** The program is at its end. */
export function guestEnd(): void {
  end(guest.id, tasks.get(guest.id));
}

/** A step that is no call. False where the task doesn't go on now. */
function plain(id: i32, runner: Runner, step: Step): bool {
  switch (step.op) {
    case steps.PRINT:
      print(id, runner, step);
      break;
    case steps.TASK:
    case steps.FORK:
      if (!begin(id, runner, step)) return false;
      runner.at = step.target;
      return true;
    case steps.END:
      end(id, runner);
      return false;
    case steps.JUMP:
      runner.at = step.target;
      return true;
    case steps.BREAK:
      runner.at = steps.at(<i32>step.a).target;
      return true;
    case steps.IF:
      runner.at = holds(runner, step) ? runner.at + 1 : step.target;
      return true;
    case steps.ASSIGN:
      steps.set(step.to, argument(runner, step, 0, 0));
      break;
    case steps.GUEST:
      if (!beginGuest(id, runner, step)) return false;
      break;
    case steps.SIGNAL:
      sim.interrupt(<i32>argument(runner, step, 0, 0));
      break;
  }
  runner.at++;
  return true;
}

function isCall(op: i32): bool {
  return op <= steps.REQUEST;
}

function goOn(id: i32, runner: Runner): void {
  for (;;) {
    if (--left < 0) return failWith(runner, 'the scenario has made 10000000 steps, and no end is in sight');
    if (runner.at == steps.count) return end(id, runner);
    const step = steps.at(runner.at);
    marks.mark(step.line);
    if (!(isCall(step.op) ? call(id, runner, step) : plain(id, runner, step))) return;
  }
}

/** Boots a kernel and begins with the first task: the scenario must have been read. */
export function start(seed: u64, keepsTrace: bool): void {
  sim.boot(n.VERSION, directive.features);
  sim.keepTrace(keepsTrace);
  sim.choose(directive.strategy, seed, false, directive.depth, n.PCT_STEPS);
  directive.plant();
  tasks.clear();
  guest.clear();
  marks.clear();
  left = STEPS_MAX;
  alive = 0;
  count = 0;
  hasFailed = false;
  const main = sim.spawn();
  goOn(main, add(main, -1, 0));
}

function failStuck(isTime: bool): void {
  for (let id = 0; id < count; id++) {
    const runner = tasks.get(id);
    if (runner.isOver || sim.stateOf(id) == 0) continue;
    failWith(runner, isTime ? 'time is up, and this goes on' : 'all tasks sleep, and nobody will wake this one');
    return;
  }
}

/** What {@link turn} gives once all tasks are at their end. */
export const OVER: i32 = -1;
/** What it gives where something went wrong. */
export const FAILED: i32 = -2;

/** What it gives where the program goes on: its call, if it has made one, is over. */
export const GUEST: i32 = -3;

/** Lets one task go on: its number, OVER, FAILED or GUEST. */
export function turn(): i32 {
  if (hasFailed) return FAILED;
  if (alive == 0) return OVER;
  marks.mark(0);
  const picked = sim.pick(directive.until_ns);
  if (picked < 0) {
    failStuck(picked != n.STUCK);
    return FAILED;
  }
  const id = picked & ~n.DIES;
  if (id == guest.id) {
    if (!guest.goOn()) return id;
    if (guest.lastResult() != n.REFUSED) return GUEST;
    failRefused(tasks.get(id), 'guest');
    return FAILED;
  }
  const runner = tasks.get(id);
  if (runner.isCalling) marks.mark(steps.at(runner.at).line);
  const r = sim.resume(id);
  if (r == n.SLEEPS) return id;
  if (runner.isCalling && !finish(runner, steps.at(runner.at), r)) return FAILED;
  goOn(id, runner);
  return hasFailed ? FAILED : id;
}
