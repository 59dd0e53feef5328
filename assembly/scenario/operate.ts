// SPDX-License-Identifier: LGPL-2.1-or-later

// The calls of a scenario: what goes into the kernel, and what a task sees of what comes out.

import { AF_UNIX, CLOCK_MONOTONIC, CLOSEST, FD_CLOEXEC, O_RDWR, Pollfd, SOCK_STREAM, VPOLL_IOC } from '../constants';
import * as sim from '../sim/index';
import * as n from '../sim/numbers';
import { refuse } from '../sim/refuse';
import * as steps from './step';
import { Step } from './step';
import { argument, ROOM, Runner } from './task';

const EVENT_SIZE: u32 = <u32>offsetof<n.Event>();

/** An operand of a call that takes an int. */
function word(runner: Runner, step: Step, index: i32, otherwise: i32): i32 {
  return <i32>argument(runner, step, index, otherwise);
}

function timeoutMs(us: i32): i32 {
  return us < 0 ? -1 : us / 1000 + i32(us % 1000 != 0);
}

function core(id: i32, runner: Runner, step: Step): i32 {
  sim.enter(id);
  const a = word(runner, step, 0, 0);
  if (step.op == steps.VPOLL_CREATE) return sim.create(a, word(runner, step, 1, 0), FD_CLOEXEC, CLOSEST, 0);
  if (step.op == steps.VPOLL_CLOSE) return sim.close(a, 0);
  return sim.ctl(a, 0, word(runner, step, 1, 0), word(runner, step, 2, 0));
}

function epollCtl(id: i32, runner: Runner, step: Step): i32 {
  const fd = word(runner, step, 2, 0);
  const event = changetype<n.Event>(runner.room);
  event.events = word(runner, step, 3, 0);
  event.nothing = 0;
  event.data = <u64>fd;
  return sim.call(id, n.EPOLL_CTL, word(runner, step, 0, 0), word(runner, step, 1, 0), fd, <i32>runner.room);
}

function settime(id: i32, runner: Runner, step: Step): i32 {
  store<u64>(runner.room, <u64>word(runner, step, 2, 0) * 1000);
  store<u64>(runner.room, <u64>word(runner, step, 1, 0) * 1000, 8);
  return sim.call(id, n.TIMERFD_SETTIME, word(runner, step, 0, 0), 0, <i32>runner.room, 0);
}

/** poll(2) of one descriptor. */
function poll(id: i32, runner: Runner, step: Step): i32 {
  const pollfd = changetype<Pollfd>(runner.room);
  pollfd.fd = word(runner, step, 0, 0);
  pollfd.events = <u16>word(runner, step, 1, 0);
  pollfd.revents = 0;
  return sim.call(id, n.POLL, <i32>runner.room, 1, timeoutMs(word(runner, step, 2, 0)), 0);
}

/** REFUSED where a step can't be handed on as it is, since its call would be another one; else 0. */
function check(runner: Runner, step: Step): i32 {
  for (let i = 0; i < step.count; i++) {
    const value = argument(runner, step, i, 0);
    const is64 = step.op == n.WRITE && i == 1;
    if (!is64 && (value < i32.MIN_VALUE || value > <i64>u32.MAX_VALUE)) return refuse('a number of more than 32 bits');
  }
  const size = step.op == n.READ || step.op == n.SEND || step.op == n.RECV ? argument(runner, step, 1, 8) : 0;
  if (size < 0 || size > <i64>ROOM) return refuse('a size beyond', ROOM);
  if (step.op == n.EPOLL_WAIT && argument(runner, step, 2, 1) > <i64>(ROOM / EVENT_SIZE))
    return refuse('more events than', ROOM / EVENT_SIZE);
  if (step.op == n.POLL && argument(runner, step, 1, 0) & ~0xffff) return refuse('an event that poll(2) has no room for');
  // A request of another file's than a vpoll's.
  if (step.op == n.IOCTL && argument(runner, step, 1, 0) & ~0xff)
    return refuse('in a scenario the request', VPOLL_IOC + argument(runner, step, 1, 0));
  return 0;
}

/** A call that makes descriptors. */
function make(id: i32, runner: Runner, step: Step): i32 {
  const a = word(runner, step, 0, 0);
  if (step.op == n.EVENTFD) return sim.call(id, step.op, a, word(runner, step, 1, 0), 0, 0);
  if (step.op == n.OPEN_VPOLL) return sim.call(id, step.op, O_RDWR | a, 0, 0, 0);
  if (step.op == n.SOCKETPAIR) return sim.call(id, step.op, AF_UNIX, SOCK_STREAM | a, 0, <i32>runner.room);
  if (step.op == n.PIPE) return sim.call(id, step.op, <i32>runner.room, a, 0, 0);
  if (step.op == n.TIMERFD) return sim.call(id, step.op, CLOCK_MONOTONIC, a, 0, 0);
  return sim.call(id, step.op, a, 0, 0, 0);
}

/** Makes the call of a step: its result, or SLEEPS. */
export function operate(id: i32, runner: Runner, step: Step): i32 {
  const refused = check(runner, step);
  if (refused != 0) return refused;
  if (step.op >= steps.VPOLL_CREATE && step.op <= steps.VPOLL_CLOSE) return core(id, runner, step);
  if (step.op <= n.EPOLL) return make(id, runner, step);
  const a = word(runner, step, 0, 0);
  const b = word(runner, step, 1, 0);
  const room = <i32>runner.room;
  switch (step.op) {
    case n.EPOLL_CTL:
      return epollCtl(id, runner, step);
    case n.EPOLL_WAIT:
      return sim.call(id, n.EPOLL_WAIT, a, room, word(runner, step, 2, 1), timeoutMs(b));
    case n.SLEEP:
      // Forever is pause(2): only a signal ends it.
      return a < 0 ? sim.call(id, n.POLL, room, 0, -1, 0) : sim.call(id, n.SLEEP, a, 0, 0, 0);
    case n.POLL:
      return poll(id, runner, step);
    case n.TIMERFD_SETTIME:
      return settime(id, runner, step);
    case n.IOCTL:
      return sim.call(id, n.IOCTL, a, VPOLL_IOC + b, word(runner, step, 2, 0), 0);
    case n.READ:
      store<u64>(runner.room, 0);
      return sim.call(id, n.READ, a, room, word(runner, step, 1, 8), 0);
    case n.WRITE:
      store<u64>(runner.room, argument(runner, step, 1, 0));
      return sim.call(id, n.WRITE, a, room, 8, 0);
    case steps.REQUEST:
      store<u32>(runner.room, word(runner, step, 2, 0));
      store<u32>(runner.room, b, 4);
      return sim.call(id, n.WRITE, a, room, 8, 0);
    case n.SEND:
    case n.RECV:
      if (step.op == n.SEND) memory.fill(runner.room, 0, ROOM);
      return sim.call(id, step.op, a, room, word(runner, step, 1, 8), word(runner, step, 2, 0));
    default:
      return sim.call(id, step.op, a, b, 0, 0);
  }
}

/** What a task sees of a call that has come to its end. */
export function see(runner: Runner, step: Step, result: i32): void {
  runner.result = result;
  if (step.op == n.EPOLL_WAIT || step.op == n.POLL) {
    const isWait = step.op == n.EPOLL_WAIT;
    runner.events =
      result <= 0
        ? 0
        : isWait
          ? load<i32>(runner.room, offsetof<n.Event>('events'))
          : <i32>changetype<Pollfd>(runner.room).revents;
    runner.fd =
      result <= 0 ? -1 : isWait ? load<i32>(runner.room, offsetof<n.Event>('data')) : changetype<Pollfd>(runner.room).fd;
  } else if (step.op == n.READ && result >= 0) {
    runner.value = load<i64>(runner.room);
  }
  if (step.toSecond >= 0 && result == 0) {
    steps.set(step.to, load<i32>(runner.room));
    steps.set(step.toSecond, load<i32>(runner.room, 4));
  } else if (step.to >= 0) {
    steps.set(step.to, result);
  }
}
