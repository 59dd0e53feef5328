// SPDX-License-Identifier: LGPL-2.1-or-later

// The pure functions of the core, over all their arguments, against models written from DESIGN.md's words rather than from the code.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ADD, DEL, hex, IN, make, OPS, OUT, SET, SETTABLE, SHOWN, subsets } from './support.js';

const { core } = make();
const SIX = 0x201f; // IN PRI OUT ERR HUP RDHUP

test('next: ADD ors, DEL clears, SET assigns: every mask of the six main bits, every op', () => {
  const bits = [0x1, 0x2, 0x4, 0x8, 0x10, 0x2000];
  for (const events of subsets(SIX)) {
    for (const arg of subsets(SIX)) {
      for (const op of OPS) {
        // Bit by bit: is it set afterwards?
        const after = bits.filter((bit) => {
          const [was, asked] = [events & bit, arg & bit];
          return op === ADD ? was || asked : op === DEL ? was && !asked : asked;
        });
        const sum = after.reduce((mask, bit) => mask + bit, 0);
        assert.is(core.next(events, op, arg), sum, `${hex(events)} ${op} ${hex(arg)}`);
      }
    }
  }
});

test('aliased: IN brings RDNORM, OUT brings WRNORM and WRBAND, nothing else moves', () => {
  for (const mask of subsets(SETTABLE)) {
    const wanted = new Set([...Array(14).keys()].filter((bit) => mask & (1 << bit)));
    if (wanted.has(0)) wanted.add(6);
    if (wanted.has(2)) wanted.add(8).add(9);
    assert.is(
      core.aliased(mask),
      [...wanted].reduce((sum, bit) => sum + 2 ** bit, 0),
    );
  }
});

function popcount(mask: number): number {
  return mask.toString(2).replaceAll('0', '').length;
}

/** DESIGN.md, "closest", by brute force over all masks. */
function closest(shown: number, wanted: number): number {
  const final = shown & 0x2010;
  const candidates = SHOWN.filter((mask) => (mask & final) === final);
  for (const dropped of [0, 0x400, 0x480, 0x482, 0x48a]) {
    const rest = wanted & ~dropped;
    const asksFinal = (rest & 0x2010) !== 0;
    const fitting = candidates.filter((mask) => (rest & ~mask) === 0 && (asksFinal || (mask & 0x2010 & ~final) === 0));
    fitting.sort((a, b) => popcount(a) - popcount(b) || a - b);
    if (fitting.length > 0) return fitting[0]!;
  }
  throw new Error(`nothing for ${hex(wanted)} from ${hex(shown)}`);
}

test('nearest: the smallest reachable superset, for all 2048 masks from each of the eight states', () => {
  for (const shown of SHOWN) {
    for (const wanted of subsets(SETTABLE)) {
      assert.is(core.nearest(shown, wanted), closest(shown, wanted), `${hex(wanted)} from ${hex(shown)}`);
    }
  }
});

interface Walk {
  masks: number[];
  edges: number;
  steps: number[];
}

/** Takes a plan on a model of two sockets. Steps: see assembly/backend/unixplan.ts. */
function take(shown: number, plan: number): Walk {
  const walk: Walk = { masks: [shown], edges: 0, steps: [] };
  for (let rest = plan; rest !== 0; rest >>>= 4) {
    const step = rest & 15;
    let mask = walk.masks.at(-1);
    const [clear, set] = [
      [0, 0],
      [OUT, 0],
      [IN, 0],
      [0, OUT],
      [0, IN],
      [0, 0x2041],
      [0, 0x2051],
    ][step]!;
    if (set === IN) assert.not.ok(mask & 0x2000, 'a byte is sent after a shutdown');
    mask = (mask & ~clear!) | set!;
    walk.edges |= set!;
    walk.masks.push(mask);
    walk.steps.push(step);
  }
  return walk;
}

test('plan: reaches the target, gives each asserted bit its edge, clears before it sets, shows no bit of neither mask', () => {
  let plans = 0;
  for (const shown of SHOWN) {
    for (const target of SHOWN.filter((mask) => (shown & 0x2010 & ~mask) === 0)) {
      for (const asserted of [0, IN, OUT, IN | OUT, 0x2000, 0x10, 0x2051, 0x2355]) {
        const plan = core.plan(shown, target, asserted) >>> 0;
        const { masks, edges, steps } = take(shown, plan);
        const what = `${hex(shown)} -> ${hex(target)}, asserted ${hex(asserted)}: ${steps.join(' ')}`;
        assert.is(masks.at(-1), target, what);
        assert.is((asserted | ~shown) & target & ~edges, 0, `${what}: an edge is missing`);
        assert.is(edges & ~target, 0, `${what}: an edge for what isn't set`);
        for (const mask of masks) {
          assert.is(mask & ~(shown | target), 0, `${what}: passes ${hex(mask)}`);
          assert.is(shown & target & ~mask, 0, `${what}: loses a bit of both at ${hex(mask)}`);
        }
        assert.equal(steps, [...steps].sort(), `${what}: sets before it clears, or ends before the end`);
        if (asserted === 0 && shown === target) assert.is(plan, 0, what);
        plans++;
      }
    }
  }
  assert.is(plans, 8 * (4 * 8 + 2 * 4 + 2 * 2 - 0));
});

test('free: every subset of IN and OUT on a socketpair, every mask on the others', () => {
  assert.equal(
    [1, 2, 3].map((backend) => core.free(backend)),
    [SETTABLE, SETTABLE, 0x5],
  );
});

test('SET is an operation, 0 and 4 are not', () => {
  const fd = core.create(3, 0, 0, 0, 0);
  assert.equal(
    [-1, 0, 4, 1 << 30].map((op) => core.ctl(fd, 0, op, 0)),
    [-22, -22, -22, -22],
  );
  assert.is(core.ctl(fd, 0, SET, 0), 0);
});

test.run();
