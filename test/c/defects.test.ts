// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 400
// runs: node, not newest

// What libvpoll 0.1 does wrong on a stock kernel: one program, linked with Debian's library, runs with that and with ours.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { compile, DEBIANS, execute, library, type Outcome } from './support/library.js';

const STRICT = { VPOLL_BACKEND: 'socketpair', VPOLL_STRICT: '1' };
const SOCKETPAIR = { VPOLL_BACKEND: 'socketpair' };
const AUTO = {};
const PASSING = { VPOLL_BACKEND: 'tcp', VPOLL_STRICT: 'passing' };
const FUSE = { VPOLL_BACKEND: 'fuse' };

interface Defect {
  number: number;
  what: string;
  /** Where it is gone: the closest policy of a socketpair, and of tcp, may still have to show another mask than the one asked for. */
  ours: readonly Record<string, string>[];
  /** How Debian's library shows it. */
  theirs: (ran: Outcome) => boolean;
}

const says =
  (pattern: RegExp) =>
  ({ status, output }: Outcome): boolean =>
    status === 1 && pattern.test(output);

const DEFECTS: readonly Defect[] = [
  { number: 1, what: 'IN added five times is deleted by one DEL', ours: [AUTO, SOCKETPAIR, FUSE], theirs: says(/^IN stays/) },
  { number: 2, what: 'OUT deleted three times is added by one ADD', ours: [AUTO, SOCKETPAIR, FUSE], theirs: says(/^no OUT/) },
  {
    number: 3,
    what: 'a request after a hang-up kills nobody',
    ours: [AUTO, SOCKETPAIR, STRICT, FUSE],
    theirs: ({ signal }) => signal === 'SIGPIPE',
  },
  {
    number: 4,
    what: 'HUP is undone, or that is refused',
    ours: [STRICT, PASSING, FUSE],
    theirs: says(/returned 0 and shows 0x20/),
  },
  { number: 5, what: 'no bit is ignored with 0', ours: [STRICT, FUSE], theirs: says(/^ctl\(1, 0x2\) returned 0 and shows/) },
  { number: 6, what: 'create(OUT|HUP) shows no IN', ours: [STRICT, PASSING, FUSE], theirs: says(/shows 0x2355/) },
  {
    number: 7,
    what: 'SET from IN to OUT clears before it sets',
    ours: [AUTO, SOCKETPAIR, FUSE],
    theirs: says(/^IN and OUT at once/),
  },
  { number: 8, what: 'a pipe that took the number is left alone', ours: [AUTO, SOCKETPAIR, FUSE], theirs: says(/takes a pipe/) },
  { number: 9, what: 'a bad op locks nothing', ours: [AUTO, SOCKETPAIR, FUSE], theirs: ({ signal }) => signal === 'SIGKILL' },
  {
    number: 10,
    what: 'a dup is the same vpoll, and so it is after exec',
    ours: [AUTO, SOCKETPAIR, FUSE],
    theirs: says(/^ctl on a dup/),
  },
  {
    number: 11,
    what: 'flags are checked, and O_CLOEXEC is one',
    ours: [AUTO, SOCKETPAIR, FUSE],
    theirs: says(/^a garbage flag/),
  },
];

const withDebians = needs(test, 'cmake', 'gcc', { name: "Debian's libvpoll0", has: DEBIANS !== undefined });

for (const { number, what, ours, theirs } of DEFECTS) {
  withDebians(`${number}: ${what}`, () => {
    const program = compile('defects.c', { forDebian: true });
    const args = [String(number)];
    // A deadlock ends by the time limit. It is no less of one on a machine that is slow.
    const old = execute(program, { args, timeoutMs: number === 9 ? 3000 : 120_000 });
    assert.ok(theirs(old), `Debian's: ${old.signal ?? old.status} ${old.output}`);
    for (const env of ours) {
      const { status, signal, output, errors } = execute(program, { args, env: { ...env, LD_LIBRARY_PATH: library() } });
      assert.is(status, 0, `ours, ${JSON.stringify(env)}: ${signal ?? ''}${output}${errors}`);
    }
  });
}

test.run();
