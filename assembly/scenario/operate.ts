// SPDX-License-Identifier: LGPL-2.1-or-later

// The calls of a scenario: what goes into the kernel, and what a task sees of what comes out.

import { AF_UNIX, CLOSEST, EINVAL, FD_CLOEXEC, SOCK_STREAM, VPOLL_IOC } from '../constants';
import * as sim from '../sim/index';
import * as n from '../sim/numbers';
import * as steps from './step';
import { Step } from './step';
import { argument, ROOM, Runner } from './task';

const CLOCK_MONOTONIC: i32 = 1;
const EVENT_SIZE: i32 = 16;

function timeoutMs(us: i32): i32 {
  return us < 0 ? -1 : us / 1000 + i32(us % 1000 != 0);
}

function core(id: i32, runner: Runner, step: Step): i32 {
  sim.enter(id);
  const a = argument(runner, step, 0, 0);
  if (step.op == steps.VPOLL_CREATE) return sim.create(a, argument(runner, step, 1, 0), FD_CLOEXEC, CLOSEST, 0);
  if (step.op == steps.VPOLL_CLOSE) return sim.close(a, 0);
  return sim.ctl(a, 0, argument(runner, step, 1, 0), argument(runner, step, 2, 0));
}

function epollCtl(id: i32, runner: Runner, step: Step): i32 {
  const fd = argument(runner, step, 2, 0);
  store<u32>(runner.room, argument(runner, step, 3, 0));
  store<u32>(runner.room, 0, 4);
  store<u64>(runner.room, <u64>fd, 8);
  return sim.call(id, n.EPOLL_CTL, argument(runner, step, 0, 0), argument(runner, step, 1, 0), fd, <i32>runner.room);
}

function settime(id: i32, runner: Runner, step: Step): i32 {
  store<u64>(runner.room, <u64>max(argument(runner, step, 2, 0), 0) * 1000);
  store<u64>(runner.room, <u64>max(argument(runner, step, 1, 0), 0) * 1000, 8);
  return sim.call(id, n.TIMERFD_SETTIME, argument(runner, step, 0, 0), 0, <i32>runner.room, 0);
}

/** poll(2) of one descriptor. */
function poll(id: i32, runner: Runner, step: Step): i32 {
  store<i32>(runner.room, argument(runner, step, 0, 0));
  store<u16>(runner.room, <u16>argument(runner, step, 1, 0), 4);
  store<u16>(runner.room, 0, 6);
  return sim.call(id, n.POLL, <i32>runner.room, 1, timeoutMs(argument(runner, step, 2, 0)), 0);
}

/** How many bytes a stream is to be given or asked for. */
function sizeOf(runner: Runner, step: Step, index: i32): i32 {
  return min(max(argument(runner, step, index, 8), 0), <i32>ROOM);
}

/** A call that makes descriptors. */
function make(id: i32, runner: Runner, step: Step): i32 {
  const a = argument(runner, step, 0, 0);
  if (step.op == n.EVENTFD) return sim.call(id, step.op, a, argument(runner, step, 1, 0), 0, 0);
  if (step.op == n.SOCKETPAIR) return sim.call(id, step.op, AF_UNIX, SOCK_STREAM | a, 0, <i32>runner.room);
  if (step.op == n.PIPE) return sim.call(id, step.op, <i32>runner.room, a, 0, 0);
  if (step.op == n.TIMERFD) return sim.call(id, step.op, CLOCK_MONOTONIC, a, 0, 0);
  return sim.call(id, step.op, a, 0, 0, 0);
}

/** Makes the call of a step: its result, or SLEEPS. */
export function operate(id: i32, runner: Runner, step: Step): i32 {
  if (step.op >= steps.VPOLL_CREATE && step.op <= steps.VPOLL_CLOSE) return core(id, runner, step);
  if (step.op <= n.EPOLL) return make(id, runner, step);
  const a = argument(runner, step, 0, 0);
  const b = argument(runner, step, 1, 0);
  const room = <i32>runner.room;
  switch (step.op) {
    case n.EPOLL_CTL:
      return epollCtl(id, runner, step);
    case n.EPOLL_WAIT: {
      const most = argument(runner, step, 2, 1);
      if (most > <i32>ROOM / EVENT_SIZE) return -EINVAL;
      return sim.call(id, n.EPOLL_WAIT, a, room, most, timeoutMs(b));
    }
    case n.POLL:
      return poll(id, runner, step);
    case n.TIMERFD_SETTIME:
      return settime(id, runner, step);
    case n.IOCTL:
      return sim.call(id, n.IOCTL, a, VPOLL_IOC + b, argument(runner, step, 2, 0), 0);
    case n.READ:
      store<u64>(runner.room, 0);
      return sim.call(id, n.READ, a, room, sizeOf(runner, step, 1), 0);
    case n.WRITE:
      store<u64>(runner.room, <u64>(<u32>b));
      return sim.call(id, n.WRITE, a, room, 8, 0);
    case steps.REQUEST:
      store<u32>(runner.room, argument(runner, step, 2, 0));
      store<u32>(runner.room, b, 4);
      return sim.call(id, n.WRITE, a, room, 8, 0);
    case n.SEND:
    case n.RECV:
      if (step.op == n.SEND) memory.fill(runner.room, 0, ROOM);
      return sim.call(id, step.op, a, room, sizeOf(runner, step, 1), argument(runner, step, 2, 0));
    default:
      return sim.call(id, step.op, a, b, 0, 0);
  }
}

/** What a task sees of a call that has come to its end. */
export function see(runner: Runner, step: Step, result: i32): void {
  runner.result = result;
  if (step.op == n.EPOLL_WAIT || step.op == n.POLL) {
    const isWait = step.op == n.EPOLL_WAIT;
    runner.events = result <= 0 ? 0 : isWait ? load<i32>(runner.room) : <i32>load<u16>(runner.room, 6);
    runner.fd = result <= 0 ? -1 : load<i32>(runner.room + (isWait ? 8 : 0));
  } else if (step.op == n.READ && result >= 0) {
    runner.value = load<i32>(runner.room);
  }
  if (step.toSecond >= 0 && result == 0) {
    steps.set(step.to, load<i32>(runner.room));
    steps.set(step.toSecond, load<i32>(runner.room, 4));
  } else if (step.to >= 0) {
    steps.set(step.to, result);
  }
}
