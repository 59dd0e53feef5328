// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, not newest

// What libvpoll.so.0 tells: VPOLL_TRACE, and the variables that it can't follow.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { needs } from '../support/needs.js';
import { BACKENDS, drive, DRIVER, EBADF, EINVAL, FD, numbers, on } from './support/driver.js';
import { compile, execute } from './support/library.js';

const LIBRARY = needs(test, ...DRIVER);
const withThreads = needs(test, 'cmake', 'gcc');
const folder = mkdtempSync(join(tmpdir(), 'vpoll-c-'));
test.after(() => {
  rmSync(folder, { recursive: true });
});

LIBRARY('VPOLL_TRACE: a line for each call, with the mask shown; a file that can not be written is an error', () => {
  const file = join(folder, 'trace');
  drive(['create 1 1', `ctl ${FD} 1 2`, `ctl ${FD} 9 2`, `close ${FD}`, `ctl ${FD} 3 0`], {
    env: { ...on('socketpair'), VPOLL_TRACE: file },
  });
  const lines = readFileSync(file, 'utf8').replace(/^\[\d+\] /gm, '');
  assert.equal(lines.trimEnd().split('\n'), [
    `vpoll_create(0x1) = ${FD}, socketpair, shows 0x41`,
    `vpoll_ctl(${FD}, ADD, 0x2) = 0, shows 0x41`,
    `vpoll_ctl(${FD}, 9, 0x2) = -1, errno ${EINVAL}, shows 0x41`,
    `vpoll_close(${FD}) = 0`,
    `vpoll_ctl(${FD}, SET, 0x0) = -1, errno ${EBADF}`,
  ]);
  assert.equal(numbers(drive(['create 1 1'], { env: { VPOLL_TRACE: join(folder, 'no/such/folder') } })), [-2]);
  const long = 'x'.repeat(4096);
  for (const name of [long, `/${long}`]) assert.equal(numbers(drive(['create 1 1'], { env: { VPOLL_TRACE: name } })), [-2]);
});

LIBRARY('VPOLL_TRACE: a relative path stays what it is when the program goes elsewhere', () => {
  drive(['create 0 1', 'root', `close ${FD}`], { env: { ...on('tcp'), VPOLL_TRACE: 'relative' }, cwd: folder });
  const lines = readFileSync(join(folder, 'relative'), 'utf8').trimEnd().split('\n');
  assert.match(lines.at(-1)!, / vpoll_close\(/);
  assert.is(lines.length, 2);
});

/** Runs the rest of the command line with a terminal as its standard error, and prints what that shows. */
const ON_TERMINAL = `
import os, pty, subprocess, sys
ours, theirs = pty.openpty()
program = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs)
os.close(theirs)
try: print(os.read(ours, 4096).decode(), end='')
except OSError: pass
sys.exit(program.returncode)`;
const withTerminal = needs(test, ...DRIVER, 'python3');

withTerminal('a variable that says nothing known is named in the trace, and once on a terminal; nowhere else', () => {
  const trace = join(folder, 'named');
  for (const [name, value, errno] of [
    ['VPOLL_BACKEND', 'nope', EINVAL],
    ['VPOLL_NEEDS', 'UP', EINVAL],
    ['VPOLL_STRICT', 'yes', EINVAL],
    ['VPOLL_FUSE', 'no', EINVAL],
    ['VPOLL_TRACE', '/no/such/file', 2],
  ] as const) {
    rmSync(trace, { force: true });
    const env = { VPOLL_TRACE: trace, [name]: value };
    assert.equal(numbers(drive(['create 1 1', 'create 1 1'], { env })), [-errno, -errno]);
    if (name !== 'VPOLL_TRACE') {
      const lines = readFileSync(trace, 'utf8').replace(/^\[\d+\] /gm, '');
      assert.is(lines, `vpoll_create(0x1) = -1, errno ${errno}, ${name}=${value}\n`.repeat(2));
    }
    const twice = execute('python3', { args: ['-c', ON_TERMINAL, compile('twice.c')], env });
    assert.is(twice.output.replaceAll('\r', ''), `libvpoll: ${name}=${value}: errno ${errno} from vpoll_create, see vpoll(3)\n`);
    assert.is(twice.status, 1);
  }
  const right = execute('python3', {
    args: ['-c', ON_TERMINAL, compile('twice.c')],
    env: { VPOLL_FUSE: 'on', VPOLL_STRICT: '0' },
  });
  assert.is(right.output, '');
  assert.is(right.status, 0);
  const odd = { VPOLL_BACKEND: `\u001b[2J${'x'.repeat(5000)}` };
  const shown = execute('python3', { args: ['-c', ON_TERMINAL, compile('twice.c')], env: odd }).output;
  assert.match(shown, /^libvpoll: VPOLL_BACKEND=\?\[2Jx{96}: errno 22 /);
});

withThreads('VPOLL_TRACE: what a line shows is what its call has left, whatever other threads do', () => {
  for (const backend of BACKENDS.slice(1)) {
    const trace = join(folder, `shown-${backend}`);
    const { status, errors } = execute(compile('shown.c'), { env: { VPOLL_BACKEND: backend, VPOLL_TRACE: trace } });
    assert.is(status, 0, errors);
    const shown = [...readFileSync(trace, 'utf8').matchAll(/, (ADD|DEL), 0x1\) = 0, shows (0x[0-9a-f]+)$/gm)];
    assert.is(shown.length, 4000, backend);
    const wrong = shown.filter(([, op, mask]) => (Number(mask) & 1) !== Number(op === 'ADD'));
    assert.is(wrong.length, 0, `${backend}: ${wrong.length} of ${shown.length}`);
  }
});

test.run();
