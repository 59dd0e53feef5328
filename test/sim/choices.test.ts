// SPDX-License-Identifier: LGPL-2.1-or-later

// Who goes on, what goes wrong, and what the trace says of it: the same choices make the same run, whatever they were made by.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { N, SLEEPS } from '../../src/sim/numbers.js';
import { Bench } from './support/machine.js';
import { EAGAIN, EINTR, EMFILE, ENOMEM } from '../../host/errno.js';

const RANDOM = 0;
const PCT = 1;
const ROUND_ROBIN = 2;
const REPLAY = 3;
const FOR_GOOD = 1n << 62n;

/** Three tasks that each yield three times: who ran, in order. */
function order(bench: Bench): string {
  const { machine } = bench;
  const tasks = [machine.spawn(), machine.thread(bench.task), machine.thread(bench.task)];
  const left = new Map(tasks.map((task) => [task, 3]));
  for (const task of tasks) assert.is(bench.call(N.YIELD, 0, 0, 0, 0, task), SLEEPS);
  let ran = '';
  for (let task = machine.pick(FOR_GOOD); task >= 0; task = machine.pick(FOR_GOOD)) {
    assert.is(machine.resume(task), 0);
    ran += String(task);
    left.set(task, left.get(task)! - 1);
    if (left.get(task)! > 0) bench.call(N.YIELD, 0, 0, 0, 0, task);
  }
  return ran;
}

function ordered(strategy: number, seed: bigint, given: readonly number[] = [], merged = false): { ran: string; bench: Bench } {
  const bench = new Bench();
  const { machine } = bench;
  machine.choose(strategy, seed, merged, 3, 8);
  const list = new Uint32Array(machine.memory.buffer, machine.choices(0), given.length);
  list.set(given);
  machine.giveChoices(0, given.length);
  return { ran: order(bench), bench };
}

function chosen(bench: Bench): number[] {
  const { machine } = bench;
  return [...new Uint32Array(machine.memory.buffer, machine.choices(0), machine.choiceCount(0))].map((entry) => entry & 0xffff);
}

test('round robin goes in the order of coming', () => {
  assert.is(ordered(ROUND_ROBIN, 1n).ran, '123123123');
});

test('a seed always makes the same run, seeds make others, and the list of what was chosen makes each again', () => {
  for (const strategy of [RANDOM, PCT]) {
    const seen = new Set<string>();
    for (let seed = 0n; seed < 100n; seed++) {
      const { ran, bench } = ordered(strategy, seed);
      seen.add(ran);
      const again = ordered(strategy, seed);
      assert.is(again.bench.hash(), bench.hash());
      const replayed = ordered(REPLAY, 0n, chosen(bench));
      assert.is(replayed.ran, ran);
      assert.is(replayed.bench.hash(), bench.hash());
    }
    assert.ok(seen.size > 20, `${seen.size} orders`);
  }
});

test('PCT runs one task until its priority falls', () => {
  // With two changes at most, nine steps have at most five stretches (each task's end begins another one).
  for (let seed = 0n; seed < 50n; seed++) {
    const stretches = ordered(PCT, seed).ran.replace(/(.)\1*/g, '$1').length;
    assert.ok(stretches <= 5, `${stretches} stretches`);
  }
});

test('an exhaustive walk goes through every order once', () => {
  const bench = new Bench();
  const { machine } = bench;
  const seen = new Set<string>();
  let runs = 0;
  for (let given = 0; given >= 0; given = machine.nextChoices(100)) {
    machine.boot(618, 3);
    machine.choose(REPLAY, 0n, true, 0, 0);
    machine.giveChoices(0, given);
    const again = new Bench(machine);
    seen.add(order(again));
    runs++;
  }
  // 9! / (3! 3! 3!)
  assert.is(runs, 1680);
  assert.is(seen.size, runs);
});

test('time goes on to what is due when nobody can go on; without that, all are stuck', () => {
  const bench = new Bench();
  const { machine, task } = bench;
  bench.call(N.SLEEP, 1500);
  assert.is(machine.pick(FOR_GOOD), task);
  assert.is(machine.now(), 1500000n);
  machine.resume(task);
  bench.call(N.SLEEP, 5000);
  assert.is(machine.pick(2000000n), -2);
  assert.is(machine.now(), 2000000n);
  machine.interrupt(task);
  machine.pick(FOR_GOOD);
  machine.resume(task);
  const epoll = bench.call(N.EPOLL);
  bench.wait(task, epoll, -1);
  assert.is(machine.pick(FOR_GOOD), -1);
});

test('each fault happens where Linux may have it happen, and as often as it is planned', () => {
  const KINDS = { interrupted: 0, again: 1, memory: 2, many: 3, short: 4, delayed: 5, spurious: 6, dies: 7 };
  const withFault = (kind: number, argument = 0, num = 1, den = 1): Bench => {
    const bench = new Bench();
    bench.machine.choose(RANDOM, 7n, false, 0, 0);
    bench.machine.setFault(kind, num, den, argument);
    return bench;
  };
  assert.is(withFault(KINDS.memory).call(N.EPOLL), -ENOMEM);
  assert.is(withFault(KINDS.many).call(N.EVENTFD), -EMFILE);
  assert.is(withFault(KINDS.many).call(N.EVENTFD, 0, 0x40000000), -22, 'a wrong argument comes first');
  assert.is(withFault(KINDS.memory).call(N.EPOLL_CTL, 3, 1, 4), -9);

  const pair = withFault(KINDS.again);
  const room = pair.machine.room(64);
  assert.is(pair.call(N.SOCKETPAIR, 1, 1, 0, room), 0);
  assert.is(pair.call(N.SEND, 3, room, 1, 0x40), -EAGAIN);
  assert.is(pair.call(N.SEND, 3, room, 1, 0), 1, 'one that may wait waits');

  const signalled = withFault(KINDS.interrupted);
  signalled.call(N.SLEEP, 1000);
  assert.is(signalled.machine.pick(FOR_GOOD), signalled.task);
  assert.is(signalled.machine.resume(signalled.task), -EINTR);

  const late = withFault(KINDS.delayed, 50);
  late.call(N.SLEEP, 1000);
  late.machine.pick(FOR_GOOD);
  assert.ok(late.machine.now() > 1000000n && late.machine.now() <= 1050000n);

  const spurious = withFault(KINDS.spurious);
  spurious.wait(spurious.task, spurious.call(N.EPOLL), -1);
  assert.is(spurious.machine.pick(FOR_GOOD), spurious.task);
  assert.is(spurious.machine.resume(spurious.task), SLEEPS);

  const mortal = withFault(KINDS.dies, 0);
  mortal.call(N.SLEEP, 1);
  assert.is(mortal.machine.pick(FOR_GOOD), 0x10000);
  assert.is(mortal.machine.kill(0), 0);
  assert.is(mortal.machine.stateOf(0), 0);

  const seldom = withFault(KINDS.memory, 0, 1, 4);
  let failed = 0;
  for (let i = 0; i < 800; i++) if (seldom.call(N.EPOLL) === -ENOMEM) failed++;
  assert.ok(failed > 150 && failed < 250, `${failed} of 800`);
});

test('a delay may be as long as a scenario can say, and a list says each again', () => {
  const DELAYED = 5;
  const run = (strategy: number, seed: bigint, maxUs: number, given: readonly number[]): Bench => {
    const bench = new Bench();
    const { machine } = bench;
    machine.choose(strategy, seed, false, 0, 0);
    machine.setFault(DELAYED, 1, 1, maxUs);
    new Uint32Array(machine.memory.buffer, machine.choices(1), given.length).set(given);
    machine.giveChoices(1, given.length);
    bench.call(N.SLEEP, 1);
    machine.pick(FOR_GOOD);
    return bench;
  };
  const pickedUs = (bench: Bench): number => Number(bench.machine.now() / 1000n) - 1;
  const isOf = (entry: number): number => entry & 0xffff;
  for (const maxUs of [1, 50, 65_535, 65_536, 65_537, 70_000, 131_071, 1_000_000, 0x7fffffff]) {
    for (let seed = 0n; seed < 40n; seed++) {
      const bench = run(RANDOM, seed, maxUs, []);
      const us = pickedUs(bench);
      assert.ok(us >= 1 && us <= maxUs, `${us} of ${maxUs}`);
      const made = [...new Uint32Array(bench.machine.memory.buffer, bench.machine.choices(1), bench.machine.choiceCount(1))];
      assert.is(run(REPLAY, 0n, maxUs, made.map(isOf)).hash(), bench.hash(), `${us} of ${maxUs}`);
    }
    assert.is(pickedUs(run(REPLAY, 0n, maxUs, [1, 0xffff])), maxUs, 'the longest');
  }
});

test('epoll_wait that is cut short reports the rest the next time', () => {
  const bench = new Bench();
  bench.machine.setFault(4, 1, 1, 0);
  const first = bench.machine.create(1, 1, 0, 0, 0);
  const epoll = bench.watch(first, 1);
  const second = bench.machine.create(1, 1, 0, 0, 0);
  bench.view.setUint32(0, 1, true);
  bench.view.setBigUint64(8, BigInt(second), true);
  bench.call(N.EPOLL_CTL, epoll, 1, second, bench.view.byteOffset);
  assert.is(bench.wait(bench.task, epoll, 0), 1);
  assert.is(bench.wait(bench.task, epoll, 0), 1);
  assert.match(bench.trace(), /fault short \| = 1 0x1:0x3\n.*fault short \| = 1 0x1:0x5/);
});

/** The hash by docs/simulation.md, of the text alone. */
function hashOf(text: string): bigint {
  const mask = (1n << 64n) - 1n;
  let state = 0xcbf29ce484222325n;
  for (const line of text.split(/(?<=\n)/)) {
    const bytes = new Uint8Array(Math.ceil(line.length / 8) * 8);
    bytes.set(new TextEncoder().encode(line));
    for (const word of new BigUint64Array(bytes.buffer)) {
      const mixed = state ^ word;
      state = ((((mixed << 27n) | (mixed >> 37n)) & mask) * 0x9e3779b97f4a7c15n) & mask;
    }
  }
  let h = ((state ^ (state >> 33n)) * 0xff51afd7ed558ccdn) & mask;
  h = ((h ^ (h >> 33n)) * 0xc4ceb9fe1a85ec53n) & mask;
  return h ^ (h >> 33n);
}

test('the hash is that of the text, whether the text is kept or not', () => {
  const run = (isKept: boolean): Bench => {
    const bench = new Bench();
    // What was written before must be in both.
    if (!isKept) bench.machine.keepTrace(false);
    const epoll = bench.watch(bench.machine.create(5, 0, 0, 0, 0), 5);
    bench.machine.ctl(3, 0, 3, 5);
    bench.report(epoll);
    return bench;
  };
  const kept = run(true);
  assert.is(kept.hash(), hashOf(kept.trace()));
  assert.is(run(false).hash(), kept.hash());
});

test.run();
