// SPDX-License-Identifier: LGPL-2.1-or-later

// The lines before the first step: what kernel it is, who goes on, what may go wrong, and when time is up.

import * as fault from '../sim/fault';
import { HAS_DEVICE, HAS_EFD_VPOLL, PCT, RANDOM, ROUND_ROBIN } from '../sim/numbers';
import { line } from './mistake';
import * as text from './text';
import * as words from './vocabulary';

const FAULTS: StaticArray<string> = ['EINTR', 'EAGAIN', 'ENOMEM', 'EMFILE', 'short', 'delay', 'spurious'];

const FAULTS_COUNT: i32 = fault.SPURIOUS + 1;

export let features: u32 = 0;
export let strategy: i32 = 0;
export let depth: u32 = 0;
export let until_ns: u64 = 0;
/** Whether there is a line `until`. */
export let isBounded: bool = false;
/** The line of the first `fault`, or 0. */
export let faultLine: i32 = 0;
const PLAN_SIZE: usize = <usize>FAULTS_COUNT * offsetof<fault.Odds>();
/** Of each fault its Odds. */
const plan: usize = memory.data(<i32>PLAN_SIZE);

function oddsOf(kind: i32): fault.Odds {
  return changetype<fault.Odds>(plan + <usize>kind * offsetof<fault.Odds>());
}

export function setUp(): void {
  features = HAS_EFD_VPOLL | HAS_DEVICE;
  strategy = RANDOM;
  depth = 0;
  until_ns = 1 << 62;
  isBounded = false;
  faultLine = 0;
  memory.fill(plan, 0, PLAN_SIZE);
}

export function isDirective(): bool {
  return text.is(0, 'kernel') || text.is(0, 'strategy') || text.is(0, 'fault') || text.is(0, 'until');
}

/** `kernel vpoll device`, `kernel device`, `kernel plain` */
function kernel(): string {
  features = 0;
  for (let i = 1; i < text.count; i++) {
    if (text.is(i, 'vpoll')) features |= HAS_EFD_VPOLL;
    else if (text.is(i, 'device')) features |= HAS_DEVICE;
    else if (!text.is(i, 'plain') || text.count > 2) return 'has vpoll, device, both, or is plain';
  }
  return text.count > 1 ? '' : 'has vpoll, device, both, or is plain';
}

function strategyOf(): string {
  const wrong = 'is random, round-robin, or pct and a depth of 1 to 16';
  if (text.is(1, 'pct') && text.count == 3 && words.constant(text.startOf(2), text.sizeOf(2))) {
    strategy = PCT;
    depth = <i32>words.found;
    return words.found >= 1 && words.found <= 16 ? '' : wrong;
  }
  if (text.count != 2) return wrong;
  if (text.is(1, 'random')) strategy = RANDOM;
  else if (text.is(1, 'round-robin')) strategy = ROUND_ROBIN;
  else return wrong;
  return '';
}

/** `fault EINTR 1 10`; `fault delay 1 10 500us` */
function faultOf(): string {
  for (let i = 0; i < FAULTS_COUNT; i++) {
    if (!text.is(1, FAULTS[i])) continue;
    const its = oddsOf(i);
    const isDelay = i == fault.DELAYED;
    if (text.count != (isDelay ? 5 : 4)) return isDelay ? 'delay is two numbers and a time' : 'is a name and two numbers';
    if (!words.constant(text.startOf(2), text.sizeOf(2))) return 'is as likely as two numbers say, as in 1 10';
    const num = words.found;
    if (!words.constant(text.startOf(3), text.sizeOf(3))) return 'is as likely as two numbers say, as in 1 10';
    const den = words.found;
    if (den < 1 || num < 0 || num > den || den > i32.MAX_VALUE) return 'is as likely as 0 to 1';
    if (isDelay && (!words.time(text.startOf(4), text.sizeOf(4)) || words.found <= 0)) return 'delay ends with a time';
    if (faultLine == 0) faultLine = line;
    its.num = <u32>num;
    its.den = <u32>den;
    its.argument = isDelay ? <u32>words.found : 0;
    return '';
  }
  return 'is EINTR, EAGAIN, ENOMEM, EMFILE, short, delay or spurious';
}

/** Takes a directive up: what is wrong with it, or ''. */
export function directive(): string {
  if (text.is(0, 'kernel')) return kernel();
  if (text.is(0, 'strategy')) return strategyOf();
  if (text.is(0, 'fault')) return faultOf();
  if (text.count != 2 || !words.time(text.startOf(1), text.sizeOf(1)) || words.found < 0) return 'takes one time, as in 10s';
  until_ns = <u64>words.found * 1000;
  isBounded = true;
  return '';
}

/** Hands the fault plan to a kernel that has booted. */
export function plant(): void {
  for (let i = 0; i < FAULTS_COUNT; i++) {
    const its = oddsOf(i);
    if (its.num != 0) fault.set(i, its.num, its.den, its.argument);
  }
}
