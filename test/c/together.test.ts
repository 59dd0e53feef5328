// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 600
// runs: node, not newest

// Two processes that change one vpoll in the same moment, on both emulators: the result is that of one after the other, in either order. Meanwhile no waiter sees
// anything else. But for a PRI that meets a HUP on tcp, which decisions/014 is about.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BACKENDS } from '../../src/backends.js';
import { getCore } from '../../src/core.js';
import { needs } from '../support/needs.js';
import { compile, execute } from './support/library.js';

const ROUNDS = 1000;
const ADD = 1;
const [IN, PRI, OUT, ERR, HUP, RDHUP] = [1, 2, 4, 8, 0x10, 0x2000];

/** What a vpoll shows at first, and what each process adds. */
const CASES: readonly (readonly [from: number, first: number, second: number])[] = [
  ...[IN, PRI, OUT, ERR, RDHUP, HUP].map((events) => [0, events, HUP] as const),
  ...[IN, PRI, OUT, ERR, RDHUP].map((events) => [0, events, RDHUP] as const),
  ...[PRI, ERR, RDHUP].map((events) => [RDHUP, events, HUP] as const),
  ...[IN, OUT, ERR].map((events) => [0, events, PRI] as const),
  [PRI, PRI, HUP],
  ...[HUP, RDHUP].map((events) => [0, IN | OUT, events] as const),
  [IN, IN | OUT, HUP],
];

/** What `from` comes to by two changes, one after the other. */
function after(backend: number, from: number, ...changes: number[]): number {
  const core = getCore();
  const nearest = (shown: number, wanted: number): number => core.nearest(backend, shown, wanted, 0);
  const start = nearest(0, core.aliased(backend, from));
  return changes.reduce((shown, events) => nearest(shown, core.next(shown, ADD, core.aliased(backend, events))), start);
}

/** Whether a line of the program's says what may be. */
function isRight(name: 'tcp' | 'socketpair', line: string): boolean {
  const [from = 0, first = 0, second = 0, mask = 0] = line
    .split(' ')
    .filter((_, i) => i !== 3)
    .map((word) => Number.parseInt(word, 16));
  const backend = BACKENDS.indexOf(name);
  const ends = [after(backend, from, first, second), after(backend, from, second, first)];
  if (line.includes(' end ')) return ends.includes(mask);
  const isReset = name === 'tcp' && first === PRI && second === HUP && (mask & HUP) !== 0;
  const allowed = after(backend, from) | ends[0]! | ends[1]! | (isReset ? ERR : 0);
  return (mask & ~allowed) === 0;
}

const withLibrary = needs(test, 'cmake', 'gcc');

for (const name of ['tcp', 'socketpair'] as const) {
  withLibrary(`${name}: two processes at once come to what one after the other does`, () => {
    const input = CASES.map((each) => `${each.map((mask) => mask.toString(16)).join(' ')}\n`).join('');
    const args = [String(ROUNDS)];
    const ran = execute(compile('together.c'), { args, input, env: { VPOLL_BACKEND: name }, timeoutMs: 500_000 });
    assert.equal([ran.status, ran.errors], [0, '']);
    const wrong = ran.output
      .trimEnd()
      .split('\n')
      .filter((line) => !isRight(name, line));
    assert.equal(wrong, []);
  });
}

test.run();
