// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node

// What the playground is made of, without a browser: runs that are looked at, their story, the examples, and the words that the editor knows.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fromHash, toHash } from '../../src/playground/address.js';
import { sentence, toStory } from '../../src/playground/story.js';
import { runScenario } from '../../src/scenario/command.js';
import { Watcher, type WatchedResult } from '../../src/scenario/watched.js';
import { wordsOf } from '../../tools/playground.js';
import { root } from '../support/run.js';
import { example } from './support/scenario.js';

const module = new WebAssembly.Module(readFileSync(join(root, 'build/vpoll-sim.wasm')));
const BOUNDS = { momentsMax: 20_000, printedMax_bytes: 1_000_000 };
const EXAMPLES = readdirSync(join(root, 'examples/scenarios')).map((name) => name.replace('.vpoll', ''));
const encode = (text: string) => new TextEncoder().encode(text);

function watch(text: string, seed = 0n, bounds = BOUNDS): WatchedResult {
  return new Watcher(module, bounds).run(encode(text), seed);
}

function tell(text: string, seed = 0n): string[] {
  const { trace, marks } = watch(text, seed);
  return toStory(text, trace, marks).map(sentence);
}

/** What the examples print that have one run alone; of the others the runs differ. */
const LINES: Record<string, string> = {
  'exclusive-herd': 'fourth, not exclusive: 1|third, not exclusive: 1|first: 1|second: 1',
  'hup-emulated': 'eventfd shows 10|socketpair shows 2011|eventfd shows 0|socketpair shows 2011',
  'level-and-edge': 'edge: 1|level: 1|level, still: 1|level, once it is taken back: 0|edge: 1|edge: nothing more',
  'nested-sets': 'a circle of sets is refused|the outer set: 1|the inner set: 2|when it is taken back: 0',
  'number-reuse':
    'the new descriptor has the number of the old one|the new file is ready: 0 events|the old one is ready: 1 event, of fd 3',
  'one-shot': 'first: 1|then: 0|armed again: 1',
  'slow-consumer': '1 at once|3 at once|3 at once',
  'tcp-companions': 'shows 2001|shows 2001|shows 2015',
};

test('the examples show what they say', () => {
  for (const [name, lines] of Object.entries(LINES))
    assert.is(watch(example(name)).stdout.trimEnd().split('\n').join('|'), lines);
  const lost = [...Array(20).keys()].map((seed) => watch(example('lost-wakeup'), BigInt(seed)));
  assert.ok(lost.some(({ stdout }) => stdout === 'took both\n') && lost.some(({ stderr }) => stderr.includes('all tasks sleep')));
  const faults = [...Array(20).keys()].map((seed) => watch(example('faults'), BigInt(seed)).stdout).join('');
  assert.ok(['interrupted: wait again', 'timeout: wait again', 'got 1'].every((line) => faults.includes(line)));
});

test('a run that is looked at is the run, on a machine that has run others too', () => {
  const watcher = new Watcher(module, BOUNDS);
  for (const name of EXAMPLES) {
    for (let seed = 0n; seed < 5n; seed++) {
      const { marks, cut, ...watched } = watcher.run(encode(example(name)), seed);
      assert.equal(watched, runScenario(module, encode(example(name)), seed, true), `${name} ${seed}`);
      assert.is(cut, '');
      assert.ok(marks.length > 0);
    }
  }
});

test('each row of the trace is of one beat, each beat of its line', () => {
  for (const name of EXAMPLES) {
    const { trace, marks } = watch(example(name));
    const story = toStory(example(name), trace, marks);
    const rows = trace.trimEnd().split('\n');
    assert.equal(
      story.flatMap(({ from, to }) => rows.slice(from, to)),
      rows,
    );
    const lines = example(name).split('\n');
    for (const { line, from, to } of story) {
      // What a call is named in the trace stands in its line.
      const [, call] = /^\d+ t\d+ (eventfd|epoll_create|epoll_wait|sleep)\b/.exec(rows.slice(from, to).at(-1)!) ?? [];
      if (call !== undefined) assert.ok(lines[line - 1]?.includes(call), `${name}: ${call} in line ${line}`);
    }
  }
});

test("the story has the scenario's own words", () => {
  assert.equal(
    tell('efd = eventfd 0 vpoll\ntask waiter\n  poll efd IN forever\nend\nsleep 2ms # a while\nwrite efd ADD IN|HUP\n').slice(1),
    [
      '0 s: main: efd = eventfd 0 vpoll; is fd 3.',
      '0 s: main: task waiter.',
      '0 s: main: sleep 2ms; sleeps.',
      '0 s: waiter: poll efd IN forever; sleeps.',
      '2 ms: time passes; main is woken by the clock.',
      '2 ms: main: sleep 2ms; goes on.',
      '2 ms: main: write efd ADD IN|HUP; gives 8; efd shows IN|HUP; waiter is woken by efd (IN|HUP).',
      ...tell(
        'efd = eventfd 0 vpoll\ntask waiter\n  poll efd IN forever\nend\nsleep 2ms # a while\nwrite efd ADD IN|HUP\n',
      ).slice(8),
    ],
  );
  assert.ok(tell('a b = pipe\nx = dup a\nclose x\n').includes('0 s: main: a b = pipe; are fd 3 and 4; b shows OUT|WRNORM.'));
  assert.ok(
    tell('task t\n sleep forever\nend\nyield\nsleep 1ms\nsignal t\n').some((line) => line.includes('t is woken by a signal')),
  );
  assert.ok(tell('try read 77\n').includes('0 s: main: try read 77; fails by EBADF.'));
  assert.ok(tell('loop\n print x\n break\nend\n').includes('0 s: main: prints “x”.'));
});

test('a run is broken off where it is longer than can be looked at', () => {
  const endless = 'loop\n print more\n sleep 1ms\nend\n';
  assert.is(watch(endless, 0n, { ...BOUNDS, momentsMax: 50 }).cut, 'stopped after 50 moments');
  assert.is(watch(endless, 0n, { ...BOUNDS, printedMax_bytes: 50 }).cut, 'stopped after 50 bytes of output');
  // In one turn of one task, which nobody else could end.
  assert.is(watch('loop\n print more\nend\n', 0n, { ...BOUNDS, momentsMax: 50 }).cut, 'stopped after 50 moments');
  const watcher = new Watcher(module, { ...BOUNDS, momentsMax: 50 });
  watcher.run(encode(endless), 0n);
  assert.is(watcher.run(encode('print hello\n'), 0n).stdout, 'hello\n');
  assert.is(watcher.check(encode('print hello\nnothing\n')), "line 2: 'nothing' is no call\n");
});

test('the editor knows each word of the language, and what the page says of it', () => {
  const words = new Set(wordsOf(readFileSync(join(root, 'docs/scenarios.md'), 'utf8')).map(({ name }) => name));
  const vocabulary = readFileSync(join(root, 'assembly/scenario/vocabulary.ts'), 'utf8');
  const [, list] = /const CALLS: StaticArray<string> = \[([^\]]+)\]/.exec(vocabulary)!;
  const calls = [...list!.matchAll(/'([^']*)'/g)].filter((_, index) => index % 2 === 0).map(([, name]) => name!);
  assert.ok(calls.length > 20);
  const others = [
    'task',
    'fork',
    'loop',
    'break',
    'end',
    'if',
    'print',
    'signal',
    'exit',
    'try',
    'guest',
    'kernel',
    'strategy',
    'fault',
    'until',
  ];
  assert.equal(
    [...calls, ...others].filter((name) => !words.has(name)),
    [],
  );
});

test('an address holds a scenario, whatever is in it', () => {
  const text = 'print ŝi <b>& +/=\n';
  assert.equal(fromHash(toHash(text, '7')), { seed: '7', example: undefined, text });
  assert.equal(fromHash('#example=one-shot'), { seed: undefined, example: 'one-shot', text: undefined });
  assert.is(fromHash('#scenario=%21'), undefined);
  assert.is(fromHash('#scenario=_w'), undefined);
});

test.run();
