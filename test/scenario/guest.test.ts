// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300

// Programs for WASI, in AssemblyScript and in C, as a task of a scenario.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { programOf } from '../../tools/runtimes.js';
import { needs } from '../support/needs.js';
import { root } from '../support/run.js';
import { compileAssembly, compileC, playGuest } from './support/guest.js';

const guest = await compileAssembly();

const PIPES = [
  'strategy round-robin',
  'r w = pipe',
  'r2 w2 = pipe',
  'guest r w2',
  'sleep 500ms',
  'write w 0x05000201',
  'sleep 2s',
  'write w 3',
  'n = read r2 8',
  'print the guest wrote {n}',
];

const RACE = [
  'strategy random',
  'fault spurious 1 8',
  'fault delay 1 4 900us',
  'r w = pipe',
  'a b = socketpair',
  'guest r b',
  'task other',
  ...['write a 9', 'sleep 700us', 'print {result}', 'write w 1', 'sleep 900us'],
  'end',
  ...['sleep 1ms', 'write w 7', 'sleep 2ms', 'write w 8', 'print main'],
];

const ONE = ['r w = pipe', 'guest r w'];

test('a guest waits, reads and writes by the calls of preview 1, on virtual time', async () => {
  const { status, stdout, stderr, trace } = await playGuest(guest, PIPES, ['pipes']);
  assert.equal([status, stderr], [0, '']);
  assert.equal(stdout.trimEnd().split('\n'), [
    'at 3000: 101 0 0 0', // poll(2) has milliseconds
    'at 500000: 100 1 0 0',
    'read 8: 1 5',
    'read 8: 3 0',
    'fd_write 0',
    'the guest wrote 5',
    'at 2500000: 102 1 8 0: 103 1 0 0: 101 2 0 0',
    'at 2500000: 100 0 58 0',
    'fd_fdstat_set_flags 0 fd_fdstat_get 0 flags 4 rights 134217738',
    'fd_read 6',
    'fd_close 0',
    'fd_read 8',
    'poll_oneoff 28',
  ]);
  assert.match(trace, /^3000000 t1 says at 3000: 101 0 0 0$/m);
});

test('it is told of what hangs up', async () => {
  const { stdout } = await playGuest(guest, ['r w = pipe', 'guest r w', 'close w', 'sleep 1s'], ['race']);
  assert.match(stdout, /: 100 1 0 1: 101 1 8 0$/m);
});

const SOCKETS = [
  'strategy round-robin',
  'a b = socketpair',
  'r w = pipe',
  'guest a r',
  ...['sleep 1ms', 'write b 0x0706050403020100', 'sleep 1ms', 'write b 0x0f0e0d0c0b0a0908', 'sleep 1ms'],
  ...['send b 20', 'sleep 1ms', 'send b 16', 'sleep 1ms'],
  ...['n = recv b 64', 'print the guest sent {n}', 'm = recv b 64', 'print then {m}'],
];

test('a guest receives, sends and shuts down by sock_*, as the socket of a pair does', async () => {
  const { status, stdout, stderr, trace } = await playGuest(guest, SOCKETS, ['k']);
  assert.equal([status, stderr], [0, '']);
  assert.equal(stdout.trimEnd().split('\n'), [
    'sock_recv 0: 8 0 3 0',
    'sock_recv 0: 8 8 11 0', // MSG_PEEK
    'sock_recv 0: 35 8 11 0', // MSG_WAITALL: all of both pieces
    'sock_recv 28: 0 0 0 77', // a flag that there isn't
    'sock_recv 57: 0 0 0 77', // a pipe
    'sock_recv 2: 0 0 0 77', // stdout, which the library doesn't let it read
    'sock_recv 8: 0 0 0 77', // nothing
    'sock_send 0: 5',
    'sock_send 28: 0',
    'sock_send 57: 0',
    'sock_accept 28 57 28 57',
    'sock_shutdown 28 28 57 0',
    'sock_send 64: 0',
    'sock_shutdown 0',
    'sock_recv 0: 9 0 0 0',
    'the guest sent 5',
    'then 0',
  ]);
  assert.match(trace, / t1 recv \d+ 35 0x100( \|.*)? \| sleeps$/m);
  assert.not.match(trace, /not simulated/);
});

test('its environment is what it is given, and nothing else', async () => {
  const env = { A: '1', PATH: '', 'with space': 'x=y', A_B: 'ä' };
  assert.is((await playGuest(guest, ONE, ['e'], 0n, env)).stdout, 'A=1\nPATH=\nwith space=x=y\nA_B=ä\n');
  assert.is((await playGuest(guest, ONE, ['e'])).stdout, '');
  const set = ['--env', 'A=1', '--env', '__proto__=p', '--env', 'A=2=3', '--env', 'EMPTY='];
  assert.is(sim('node', ONE, [...set, '--guest', 'GUEST'], ['--', 'e']).stdout, 'A=2=3\n__proto__=p\nEMPTY=\n');
});

test('a fault of the scenario strikes the guest', async () => {
  const { stdout } = await playGuest(guest, ['fault EINTR 1 1', ...ONE], ['pipes']);
  assert.match(stdout, /^poll_oneoff 27\n/);
});

test('its status, a trap, a wait for good and a loop without end are what the run ends by', async () => {
  const cases: [string, string, RegExp][] = [
    ['x', 'after', /^the guest exited with status 7\n$/],
    ['t', '', /^the guest was ended by a trap: .+\n$/],
    ['s', 'after', /^line 2: all tasks sleep, and nobody will wake this one\n$/],
    ['c', '', /^line 2: the guest has made 10000000 steps, and no end is in sight\n$/],
  ];
  for (const [mode, printed, said] of cases) {
    const { status, stdout, stderr } = await playGuest(guest, [...ONE, 'sleep 1s', 'print after'], [mode]);
    assert.equal([status, stdout.trimEnd()], [1, printed], mode);
    assert.match(stderr, said);
  }
});

test('a call of the scenario that fails ends the guest as well', async () => {
  const { status, stdout, stderr } = await playGuest(guest, [...ONE, 'sleep 1s', 'read 99'], ['sleep']);
  assert.equal([status, stdout, stderr], [1, '', 'line 4: read: EBADF\n']);
});

test('more than four descriptors, and lines that cannot be', async () => {
  const five = ['a b = pipe', 'c = eventfd', 'guest a b a b c c', 'close c'];
  assert.is((await playGuest(guest, five)).status, 0);
  const wrong: [string[], string][] = [
    [['a = 1'], 'there is a program, and no step guest that begins it'],
    [['guest', 'guest'], "line 2: 'guest' is there already"],
    [['task t', 'guest', 'end'], "line 2: 'guest' belongs outside of all blocks"],
    [['guest nothing'], "line 1: 'nothing' is no number, no name of an event and nothing that was made before"],
    [['guest 1s'], "line 1: '1s' is a time, where none belongs"],
  ];
  for (const [lines, said] of wrong) {
    const { status, stdout, stderr, trace } = await playGuest(guest, lines);
    assert.equal([status, stdout, stderr, trace], [2, '', `${said}\n`, '']);
  }
});

needs(
  test,
  'clang',
  'wasm-ld',
  '/usr/include/wasm32-wasi/poll.h',
)('a program in C prints what the seed prints', async () => {
  const lines = ['strategy round-robin', 'efd = eventfd 0 vpoll', 'guest efd', 'sleep 2500ms', 'write efd ADD IN'];
  const further = ['IN', 'OUT', 'HUP'].flatMap((name) => ['sleep 2500ms', `write efd ADD ${name}`]);
  const compiled = await compileC();
  const run = await playGuest(compiled, [...lines, ...further, 'print the maker is done'], ['a', 'b c'], 5n);
  assert.equal([run.status, run.stderr, run.guestStderr], [0, '', '']);
  const [first, second, third, chance, ...rest] = run.stdout.trimEnd().split('\n');
  assert.equal([first, second, third], ['argument guest', 'argument a', 'argument b c']);
  assert.match(chance!, /^chance( [0-9a-f]{2}){8}$/);
  const got = ['1', '1', '4', '10'].flatMap((events) => ['timeout', 'timeout', `GOT event ${events}`]);
  assert.equal(rest, [...got, 'the maker is done', 'at 11500 11500']);
  const other = await playGuest(compiled, [...lines, ...further], [], 6n);
  assert.not(other.stdout.includes(chance!));
});

/** `vpoll sim` under a runtime, with the guest in a file. */
function sim(runtime: 'node' | 'bun' | 'deno', lines: readonly string[], args: readonly string[], behind: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-guest-'));
  try {
    const file = join(folder, 'guest.wasm');
    writeFileSync(file, guest);
    const before = runtime === 'deno' ? ['run', '--allow-all'] : [];
    const all = [...before, 'build/cli.js', 'sim', ...args.map((arg) => (arg === 'GUEST' ? file : arg)), '-', ...behind];
    return spawnSync(programOf(runtime), all, { input: lines.join('\n'), encoding: 'utf8', cwd: root });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const runtime of ['node', 'bun', 'deno'] as const) {
  test(`one seed, one hash: ${runtime}`, async () => {
    const hashes = new Set<string>();
    for (const seed of ['0', '1', '7', '18446744073709551615']) {
      const expected = await playGuest(guest, RACE, ['race'], BigInt(seed));
      assert.equal([expected.status, expected.stderr], [0, '']);
      const got = sim(runtime, RACE, ['--seed', seed, '--hash', '--guest', 'GUEST'], ['--', 'race']);
      assert.equal([got.status, got.stdout, got.stderr], [0, `${expected.hash}\n`, '']);
      hashes.add(expected.hash);
    }
    assert.is(hashes.size, 4);
  });
}

test('vpoll sim: what a guest prints, its trace, and what is wrong', async () => {
  const expected = await playGuest(guest, PIPES, ['pipes']);
  assert.equal(sim('node', PIPES, ['--guest', 'GUEST'], ['--', 'pipes']).stdout, expected.stdout);
  assert.equal(sim('node', PIPES, ['--trace', '--guest', 'GUEST'], ['--', 'pipes']).stdout, expected.trace);
  const wrong: [string[], string[], string][] = [
    [[], [], 'vpoll sim: -: line 2: guest needs a program (vpoll sim --guest PROGRAM)\n'],
    [[], ['--', 'a'], 'what follows -- is for a --guest, and there is none; vpoll sim --help says more\n'],
    [['--env', 'A=1'], [], '--env is for a --guest, and there is none; vpoll sim --help says more\n'],
    [['--env', 'A', '--guest', 'GUEST'], [], 'It must be NAME=VALUE; vpoll sim --help says more\n'],
    [['--env', '=A', '--guest', 'GUEST'], [], 'It must be NAME=VALUE; vpoll sim --help says more\n'],
    [['--guest', 'build/core.wasm'], [], 'core.wasm has no _start: it is no WASI command\n'],
    [['--guest', 'package.json'], [], 'vpoll sim: EINVAL: invalid argument, vpoll_sim: package.json is no WebAssembly module\n'],
    [['--guest', 'nowhere.wasm'], [], 'vpoll sim: ENOENT: '],
  ];
  for (const [args, behind, said] of wrong) {
    const { status, stdout, stderr } = sim('node', ONE, args, behind);
    assert.equal([status, stdout], [2, ''], stderr);
    assert.ok(stderr.includes(said), stderr);
  }
});

test.run();
