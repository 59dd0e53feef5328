// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 600
// runs: node, not newest, vm c/waiters

// What waiters of each kind see while a vpoll changes, as C programs get them. They see bits of the old mask and of the new one, which are what was asked for and its
// companions, and no other. Over the backend that VPOLL_BACKEND names (test/vm names those of a patched kernel), else over both emulators and fuse. All kinds at the same time,
// so that the machine is busy.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type BackendName, BACKENDS } from '../../src/backends.js';
import { getCore } from '../../src/core.js';
import { keyOf } from '../../tools/ring.js';
import { slowness } from '../../tools/slowness.js';
import { hasRing } from '../support/io-uring.js';
import { needs } from '../support/needs.js';
import { compile, IS_GUEST } from './support/library.js';
import { VPOLL_EVENTS } from '../../src/constants.js';

const WAYS = ['poll', 'select', 'level', 'edge', 'oneshot', 'uring'];
/** Fewer in a guest, where a thread takes longer to start. */
const ROUNDS = IS_GUEST ? 10 : 50;
const [ADD, DEL, SET] = [1, 2, 3];
const [IN, PRI, OUT, ERR, HUP, RDHUP] = [1, 2, 4, 8, 0x10, 0x2000];
const ALL = VPOLL_EVENTS;

/** What each change begins with, and what is asked for. Those that end nothing come first. */
const CASES: readonly (readonly [from: number, op: number, events: number])[] = [
  ...[IN, OUT, PRI, ERR, IN | OUT | PRI | ERR].map((events) => [0, SET, events] as const),
  ...[IN | ERR, OUT, PRI | OUT].map((from) => [from, SET, IN] as const),
  ...[HUP, IN | HUP, OUT | HUP, PRI | HUP, ERR | HUP, RDHUP, IN | RDHUP, OUT | RDHUP].map((events) => [0, ADD, events] as const),
  ...[IN, OUT, PRI, ERR, IN | RDHUP].map((from) => [from, ADD, HUP] as const),
  ...[IN, PRI].map((from) => [from, SET, HUP] as const),
  ...[0, IN, OUT, HUP, PRI].map((events) => [IN | RDHUP, SET, events] as const),
  ...[0, IN, OUT, ERR, RDHUP].map((events) => [HUP, SET, events] as const),
  ...[HUP, IN, OUT, PRI | ERR].map((events) => [PRI | ERR | HUP, DEL, events] as const),
];

interface Seen {
  from: number;
  op: number;
  events: number;
  interest: number;
  mask: number;
  count: number;
}

async function watch(program: string, backend: string, way: string): Promise<Seen[]> {
  const child = spawn(program, [String(ROUNDS), way], {
    env: { PATH: process.env.PATH, VPOLL_BACKEND: backend },
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: 120_000 * slowness,
    killSignal: 'SIGKILL',
  });
  child.stdin.end(CASES.map(([from, op, events]) => `${from.toString(16)} ${op} ${events.toString(16)}\n`).join(''));
  const [output, [status]] = await Promise.all([text(child.stdout), once(child, 'close') as Promise<[number | null]>]);
  assert.is(status, 0, way);
  return output
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [from, op, events, interest, mask, count] = line.split(' ');
      const hex = (word = ''): number => Number.parseInt(word, 16);
      return {
        from: hex(from),
        op: Number(op),
        events: hex(events),
        interest: hex(interest),
        mask: hex(mask),
        count: Number(count),
      };
    });
}

/** The masks before and after a change. */
function ends(backend: number, { from, op, events }: Omit<Seen, 'interest' | 'mask' | 'count'>): [number, number] {
  const core = getCore();
  const before = core.nearest(backend, 0, core.aliased(backend, from), 0);
  return [before, core.nearest(backend, before, core.next(before, op, core.aliased(backend, events)), 0)];
}

/** What is wrong about a mask that was seen, or ''. */
function judge(backend: number, way: string, seen: Seen): string {
  const [before, after] = ends(backend, seen);
  let allowed = (before | after) & (seen.interest | ERR | HUP | (way === 'uring' ? RDHUP : 0));
  if (way === 'select')
    allowed = ((before | after) & ~PRI & seen.interest) | (after | before ? IN | OUT : 0) | ((before | after) & PRI);
  // io_uring's poll completes with the key of a wake-up: what a socket's data and its room in the buffer are announced by.
  else if (way === 'uring')
    for (const bit of [IN, PRI, OUT])
      if ((before | after) & bit) allowed |= keyOf(BACKENDS[backend] as BackendName, bit) & seen.interest;
  const name = `${way} ${seen.from.toString(16)} ${seen.op} ${seen.events.toString(16)}, asked for ${seen.interest.toString(16)}`;
  if (seen.mask & ~allowed) return `${name}: ${seen.mask.toString(16)} in ${seen.count} of ${ROUNDS}`;
  // HUP and RDHUP come whole.
  const whole = after & ~before & (HUP | RDHUP) & seen.mask ? after & (HUP | RDHUP | 0x345) & seen.interest : 0;
  return whole & ~seen.mask ? `${name}: ${seen.mask.toString(16)}, without ${(whole & ~seen.mask).toString(16)}` : '';
}

const named = process.env.VPOLL_BACKEND as BackendName | undefined;

for (const name of named ? [named] : (['tcp', 'socketpair', 'fuse'] as const)) {
  const withRing = needs(
    test,
    ...['cmake', 'gcc', '/usr/include/liburing.h', '/usr/include/vpoll.h'],
    { name: 'a kernel that lets us use io_uring', has: hasRing() },
    { name: `what ${name} takes`, has: name !== 'fuse' || existsSync('/dev/fuse') },
  );
  withRing(`${name}: no waiter sees a bit that is neither asked for nor a companion`, async () => {
    const backend = BACKENDS.indexOf(name);
    const program = compile('seen.c', { args: ['-luring'] });
    const all = await Promise.all(WAYS.map((way) => watch(program, name, way)));
    const wrong = all.flatMap((seen, i) => seen.map((each) => judge(backend, WAYS[i]!, each)).filter(Boolean));
    assert.equal(wrong, []);
    // Each way but select has seen each mask that a change has led to and that it had asked for.
    for (const [i, seen] of all.entries()) {
      if (WAYS[i] === 'select') continue;
      for (const [from, op, events] of CASES) {
        const [before, after] = ends(backend, { from, op, events });
        if (op === DEL || (after & ~before) === 0) continue;
        const isSeen = seen.some(
          (each) =>
            each.from === from &&
            each.op === op &&
            each.events === events &&
            each.interest === ALL &&
            (each.mask & after & ~before) !== 0,
        );
        assert.ok(isSeen, `${WAYS[i]!} ${from} ${op} ${events}`);
      }
    }
  });
}

test.run();
