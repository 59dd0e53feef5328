// SPDX-License-Identifier: LGPL-2.1-or-later

// The calls of a scenario in C: the call of the man page, and what a task sees of it. assembly/scenario/operate.ts has the same for the simulation.

import { BACKENDS } from '../../backend-table.js';
import type { CallStep, Operand } from '../steps.js';
import { Refusal } from './refusal.js';
import type { Scope } from './scope.js';

/** What a call is in C: an expression, the lines before it, and the lines that follow from what it gave. */
export interface Call {
  readonly text: string;
  readonly before?: readonly string[];
  readonly behind?: readonly string[];
  /** Whether these lines look at `got`, which it gives. */
  readonly isGot?: boolean;
}

const ROOM = 4096n;
const EVENTS_MAX = 256n;
const I32_MIN = -(2n ** 31n);

function numberOf(operand: Operand | undefined): bigint | undefined {
  return operand !== undefined && 'value' in operand ? BigInt(operand.value) : undefined;
}

function us(scope: Scope, operand: Operand | undefined): string {
  if (operand === undefined || !('us' in operand)) return '0';
  scope.shared.support.use('us');
  const { us: time } = operand;
  // As one writes them: 3e6, 20e3, 500.
  const text = /^(\d+?)(0{6,})$/.test(String(time))
    ? `${time / 1e6}e6`
    : /000$/.test(String(time))
      ? `${time / 1e3}e3`
      : `${time}`;
  return time === 0 ? '0' : `US(${text})`;
}

/** A timeout of a wait: in milliseconds, rounded up. */
function timeout(scope: Scope, operand: Operand | undefined): string {
  if (operand === undefined || !('us' in operand)) return '0';
  if (operand.us < 0) return '-1';
  const ms = Math.ceil(operand.us / 1000);
  if (ms !== 0) scope.shared.support.use('ms');
  return ms === 0 ? '0' : `MS(${ms})`;
}

/** Flags beside what is always there. */
function flags(scope: Scope, step: CallStep, index: number, first = ''): string {
  const text = scope.word(step, index, `flags-${step.call}`, '');
  const own = text === '0' ? '' : text;
  return [first, own].filter((each) => each !== '').join(' | ') || '0';
}

function pair(scope: Scope, step: CallStep, text: string): Call {
  scope.declared.add('int ends[2];');
  const [a, b] = step.to.map((name) => scope.variable(name));
  const lines = [...(a ? [`${a} = ends[0];`] : []), ...(b ? [`${b} = ends[1];`] : [])];
  if (!step.mayFail || lines.length === 0) return { text, behind: lines };
  const got = scope.got();
  const otherwise = a ? ['} else {', `  ${a} = ${got};`, '}'] : ['}'];
  return { text, isGot: true, behind: [`if (${got} == 0) {`, ...lines.map((line) => `  ${line}`), ...otherwise] };
}

/** epoll_wait(2) and poll(2): `shown` is what is shown, `of` whose. */
function seen(scope: Scope, shown: string, of: string): Pick<Call, 'isGot' | 'behind'> {
  if (!scope.own.has('events') && !scope.own.has('fd')) return {};
  const got = scope.got();
  return {
    isGot: true,
    behind: [
      ...(scope.own.has('events') ? [`events = ${got} > 0 ? ${shown} : 0;`] : []),
      ...(scope.own.has('fd') ? [`fd = ${got} > 0 ? ${of} : -1;`] : []),
    ],
  };
}

function epollWait(scope: Scope, step: CallStep): Call {
  const max = numberOf(step.operands[2]) ?? (step.operands.length > 2 ? EVENTS_MAX : 1n);
  const count = step.operands.length > 2 ? scope.bounded(step, 2, 'number', I32_MIN, EVENTS_MAX) : '1';
  scope.shared.support.include('sys/epoll.h');
  // One array of the function, as large as the largest.
  const size = max < 1n ? 1n : max;
  const declared = [...scope.declared].find((line) => line.startsWith('struct epoll_event ready'));
  if (declared === undefined || BigInt(/\d+/.exec(declared)![0]) < size) {
    if (declared !== undefined) scope.declared.delete(declared);
    scope.declared.add(`struct epoll_event ready[${size}];`);
  }
  // A compiler looks at a number that stands there, and warns of one below 0.
  if (max < 0n) scope.shared.support.use('within');
  const opaque = max < 0n ? `within(${step.line}, "${step.call}", ${count}, ${I32_MIN + 1n}, 0)` : count;
  const whole = opaque.startsWith('within(') ? `(int)${opaque}` : opaque;
  return {
    text: `epoll_wait(${scope.word(step, 0)}, ready, ${whole}, ${timeout(scope, step.operands[1])})`,
    ...seen(scope, 'ready[0].events', 'ready[0].data.fd'),
  };
}

function poll(scope: Scope, step: CallStep): Call {
  scope.shared.support.include('poll.h');
  scope.declared.add('struct pollfd one;');
  const events = scope.bounded(step, 1, 'poll', 0n, 0xffffn);
  const number = numberOf(step.operands[1]) ?? 0x8000n;
  const short = number > 0x7fffn ? `(short)(${events})` : events;
  return {
    before: [`one = (struct pollfd){.fd = ${scope.word(step, 0)}, .events = ${short}};`],
    text: `poll(&one, 1, ${timeout(scope, step.operands[2])})`,
    ...seen(scope, '(unsigned short)one.revents', 'one.fd'),
  };
}

function epollCtl(scope: Scope, step: CallStep): Call {
  scope.shared.support.include('sys/epoll.h');
  const [epoll, op, fd] = [scope.word(step, 0), scope.word(step, 1, 'epoll-op'), scope.word(step, 2)];
  const isPlain = step.operands.length === 3;
  const event = isPlain ? 'NULL' : `&(struct epoll_event){.events = ${scope.word(step, 3)}, .data.fd = ${fd}}`;
  // A name may be another operation than DEL: it is told of no events then, as the simulation's is.
  const given = isPlain && numberOf(step.operands[1]) === undefined ? `&(struct epoll_event){.data.fd = ${fd}}` : event;
  return { text: `epoll_ctl(${epoll}, ${op}, ${fd}, ${given})` };
}

function read(scope: Scope, step: CallStep): Call {
  const { support } = scope.shared;
  support.include('unistd.h');
  const size = step.operands.length > 1 ? scope.bounded(step, 1, 'number', 0n, ROOM) : '8';
  const fd = scope.word(step, 0);
  const constant = step.operands.length > 1 ? numberOf(step.operands[1]) : 8n;
  if (scope.own.has('value') && !step.mayFail && constant !== undefined && constant <= 8n)
    return { before: ['value = 0;'], text: `read(${fd}, &value, ${size})` };
  support.use('room');
  if (!scope.own.has('value')) return { text: `read(${fd}, room, ${size})` };
  support.include('string.h');
  const got = scope.got();
  return {
    before: ['memset(room, 0, sizeof value);'],
    text: `read(${fd}, room, ${size})`,
    isGot: true,
    behind: [`if (${got} >= 0) memcpy(&value, room, sizeof value);`],
  };
}

function write(scope: Scope, step: CallStep): Call {
  const { support } = scope.shared;
  support.include('stdint.h', 'unistd.h');
  if (step.operands.length === 3) {
    support.use('request');
    if (numberOf(step.operands[1]) !== undefined) support.use('ops');
    const request = `REQUEST(${scope.word(step, 1, 'vpoll-op')}, ${scope.word(step, 2)})`;
    return { text: `write(${scope.word(step, 0)}, &(uint64_t){${request}}, 8)` };
  }
  const { text, type, constant = -1n } = scope.value(step.operands[1]!);
  const value = type !== 'unsigned' && constant < 0n ? `(uint64_t)${text}` : text;
  return { text: `write(${scope.word(step, 0)}, &(uint64_t){${value}}, 8)` };
}

function ioctl(scope: Scope, step: CallStep): Call {
  const { support } = scope.shared;
  support.use('io');
  if (numberOf(step.operands[1]) !== undefined) support.use('ops');
  const op = scope.bounded(step, 1, 'vpoll-op', 0n, 0xffn);
  const events = scope.word(step, 2);
  const isConstant = numberOf(step.operands[2]) !== undefined;
  const argument = isConstant ? events : `(unsigned long)(unsigned)${events}`;
  return { text: `ioctl(${scope.word(step, 0)}, VPOLL_IO(${op}), ${argument})` };
}

/** What a name of a backend stands for: libvpoll takes it from the environment. */
function vpollCreate(scope: Scope, step: CallStep, otherwise: string): Call {
  const { support } = scope.shared;
  support.include('fcntl.h', 'vpoll.h');
  const number = step.operands.length === 0 ? 0n : numberOf(step.operands[0]);
  const name = number === undefined ? undefined : BACKENDS[Number(number)];
  if (name === undefined) throw new Refusal(step.line, 'vpoll_create: its backend must be a word');
  const events = scope.word(step, 1);
  if (otherwise === '') return { text: `vpoll_create(${events}, FD_CLOEXEC)` };
  support.use('create_vpoll');
  return { text: `create_vpoll("${name === 'auto' ? otherwise : name}", ${events})` };
}

function library(scope: Scope, step: CallStep, auto: string): Call {
  if (scope.isForked)
    throw new Refusal(
      step.line,
      `${step.call} in a fork, whose descriptors the library knows nothing of: begin this one with task`,
    );
  if (step.call === 'vpoll_create') return vpollCreate(scope, step, auto);
  scope.shared.support.include('vpoll.h');
  const fd = scope.word(step, 0);
  if (step.call === 'vpoll_close') return { text: `vpoll_close(${fd})` };
  if (numberOf(step.operands[1]) !== undefined) scope.shared.support.use('ops');
  return { text: `vpoll_ctl(${fd}, ${scope.word(step, 1, 'vpoll-op')}, ${scope.word(step, 2)})` };
}

function sized(scope: Scope, step: CallStep): Call {
  const isSend = step.call === 'send';
  scope.shared.support.use(isSend ? 'zeros' : 'room');
  scope.shared.support.include('sys/socket.h');
  const size = scope.bounded(step, 1, 'number', 0n, ROOM);
  const how = flags(scope, step, 2);
  return { text: `${step.call}(${scope.word(step, 0)}, ${isSend ? 'zeros' : 'room'}, ${size}, ${how})` };
}

function timer(scope: Scope, step: CallStep): Call {
  scope.shared.support.use('set_timer');
  const [fd, first, interval] = [scope.word(step, 0), us(scope, step.operands[1]), us(scope, step.operands[2])];
  return { text: `set_timer(${fd}, ${first}, ${interval})` };
}

function sleep(scope: Scope, step: CallStep): Call {
  const [time] = step.operands;
  scope.shared.support.include('unistd.h');
  if (time !== undefined && 'us' in time && time.us < 0) return { text: 'pause()' };
  scope.shared.support.use('nap');
  return { text: `nap(${us(scope, time)})` };
}

/** Calls whose C is a line: the headers, and the text. */
const SHORT: Readonly<Record<string, readonly [header: string, text: (scope: Scope, step: CallStep) => string]>> = {
  eventfd: ['sys/eventfd.h', (scope, step) => `eventfd(${scope.word(step, 0)}, ${flags(scope, step, 1)})`],
  open: ['fcntl.h', (scope, step) => `open("/dev/vpoll", ${flags(scope, step, 0, 'O_RDWR')})`],
  timerfd_create: ['sys/timerfd.h', (scope, step) => `timerfd_create(CLOCK_MONOTONIC, ${flags(scope, step, 0)})`],
  epoll_create: ['sys/epoll.h', (scope, step) => `epoll_create1(${flags(scope, step, 0)})`],
  shutdown: ['sys/socket.h', (scope, step) => `shutdown(${scope.word(step, 0)}, ${scope.word(step, 1, 'how')})`],
  dup: ['unistd.h', (scope, step) => `dup(${scope.word(step, 0)})`],
  close: ['unistd.h', (scope, step) => `close(${scope.word(step, 0)})`],
  yield: ['sched.h', () => 'sched_yield()'],
};

const LONG: Readonly<Record<string, (scope: Scope, step: CallStep) => Call>> = {
  pipe: (scope, step) => {
    scope.shared.support.include('fcntl.h', 'unistd.h');
    return pair(scope, step, `pipe2(ends, ${flags(scope, step, 0)})`);
  },
  socketpair: (scope, step) => {
    scope.shared.support.include('sys/socket.h');
    return pair(scope, step, `socketpair(AF_UNIX, ${flags(scope, step, 0, 'SOCK_STREAM')}, 0, ends)`);
  },
  read,
  write,
  send: sized,
  recv: sized,
  ioctl,
  epoll_ctl: epollCtl,
  epoll_wait: epollWait,
  poll,
  timerfd_settime: timer,
  sleep,
};

/** `auto`: the backend of a vpoll_create that names none; '' where none does. */
export function toCall(scope: Scope, step: CallStep, auto: string): Call {
  const short = SHORT[step.call];
  if (short !== undefined) {
    scope.shared.support.include(short[0]);
    if (step.call === 'eventfd') scope.shared.support.use('abi');
    return { text: short[1](scope, step) };
  }
  const long = LONG[step.call];
  if (long !== undefined) return long(scope, step);
  return library(scope, step, auto);
}
