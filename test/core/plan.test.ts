// SPDX-License-Identifier: LGPL-2.1-or-later

// Every plan from every state to every state that it can reach, for every mask of asserted bits. Taken step by step on a pair of
// fake sockets, it arrives, and clears before it sets. It shows nothing of neither mask, and gives each edge.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { HUP, IN, OUT, RDHUP } from '../fake/abi.js';
import { createWorld, STRICT, SOCKETPAIR, type World } from '../fake-host.js';
import { ALL_MASKS, canReach, SHOWABLE } from './support/unix-model.js';

const CLEAR_OUT = 1;
const CLEAR_IN = 2;
const SET_OUT = 3;
const END_RD = 5;
const END = 6;
const STEPS = ['', 'CLEAR_OUT', 'CLEAR_IN', 'SET_OUT', 'SET_IN', 'END_RD', 'END'];

const { core } = createWorld();

function stepsOf(plan: number): number[] {
  const steps: number[] = [];
  for (let rest = plan >>> 0; rest !== 0; rest >>>= 4) steps.push(rest & 15);
  return steps;
}

/** A machine smaller than the sockets: what each step does to the mask, and which bits it wakes for. */
function take(mask: number, step: number): { mask: number; edges: number } {
  if (step === CLEAR_OUT) return { mask: mask & ~0x304, edges: 0 };
  if (step === CLEAR_IN) return { mask: mask & (HUP | RDHUP) ? mask : mask & ~0x41, edges: 0 };
  if (step === SET_OUT) return { mask: mask | 0x304, edges: 0x304 };
  if (step === END_RD || step === END) {
    const shown = mask | (step === END ? 0x2051 : 0x2041);
    return { mask: shown, edges: shown };
  }
  return { mask: mask | 0x41, edges: 0x41 };
}

interface Walk {
  name: string;
  steps: number[];
  masks: number[];
  edges: number;
}

function walk(shown: number, target: number, asserted: number): Walk {
  const steps = stepsOf(core.plan(SOCKETPAIR, shown, target, asserted));
  const masks = [shown];
  let edges = 0;
  for (const step of steps) {
    const after = take(masks[masks.length - 1]!, step);
    masks.push(after.mask);
    edges |= after.edges;
  }
  const name = `${shown} -> ${target} asserting ${asserted}: ${steps.map((step) => STEPS[step] ?? step).join(' ')}`;
  return { name, steps, masks, edges };
}

function* walks(asserted: readonly number[]): Generator<Walk & { shown: number; target: number; asserted: number }> {
  for (const shown of SHOWABLE) {
    for (const target of SHOWABLE.filter((mask) => canReach(shown, mask))) {
      for (const bits of asserted) yield { ...walk(shown, target, bits), shown, target, asserted: bits };
    }
  }
}

test('a plan arrives, and only through bits of the old or the new mask, keeping those of both', () => {
  for (const { name, masks, shown, target } of walks(ALL_MASKS)) {
    if (masks[masks.length - 1] !== target) assert.unreachable(`${name}: ends in ${masks.join(', ')}`);
    for (const mask of masks) {
      if (mask & ~(shown | target)) assert.unreachable(`${name}: shows ${mask}`);
      if (shown & target & ~mask) assert.unreachable(`${name}: loses a bit that stays in ${mask}`);
    }
  }
});

test('a plan clears before it sets, and what is final comes last', () => {
  for (const { name, steps } of walks(ALL_MASKS)) {
    const clears = steps.map((step) => step === CLEAR_OUT || step === CLEAR_IN);
    if (clears.lastIndexOf(true) > clears.indexOf(false) && clears.includes(false)) assert.unreachable(name);
    const end = steps.findIndex((step) => step === END || step === END_RD);
    if (end >= 0 && end !== steps.length - 1) assert.unreachable(name);
    if (new Set(steps).size !== steps.length) assert.unreachable(`${name}: a step twice`);
  }
});

test('every bit that is new or asserted, and shown in the end, gets an edge', () => {
  const missing = new Set<string>();
  for (const { name, edges, shown, target, asserted } of walks(ALL_MASKS)) {
    if (target & ~shown & ~edges) assert.unreachable(`${name}: no edge for a new bit`);
    // An alias by itself is looked at below.
    if (asserted & target & (IN | OUT | HUP | RDHUP) & ~edges) missing.add(name);
  }
  assert.equal([...missing].slice(0, 5), []);
});

test('nothing asserted and nothing to change is no step at all', () => {
  for (const shown of SHOWABLE) assert.is(core.plan(SOCKETPAIR, shown, shown, 0), 0);
});

/** A vpoll on the fake sockets in a state. */
function inState(world: World, mask: number): number {
  return world.core.create(SOCKETPAIR, mask, 0, STRICT, 0);
}

test('the fake sockets agree with the small machine about every state', () => {
  const world = createWorld();
  for (const mask of SHOWABLE) assert.is(world.file(inState(world, mask)).poll(), mask);
});

test.run();
