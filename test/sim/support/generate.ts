// SPDX-License-Identifier: LGPL-2.1-or-later

// What a task may do next. An exclusion, something that is never generated, cites the kernel function that it is about.

import { N } from '../../../src/sim/numbers.js';
import type { Dice } from './choices.js';
import { anyBits, type Args, type Context, EVENTFD_VALUES, EVENTS, fd, type Maker, O_CLOEXEC, O_NONBLOCK } from './context.js';
import { message, socketChange, socketName, socketpair } from './generate-sockets.js';
import type { Step } from './step.js';

const EPOLL_OPTIONS = [0, 0, 0, 0x80000000, 0x80000000, 0x40000000, 0x10000000, 0xc0000000, 0x90000000, 0x50000000];

function fileFlags(dice: Dice): number {
  // Mostly blocking: what sleeps is what this is about. A flag that no call knows gives EINVAL.
  return dice.weighted([
    [6, 0],
    [3, O_NONBLOCK],
    [1, O_CLOEXEC],
    [1, 0x100000 | O_CLOEXEC],
  ]);
}

function timeout({ dice, sleeps }: Context): number {
  return sleeps
    ? -1
    : dice.weighted([
        [6, 0],
        [4, -1],
        [1, 1],
      ]);
}

/** The word of a vpoll file's write: `op << 32 | events`. */
function request(dice: Dice): bigint {
  const op = dice.weighted([
    [5, 1],
    [3, 2],
    [3, 3],
    [1, 0],
    [1, 4],
  ]);
  return (BigInt(op) << 32n) | BigInt(vpollEvents(dice));
}

function vpollEvents(dice: Dice): number {
  return dice.oneIn(12) ? dice.pick([0x20, 0x4000, 0x80000000]) : dice.pick(EVENTS);
}

const makeFile: Maker = ({ dice }) => {
  const flags = fileFlags(dice);
  return dice.weighted<() => [number, Args]>([
    [3, () => [N.EVENTFD, [dice.pick([0, 0, 1, 3, 0xffffffff]), flags | dice.pick([0, 0, 1])]]],
    [4, () => [N.EVENTFD, [dice.oneIn(12) ? 0x4000 : dice.pick(EVENTS), flags | 2 | (dice.oneIn(20) ? 1 : 0)]]],
    [5, () => [N.SOCKETPAIR, socketpair(dice, flags)]],
    // O_DIRECT and O_NOTIFICATION_PIPE are refused, as are the clocks that wake a machine.
    [3, () => [N.PIPE, [flags | (dice.oneIn(12) ? dice.pick([0x4000, 0x80]) : 0)]]],
    [2, () => [N.TIMERFD, [dice.oneIn(4) ? dice.pick([5, 8, 9, 10, -1]) : dice.pick([1, 1, 0, 7]), flags]]],
    [4, () => [N.EPOLL, [flags & ~(dice.oneIn(12) ? 0 : O_NONBLOCK)]]],
    // An instance of /dev/vpoll, or ENOENT.
    [1, () => [N.OPEN_VPOLL, [(dice.oneIn(6) ? dice.pick([0, 1, 0x102, 3, 0x402]) : 2) | (flags & (O_NONBLOCK | O_CLOEXEC))]]],
  ])();
};

/** pwrite-like sizes are not what this is about: eventfd_write() of more than 8 bytes depends on the version, which the model knows. */
const transferIn: Maker = (context) => {
  const { dice } = context;
  const at = fd(context, 'eventfd', 'reader', 'socket', 'timerfd', 'vpoll');
  const size = dice.oneIn(6)
    ? dice.pick([0, 4, 16])
    : dice.weighted([
        [6, 8],
        [2, 100],
        [2, 4096],
        [1, 20000],
        [1, 65536],
      ]);
  return [N.READ, [at, size]];
};

const transferOut: Maker = (context) => {
  const { dice, table } = context;
  const at = fd(context, 'eventfd', 'writer', 'socket', 'vpoll');
  const kind = table.get(at);
  const isWord = kind === 'eventfd' || kind === 'vpoll' || kind === undefined;
  const usual = isWord
    ? 8
    : dice.weighted([
        [4, 1],
        [3, 700],
        [2, 4096],
        [2, 5000],
        [kind === 'socket' ? 5 : 2, 20000],
        [kind === 'socket' ? 1 : 2, 65536],
      ]);
  const size = dice.oneIn(10) ? dice.pick([0, 4, 16]) : usual;
  return [N.WRITE, [at, size, kind === 'vpoll' ? request(dice) : dice.pick(EVENTFD_VALUES)]];
};

/** FIONREAD, SIOCOUTQ, FIONBIO, FIOCLEX, FIONCLEX; then some that nobody knows, and some that are refused. */
const REQUESTS = [0x541b, 0x541b, 0x541b, 0x5411, 0x5411, 0x5421, 0x5451, 0x5450, 0x1234, 0x4b33, 0x5452, 2, 0x8905, 0x80086601];

/** The ioctl of a vpoll file, or another one, on whatever file. */
const ioctl: Maker = (context) => {
  const { dice } = context;
  if (dice.oneIn(2)) {
    const at = fd(context, 'eventfd', 'reader', 'writer', 'socket', 'timerfd', 'vpoll', 'epoll');
    return [N.IOCTL, [at, dice.pick(REQUESTS), dice.oneIn(3) ? 1 : 0]];
  }
  const request_ = dice.oneIn(12) ? dice.pick([0x5e00, 0x5e04]) : 0x5e01 + dice.below(3);
  return [N.IOCTL, [fd(context, 'vpoll'), request_, vpollEvents(dice)]];
};

const epollCtl: Maker = (context) => {
  const { dice } = context;
  const op = dice.weighted([
    [8, 1],
    [4, 3],
    [2, 2],
    [1, 7],
  ]);
  // Epolls within epolls are what goes wrong most: they come up more often than their number says.
  const target = dice.oneIn(3)
    ? fd(context, 'epoll')
    : fd(context, 'eventfd', 'vpoll', 'reader', 'writer', 'socket', 'timerfd', 'epoll');
  const events = dice.oneIn(12) ? anyBits(dice) : dice.pick(EVENTS) + dice.pick(EPOLL_OPTIONS);
  return [N.EPOLL_CTL, [fd(context, 'epoll'), op, target, events, BigInt(target & 0xff)]];
};

const epollWait: Maker = (context) => {
  const { dice } = context;
  const most = dice.oneIn(24) ? dice.pick([0, -1, 0x7fffffff]) : dice.pick([1, 2, 3, 16]);
  return [N.EPOLL_WAIT, [fd(context, 'epoll'), most, timeout(context)]];
};

const poll: Maker = (context) => {
  const { dice, limit, sleeps } = context;
  const pollfds: Args = [];
  // As many as may be at most (where the runner has room for them), one more, or none at all.
  const isStrange = !sleeps && limit < 16 && dice.oneIn(8);
  for (let left = isStrange ? dice.pick([0, limit, limit + 1]) : 1 + dice.below(4); left > 0; left--) {
    const events = dice.oneIn(12) ? dice.below(0x10000) : dice.pick(EVENTS);
    pollfds.push(fd(context, 'vpoll', 'eventfd', 'socket', 'reader', 'writer', 'timerfd', 'epoll'), events);
  }
  return [N.POLL, [timeout(context), ...pollfds]];
};

/** core_sys_select() cuts a count above the table's size (at least 64 in alloc_fdtable()): here more than 64 is refused. */
const select: Maker = (context) => {
  const { dice } = context;
  const sets = [0n, 0n, 0n];
  for (let left = 1 + dice.below(3); left > 0; left--) {
    const at = Math.min(Math.max(fd(context, 'vpoll', 'eventfd', 'socket', 'reader', 'writer', 'timerfd', 'epoll'), 3), 63);
    const set = dice.below(3);
    sets[set]! |= 1n << BigInt(at);
  }
  return [N.SELECT, [dice.oneIn(20) ? dice.pick([-1, 65]) : dice.oneIn(8) ? 5 : 64, ...sets, timeout(context)]];
};

const timer: Maker = (context) => {
  const { dice } = context;
  const at = fd(context, 'timerfd');
  if (dice.oneIn(4)) return [N.TIMERFD_GETTIME, [at]];
  // TFD_TIMER_CANCEL_ON_SET needs somebody to set the clock (timerfd_clock_was_set()), which nobody does.
  const flags = dice.oneIn(3) ? dice.pick([1, 2, 3, 8, 4, 8]) : 0;
  const when = dice.weighted([
    [5, 1],
    [2, 0],
    [2, 2],
  ]);
  // How many intervals have passed since a moment (hrtimer_forward_now()) depends on when the clock began: here that is with the machine.
  return [N.TIMERFD_SETTIME, [at, flags, when, flags & 1 ? 0 : dice.below(2)]];
};

const descriptors: Maker = (context) => {
  const { dice, limit } = context;
  const at = fd(context);
  return dice.weighted<() => [number, Args]>([
    [2, () => [N.DUP, [at]]],
    // Never one of the driver's own, 0 to 2.
    [2, () => [N.DUP3, [at, 3 + dice.below(Math.min(limit, 24)), dice.oneIn(4) ? dice.pick([1, O_NONBLOCK, O_CLOEXEC]) : 0]]],
    [7, () => [N.CLOSE, [at]]],
    // All bits but O_ACCMODE and those that are refused; sometimes those as well.
    [
      2,
      () => [N.FCNTL, [at, 4, dice.below(2) * O_NONBLOCK + (dice.oneIn(4) ? anyBits(dice) & dice.pick([~0x46800, ~0x800]) : 0)]],
    ],
    [
      2,
      () => [
        N.FCNTL,
        [
          at,
          ...dice.pick([
            [0, 3],
            [1030, 5],
            [1, 0],
            [3, 0],
            [2, 1],
            [0, limit],
            [777, 0],
            [dice.pick([1031, 1032, 1024, 1033, 8, 5, 1500, -1]), 0],
          ]),
        ],
      ],
    ],
    [1, () => [N.UNSHARE, []]],
  ])();
};

/** As much as may be too much for who is to take it. */
const fill: Maker = (context) => {
  const { dice, table } = context;
  const at = fd(context, 'writer', 'socket');
  if (table.get(at) !== 'socket') return [N.WRITE, [at, 65536, 1n]];
  return dice.oneIn(2) ? [N.SEND, [at, 20000, 1n, 0x4000]] : [N.WRITE, [at, 20000, 1n]];
};

/** The calls that can sleep with nothing to say how long. */
const SLEEPERS: readonly (readonly [number, Maker])[] = [
  [8, epollWait],
  [5, poll],
  [2, select],
  [5, transferIn],
  [1, message],
  [4, fill],
];

const ALL: readonly (readonly [number, Maker])[] = [
  ...([
    [12, transferOut],
    [10, transferIn],
    [16, message],
    [8, socketChange],
    [10, socketName],
    [8, ioctl],
    [26, epollCtl],
  ] as const),
  ...([
    [7, epollWait],
    [5, poll],
    [2, select],
    [7, timer],
    [10, descriptors],
    [3, makeFile],
  ] as const),
];

/** A step about what a task sleeps at in `call`, most likely at the other end of a pair: what else would seldom come while it does. */
export function disturb(task: number, { call, args }: Step, { dice, table }: Context): Step | undefined {
  const at = Number(args[0]);
  if (table.get(at) === 'eventfd') return { task, call: N.READ, args: [at, 8] };
  const other = at + dice.pick([1, -1]);
  if (other < 3 || call < N.READ || call > N.RECV) return undefined;
  return dice.weighted<() => Step>([
    [4, () => ({ task, call: N.CLOSE, args: [other] })],
    [3, () => ({ task, call: N.SHUTDOWN, args: [other, dice.below(3)] })],
    [1, () => ({ task, call: N.READ, args: [other, 65536] })],
    [1, () => ({ task, call: N.FCNTL, args: [at, 4, O_NONBLOCK] })],
  ])();
}

/** The next step of `task`. */
export function generate(task: number, context: Context): Step {
  const { dice, table, sleeps } = context;
  const few = table.size < 6 && !dice.oneIn(3);
  const maker = few ? makeFile : dice.weighted(sleeps ? SLEEPERS : ALL);
  const [call, args] = maker(context);
  return { task, call, args };
}
