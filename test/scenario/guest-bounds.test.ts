// SPDX-License-Identifier: LGPL-2.1-or-later

// A guest that never ends, or takes what it can, is ended, and what is no guest is refused. vpoll's own words say so, under every engine.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import wabt from 'wabt';
import { whyNoModule } from '../../src/scenario/wasi/refusals.js';
import { playGuest } from './support/guest.js';

const ONE = ['r w = pipe', 'guest r w'];
const { parseWat } = await wabt();

/** A call of preview 1 that a guest makes for good: its name, parameters and arguments. */
function calling(name: string, params: string, args: string): Uint8Array<ArrayBuffer> {
  return made(
    `(import "wasi_snapshot_preview1" "${name}" (func $call (param ${params}) (result i32)))`,
    `(loop $again (drop (call $call ${args})) (br $again))`,
  );
}

/** A module with a `_start`. At 0 stands an iovec of 65536 bytes, at 8 one of none, at 16 one of 1 byte, a line feed. */
function made(head: string, start: string, memory = '(memory (export "memory") 2)'): Uint8Array<ArrayBuffer> {
  const data =
    memory &&
    '(data (i32.const 0) "\\00\\00\\00\\00\\00\\00\\01\\00\\40\\00\\00\\00\\00\\00\\00\\00\\28\\00\\00\\00\\01\\00\\00\\00") (data (i32.const 40) "\\0a")';
  const text = `(module ${head} ${memory} ${data} (func (export "_start") ${start}))`;
  return Uint8Array.from(parseWat('guest.wat', text).toBinary({}).buffer);
}

function number(value: number): string {
  return `(i32.const ${value})`;
}

const OPEN = ['3', '0', '40', '1', '1', '0', '0', '0', '64'].map((value, index) =>
  index === 5 || index === 6 ? `(i64.const ${value})` : number(Number(value)),
);

const STEPS = 'made 10000000 steps, and no end is in sight';
const FOR_GOOD: [what: string, guest: Uint8Array<ArrayBuffer>, said: string][] = [
  [
    'prints',
    calling('fd_write', 'i32 i32 i32 i32', [1, 0, 1, 64].map(number).join('')),
    'printed 16777216 bytes, and no end is in sight',
  ],
  [
    'prints lines',
    calling('fd_write', 'i32 i32 i32 i32', [2, 16, 1, 64].map(number).join('')),
    'printed 1000000 lines, and no end is in sight',
  ],
  ['prints nothing', calling('fd_write', 'i32 i32 i32 i32', [1, 8, 1, 64].map(number).join('')), STEPS],
  [
    'asks for chance',
    calling('random_get', 'i32 i32', [64, 4096].map(number).join('')),
    'asked for more than 16777216 random bytes',
  ],
  ['opens files', calling('path_open', 'i32 i32 i32 i32 i32 i64 i64 i32 i32', OPEN.join('')), STEPS],
];

for (const [what, guest, said] of FOR_GOOD) {
  test(`a guest that for good ${what} ends`, async () => {
    const { status, stderr } = await playGuest(guest, ONE);
    assert.is(status, 1);
    assert.is(stderr.replace(/^line 2: /, ''), `the guest has ${said}\n`);
  });
}

const YIELD = '(import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))';

test('counts that are absurd are refused', async () => {
  for (const [name, expected] of [
    ['fd_write', 21],
    ['fd_read', 21],
    ['poll_oneoff', 28],
  ] as const) {
    const call = `(import "wasi_snapshot_preview1" "${name}" (func $call (param i32 i32 i32 i32) (result i32)))`;
    const args = [name === 'poll_oneoff' ? 0 : 10, 0, -1, 64].map(number).join('');
    const start = `(if (i32.ne (call $call ${args}) (i32.const ${expected})) (then unreachable))`;
    const { status, stderr } = await playGuest(made(call, start), ONE);
    assert.equal([status, stderr], [0, ''], name);
  }
});

test('memory that it takes', async () => {
  const guest = made(YIELD, '(drop (memory.grow (i32.const 5000))) (drop (call $yield))');
  const { status, stderr } = await playGuest(guest, ONE);
  assert.equal([status, stderr], [1, 'the guest has taken more than 268435456 bytes of memory\n']);
});

test('what is not in its memory is EFAULT, and no failure of a library', async () => {
  const call = '(import "wasi_snapshot_preview1" "fd_write" (func $call (param i32 i32 i32 i32) (result i32)))';
  for (const fd of [1, 2, 10, 11]) {
    const start = `(if (i32.ne (call $call ${[fd, -8, 1, 64].map(number).join('')}) (i32.const 21)) (then unreachable))`;
    const { status, stderr } = await playGuest(made(call, start), ONE);
    assert.equal([status, stderr], [0, ''], `${fd}`);
  }
});

const TRAPS: [start: string, what: string][] = [
  ['unreachable', 'unreachable code'],
  ['(drop (i32.div_s (i32.const 1) (i32.const 0)))', 'a division by zero'],
  ['(drop (i32.load (i32.const -4)))', 'an access outside of its memory'],
  ['(call $start)', 'its stack is full'],
];

test('a trap has one name under every engine', async () => {
  for (const [start, what] of TRAPS) {
    const guest = made(`(func $start ${start})`, '(call $start)');
    const { status, stderr } = await playGuest(guest, ONE);
    assert.equal([status, stderr], [1, `the guest was ended by a trap: ${what}\n`]);
  }
});

async function refusal(guest: Uint8Array<ArrayBuffer>): Promise<string> {
  return playGuest(guest, ONE).then(
    ({ status, stderr }) => `${status} ${stderr}`,
    (error: unknown) => (error as Error).message.replace('EINVAL: invalid argument, vpoll_sim: ', ''),
  );
}

test('what is no guest is refused by what it lacks', async () => {
  assert.is(await refusal(made('', '')), '0 ', 'one that asks for nothing runs');
  assert.is(await refusal(made('', '', '')), 'guest exports no memory: it is no WASI command');
  const foreign = 'which is not in WASI (preview 1)';
  for (const [head, what] of [
    ['(import "env" "f" (func))', 'function f of env'],
    ['(import "wasi_unstable" "fd_close" (func (param i32) (result i32)))', 'function fd_close of wasi_unstable'],
    ['(import "wasi_snapshot_preview1" "fd_wat" (func))', 'function fd_wat of wasi_snapshot_preview1'],
    ['(import "wasi_snapshot_preview1" "fd_read" (global i32))', 'global fd_read of wasi_snapshot_preview1'],
  ] as const) {
    assert.is(await refusal(made(head, '')), `guest wants ${what}, ${foreign}`);
  }
  const several = ['env" "f', 'env" "f', 'env" "g', 'wasi_unstable" "fd_close'].map((name) => `(import "${name}" (func))`);
  const named = 'function f of env, function g of env, function fd_close of wasi_unstable';
  assert.is(await refusal(made(several.join(''), '')), `guest wants ${named}, which are not in WASI (preview 1)`);
  const many = Array.from({ length: 150 }, (_, index) => `(import "env" "f${index}" (func))`).join('');
  assert.match(await refusal(made(many, '')), /^guest wants function f0 of env, .*, function f99 of env, 50 more, which are/);
  const trapping = made('(func $first unreachable) (start $first)', '');
  assert.is(await refusal(trapping), 'guest does not begin: unreachable code');
});

test('what is no module is told by what it is', () => {
  assert.is(whyNoModule(new Uint8Array()), 'is no WebAssembly module');
  assert.is(whyNoModule(new TextEncoder().encode('int main')), 'is no WebAssembly module');
  assert.match(whyNoModule(Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0)), 'is a component');
  assert.match(whyNoModule(made('', '').subarray(0, 20)), 'cut short');
});

test.run();
