// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: one backend

// `vpoll sim --real` and `--c`: the same scenario on this kernel, by the program that is printed.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { start, type Outcome } from '../fuse/support/cli.js';
import { withFuse } from '../fuse/support/helper.js';
import { needs } from '../support/needs.js';
import { runtime } from '../support/runtime.js';
import { example, play } from './support/scenario.js';
import { root } from '../support/run.js';

const inReal = needs(test, 'cc');
const withVpoll = withFuse('cc');

let folder: string;
/** Where the command makes its folders. */
let temporary: string;

test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'vpoll-real-test-'));
  temporary = join(folder, 'temporary');
  mkdirSync(temporary);
});

test.after(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, ...lines: string[]): string {
  const file = join(folder, name);
  writeFileSync(file, lines.join('\n'));
  return file;
}

function sim(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return start(['sim', ...args], [], { TMPDIR: temporary, ...env }).outcome;
}

/** Nothing is left of what the command has made. */
function isClean(): void {
  assert.equal(readdirSync(temporary), []);
}

function runExample(name: string): Promise<Outcome> {
  return sim(['--real', join(root, 'examples/scenarios', `${name}.vpoll`)]);
}

/** What the simulation prints by some seed: who goes on first differs. */
async function everyOutput(name: string): Promise<Set<string>> {
  const text = example(name).replace('strategy round-robin', 'strategy random');
  const played = await Promise.all(Array.from({ length: 300 }, (_, seed) => play(text, '--seed', String(seed))));
  return new Set(played.map(({ status, stdout }) => `${status} ${stdout}`));
}

/** In these the order is decided by their own sleeps. Those that take seconds say the same under each runtime. */
const DECIDED = ['nested-sets', 'number-reuse', 'hup-emulated'];
const DECIDED_LONG = ['level-and-edge', 'one-shot', 'slow-consumer', 'tcp-companions'];

withVpoll('an example prints what it prints in the simulation', async () => {
  const names = runtime === 'node' ? [...DECIDED, ...DECIDED_LONG] : DECIDED;
  const outcomes = await Promise.all(names.map(runExample));
  for (const [i, name] of names.entries()) {
    const { status, stdout, stderr } = outcomes[i]!;
    assert.equal({ status, stdout, stderr }, await play(example(name)), name);
  }
  isClean();
});

if (runtime === 'node') {
  withVpoll('where the scheduler decides, it is one of the outputs that a seed gives', async () => {
    for (const name of ['exclusive-herd', 'lost-wakeup']) {
      const outputs = await everyOutput(name);
      const { status, stdout } = await runExample(name);
      assert.ok(outputs.has(`${status} ${stdout}`), `${name}: ${status} ${stdout}`);
    }
  });

  withVpoll("the seed's three programs show their events in their order", async () => {
    const names = ['eventfd', 'device', 'libvpoll'];
    const outcomes = await Promise.all(names.map(runExample));
    for (const [i, name] of names.entries()) {
      // A second that ends as an event comes is a timeout or none.
      const events = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('GOT'));
      const { status, stdout, stderr } = outcomes[i]!;
      assert.equal([status, stderr, events(stdout)], [0, '', events((await play(example(name))).stdout)], name);
      assert.ok(stdout.includes('timeout'));
    }
    isClean();
  });
}

inReal('a call that fails ends it with the line and the words of the simulation', async () => {
  const file = write('failing.vpoll', 'print before', 'close 77', 'print never');
  const [real, simulated] = [await sim(['--real', file]), await sim([file])];
  assert.equal(real, simulated);
  assert.equal([real.status, real.stderr], [1, `vpoll sim: ${file}: line 2: close: EBADF\n`]);
  const wrong = write('wrong.vpoll', 'print before', 'clos 77');
  assert.equal(await sim(['--real', wrong]), await sim([wrong]));
  const refused = write('refused.vpoll', 'fault EINTR 1 2', 'yield');
  for (const option of ['--real', '--c']) {
    const { status, stdout, stderr } = await sim([option, refused]);
    assert.equal([status, stdout], [2, '']);
    assert.match(stderr, /refused\.vpoll: line 1: fault: only the simulated kernel has faults/);
  }
  isClean();
});

inReal('what it prints is a program, which says how it is compiled', async () => {
  const { status, stdout } = await sim(['--c', join(root, 'examples/scenarios/one-shot.vpoll')]);
  assert.is(status, 0);
  assert.match(stdout, /^\/\/ {5}cc -pthread -o one-shot one-shot\.c$/m);
  assert.match(stdout, /EPOLLIN \| EPOLLONESHOT/);
});

test('options of the simulated kernel alone are refused by name', async () => {
  const file = write('good.vpoll', 'print good');
  const options = [['--seed', '1'], ['--hash'], ['--trace'], ['--trace-out', 'file'], ['--guest', 'file'], ['--env', 'A=B']];
  for (const mode of ['--real', '--c']) {
    for (const option of options) {
      const { status, stdout, stderr } = await sim([mode, ...option, file]);
      assert.equal([status, stdout], [2, ''], option.join(' '));
      assert.ok(stderr.includes(`'${mode}' cannot be used with option '${option[0]!}`), stderr);
    }
    if (runtime !== 'node') return;
  }
  assert.match((await sim(['--c', '--real', file])).stderr, /cannot be used with option/);
});

test('no compiler, or one that fails: it is named, with what helps', async () => {
  const file = write('good.vpoll', 'print good');
  const missing = await sim(['--real', file], { CC: '/no/such/compiler -O2' });
  assert.equal([missing.status, missing.stdout], [2, '']);
  assert.match(
    missing.stderr,
    /^vpoll sim: ENOENT: .*there is no C compiler '\/no\/such\/compiler'; install one .* or name one by CC\n$/,
  );
  const failing = await sim(['--real', file], { CC: 'false' });
  assert.equal([failing.status, failing.stdout], [2, '']);
  assert.match(failing.stderr, /false has not compiled good\.c: status 1\n$/);
  isClean();
});

/** Waits until what a command has made is there. */
async function until(isThere: () => boolean): Promise<void> {
  for (let tries = 0; !isThere(); tries++) {
    if (tries === 1200) throw new Error('it does not come to be');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function endedBy(
  signal: NodeJS.Signals,
  env: NodeJS.ProcessEnv,
  file: string,
  isReady: (said: string) => boolean,
): Promise<void> {
  const running = start(['sim', '--real', file], [], { TMPDIR: temporary, ...env });
  await until(() => isReady(running.said()));
  process.kill(running.process.pid!, signal);
  const outcome = await running.outcome;
  assert.is(outcome.signal, signal, `${outcome.status} ${outcome.stderr}`);
  isClean();
}

inReal('a signal ends it, in whatever it is at, and nothing of it is left', async () => {
  const file = write('endless.vpoll', 'print begun', 'fork child', 'sleep 1000s', 'end', 'sleep 1000s');
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    await endedBy(signal, {}, file, (said) => said.includes('begun'));
    const compiler = write('compiler', '#!/bin/sh', 'exec sleep 1000');
    await endedBy(signal, { CC: `sh ${compiler}` }, file, () => {
      const [made] = readdirSync(temporary);
      return made !== undefined && readdirSync(join(temporary, made)).includes('endless.c');
    });
  }
});

inReal('a reader that has gone ends what prints, where SIGPIPE is ignored too', async () => {
  for (const first of ['a = eventfd', 'r w = pipe']) {
    const file = write('printing.vpoll', first, 'loop', 'print more and more', 'end');
    const running = start(['sim', '--real', file], [], { TMPDIR: temporary });
    await until(() => running.said() !== '');
    running.process.stdout!.destroy();
    const { status, signal } = await running.outcome;
    assert.ok(status === 141 || signal === 'SIGPIPE', `${status} ${signal}`);
  }
  isClean();
});

withVpoll('the same where it needs what this kernel has not', () =>
  endedBy('SIGTERM', {}, write('waiting.vpoll', 'a = eventfd 0 vpoll', 'print begun', 'sleep 1000s'), (said) =>
    said.includes('begun'),
  ),
);

test.run();
