// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 600
// runs: node, not newest

// The C library shows what the core's own functions say, which src/ asks in its own process: one policy, in C as anywhere. The kernel is the real one.

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BACKENDS } from '../../src/backends.js';
import { VPOLL_EVENTS } from '../../src/constants.js';
import { getCore } from '../../src/core.js';
import { needs } from '../support/needs.js';
import { ADD, DEL, drive, DRIVER, EOPNOTSUPP, FD, numbers, SET } from './support/driver.js';

type Backend = 'tcp' | 'socketpair';

const OPS = [ADD, DEL, SET] as const;
/** All masks of the eleven bits. */
const MASKS = [...Array(1 << 11).keys()].map(spread);
const LIBRARY = needs(test, ...DRIVER);

/** The n-th mask: its bits in the places of the eleven. */
function spread(n: number): number {
  let mask = 0;
  let rest = n;
  for (let bit = 1; bit <= VPOLL_EVENTS; bit <<= 1) {
    if (!(VPOLL_EVENTS & bit)) continue;
    if (rest & 1) mask |= bit;
    rest >>= 1;
  }
  return mask;
}

/** The mask after a request, by the core. */
function after(backend: Backend, shown: number, op: number, events: number): { wanted: number; nearest: number } {
  const core = getCore();
  const number = BACKENDS.indexOf(backend);
  const wanted = core.next(shown, op, core.aliased(number, events));
  return { wanted, nearest: core.nearest(number, shown, wanted, 0) };
}

/** Masks that a fresh vpoll can be made to show. */
function states(backend: Backend): number[] {
  return [...new Set(MASKS.map((mask) => after(backend, 0, SET, mask).nearest))];
}

function env(backend: Backend, policy: 'strict' | 'closest'): Record<string, string> {
  return { VPOLL_BACKEND: backend, ...(policy === 'strict' ? { VPOLL_STRICT: '1' } : {}) };
}

interface Step {
  from: number;
  op: number;
  events: number;
}

/** Takes each step on a vpoll of its own, and compares what it returned and what poll(2) shows. */
function compare(backend: Backend, policy: 'strict' | 'closest', steps: readonly Step[]): void {
  const commands = steps.flatMap(({ from, op, events }) => [
    `create ${from} 1`,
    `ctl ${FD} ${op} ${events}`,
    `show ${FD}`,
    `close ${FD}`,
  ]);
  const answers = numbers(drive(commands, { env: env(backend, policy), timeoutMs: 500_000 }));
  const wrong = steps.flatMap(({ from, op, events }, i) => {
    const { wanted, nearest } = after(backend, from, op, events);
    const isRefused = policy === 'strict' && wanted !== nearest;
    const expected = [FD, isRefused ? -EOPNOTSUPP : 0, isRefused ? from : nearest, 0];
    const got = answers.slice(4 * i, 4 * i + 4);
    return String(got) === String(expected) ? [] : [`from ${from}, ${op} ${events}: ${String(got)}, not ${String(expected)}`];
  });
  assert.equal(wrong.slice(0, 5), []);
}

for (const policy of ['closest', 'strict'] as const) {
  LIBRARY(`socketpair, ${policy}: every mask from every state, by every request`, () => {
    const steps = states('socketpair').flatMap((from) => OPS.flatMap((op) => MASKS.map((events) => ({ from, op, events }))));
    assert.is(steps.length, 8 * 3 * 2048);
    compare('socketpair', policy, steps);
  });

  LIBRARY(`tcp, ${policy}: every mask from nothing, and random ones from every state`, () => {
    const request = fc.record({ op: fc.constantFrom(...OPS), events: fc.constantFrom(...MASKS) });
    const fromNothing = MASKS.map((events) => ({ from: 0, op: SET, events }));
    const others = states('tcp').flatMap((from) => fc.sample(request, 60).map((each) => ({ from, ...each })));
    compare('tcp', policy, [...fromNothing, ...others]);
  });
}

/** A random walk on one vpoll: the state of each step is what the last one left. */
function walk(backend: Backend, policy: 'strict' | 'closest', events: readonly number[], count: number): void {
  const request = fc.record({ op: fc.constantFrom(...OPS), events: fc.constantFrom(...events) });
  const steps = fc.sample(request, count);
  const commands = steps.flatMap((step) => [`ctl ${FD} ${step.op} ${step.events}`, `show ${FD}`]);
  const answers = numbers(drive(['create 0 1', ...commands], { env: env(backend, policy) })).slice(1);
  let shown = 0;
  steps.forEach((step, i) => {
    const { wanted, nearest } = after(backend, shown, step.op, step.events);
    const isRefused = policy === 'strict' && wanted !== nearest;
    const what = `step ${i}, from ${shown}: ${JSON.stringify(steps.slice(0, i + 1).slice(-5))}`;
    if (!isRefused) shown = nearest;
    assert.equal(answers.slice(2 * i, 2 * i + 2), [isRefused ? -EOPNOTSUPP : 0, shown], what);
  });
}

for (const policy of ['closest', 'strict'] as const) {
  LIBRARY(`a walk of thousands of steps, ${policy}`, () => {
    walk('tcp', policy, MASKS, 3000);
    walk('tcp', policy, [0, 1, 2, 4, 8, 0x41, 0x104, 0xf, 0x10, 0x2001], 3000);
    walk('socketpair', policy, [0, 1, 4, 5, 0x41, 0x304, 2, 8, 0x345], 20_000);
    // Each ends in a final state soon.
    for (let i = 0; i < 20; i++) walk('socketpair', policy, MASKS, 50);
  });
}

test.run();
