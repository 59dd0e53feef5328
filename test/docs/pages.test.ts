// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 600
// runs: not newest

// The pages show only what works. Each program of README and of docs/ that has its output below it is run as it stands, and must print that. Each row of the table of errors is
// called, and must throw that code.

import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as vpoll from '../../src/index.js';
import { isHere } from '../support/here.js';
import { needs } from '../support/needs.js';
import { root } from '../support/run.js';
import { command } from '../support/runtime.js';
import { blocksOf, programsOf } from './support/blocks.js';

const PAGES = ['README.md', ...readdirSync(join(root, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : []))];
/** All that is JavaScript on these is a program with its output. */
const OF_PROGRAMS = ['README.md', 'docs/api.md', 'docs/poller.md'];

/** Descriptor numbers depend on what else the runtime has open, the carrier on the machine. */
function normalise(text: string): string {
  return text.replace(/fd: \d+, \w+,/g, 'fd: N, CARRIER,');
}

const withPython = needs(test, 'python3');

/** Runs each program of a page, with `backend` where the program names none. */
function tryPrograms(page: string, backend: string): void {
  for (const [index, { code, output }] of programsOf(page).entries()) {
    withPython(`${page}: program ${index + 1} prints what stands below it${backend && `, on ${backend}`}`, () => {
      // Beside the built package, whose name it imports.
      const file = join(root, `build/page-${process.pid}.mjs`);
      writeFileSync(file, code);
      try {
        const env = { ...process.env, VPOLL_BACKEND: backend };
        const [program, ...args] = command(file);
        const { stdout, stderr, status } = spawnSync(program, args, { encoding: 'utf8', timeout: 30_000, env });
        assert.is(stderr, '');
        assert.is(status, 0);
        assert.is(normalise(stdout), normalise(output));
      } finally {
        rmSync(file);
      }
    });
  }
}

for (const page of PAGES) tryPrograms(page, '');
// What a container gives: a reader's first try works there too.
if (isHere('tcp')) for (const page of OF_PROGRAMS) tryPrograms(page, 'tcp');

test('no program of these pages is without its output', () => {
  for (const page of OF_PROGRAMS) {
    const all = blocksOf(page).filter(({ kind }) => kind === 'js');
    assert.ok(all.length > 0);
    assert.is(programsOf(page).length, all.length, page);
  }
});

/** The rows of the table of errors. */
const wrong = [...readFileSync(join(root, 'docs/errors.md'), 'utf8').matchAll(/^\| `(.+?)` +\| `(E[A-Z]+)` +\|/gm)].map(
  ([, call, code]) => ({
    call: call!.replaceAll('\\|', '|'),
    code: code!,
  }),
);

test('the table of errors was found', () => {
  assert.ok(wrong.length >= 25, `${wrong.length} rows`);
});

const AsyncFunction = (async () => {
  await Promise.resolve();
}).constructor as new (...text: string[]) => (...values: unknown[]) => Promise<unknown>;

/** What the rows name: all of the library, and what the text above the table says. */
function cast(): { names: Record<string, unknown>; vp: vpoll.VPoll; end: () => void } {
  const vp = vpoll.VPoll.create({ backend: 'socketpair' });
  const closed = vpoll.VPoll.create({ backend: 'socketpair' });
  closed.close();
  const [poller, busy] = [vpoll.Poller.create(), vpoll.Poller.create()];
  poller.add(vp, vpoll.EPOLLIN);
  busy.wait().catch(() => undefined);
  const file = openSync(join(root, 'README.md'), 'r');
  const end = (): void => {
    closeSync(file);
    for (const each of [poller, busy, vp]) each.close();
  };
  return { names: { ...vpoll, vp, closed, poller, busy, file }, vp, end };
}

for (const { call, code } of wrong) {
  test(`${call}: ${code}`, async () => {
    const { names, vp, end } = cast();
    // The cell is the program: what the README shows is what runs.
    const evaluate = new AsyncFunction(...Object.keys(names), `return ${call}`);
    const before = vp.events;
    try {
      await evaluate(...Object.values(names));
      assert.unreachable('it was accepted');
    } catch (error) {
      assert.instance(error, vpoll.VPollError);
      const { code: got, errno, syscall, message } = error as vpoll.VPollError;
      assert.is(got, code);
      assert.ok(errno < 0 && syscall !== '' && message.startsWith(`${code}: `), message);
      assert.is(vp.events, before);
    } finally {
      end();
    }
  });
}

test.run();
