// SPDX-License-Identifier: LGPL-2.1-or-later
// runs: node, every backend by node, vm library, vm library-core

// docs/syscalls.md is no prose: every row of the table of the backend that is here is run under strace and must name exactly the calls
// that were made. (The guests of test/vm have the other two; syscalls-files.test.ts runs theirs over the scripted kernel everywhere.)

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SYS_NAMES } from '../../host/sys.js';
import { BACKEND } from '../real/support/backend.js';
import { needs } from '../support/needs.js';
import type { Request } from './support/walk.js';

interface Row extends Request {
  calls: string;
}

/** `send(A)*2` is `send(A) send(A)`. */
function spelledOut(calls: string): string {
  return calls.replace(/(\S+)\*(\d+)/g, (_, call: string, count: string) => Array(Number(count)).fill(call).join(' '));
}

/** The rows of the table under a heading of docs/syscalls.md. */
function rowsOf(heading: string): Row[] {
  const text = readFileSync('docs/syscalls.md', 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`docs/syscalls.md has no section ${heading}`);
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) => {
    const cells = line.split(/(?<!\\)\|/).slice(1, -1);
    const [from, request, how, calls] = cells.map((cell) => cell.trim().replaceAll('`', '').replaceAll('\\|', '|'));
    return { from: from!, request: request!, how: how!, calls: spelledOut(calls!) };
  });
}

const NAMES: Record<string, string> = {
  newfstatat: 'fstat',
  sendto: 'send',
  recvfrom: 'recv',
  ppoll: 'poll',
  openat: 'open',
  eventfd2: 'eventfd',
};

/**
 * One line of strace as the document writes it, `name(A)` or `name`, or undefined for what the runtime does for itself. That is a call
 * that the boundary doesn't have and that names neither end (madvise, futex, getpid and others of an engine).
 */
function callOf(line: string, ends: readonly string[]): string | undefined {
  const match = /^\d+ +(\w+)\((\d+|AT_FDCWD|\[\{fd=\d+)?/.exec(line);
  if (!match) return undefined;
  const name = NAMES[match[1]!] ?? match[1]!;
  const fd = match[2]?.replace('[{fd=', '');
  const end = fd === undefined ? -1 : ends.indexOf(fd);
  if (end >= 0 && !['socketpair', 'open', 'eventfd'].includes(name)) return `${name}(${'AB'[end]!})`;
  return (SYS_NAMES as string[]).includes(name) ? name : undefined;
}

/**
 * An engine's thread that wakes the event loop: uv_async_send() (libuv, src/unix/async.c) writes a 1 to the loop's eventfd, at any moment.
 * No eventfd is the core's in this table: this kernel refuses EFD_VPOLL, or the backend isn't socketpair.
 */
const WAKES_LOOP = /^\d+ +write\(\d+<anon_inode:\[eventfd\]>, "\\1\\0\\0\\0\\0\\0\\0\\0", 8[) ]/;

/** The calls of each request, from strace's log. */
function callsOf(log: string, count: number): string[] {
  const lines = log.split('\n').filter((line) => !line.includes('resumed>') && !WAKES_LOOP.test(line));
  const ends = new Map<number, string[]>();
  for (const line of lines) {
    const match = /vpoll-mark\/ends (\d+) (\d+) (-?\d+)"/.exec(line);
    if (match) ends.set(Number(match[1]), [match[2]!, match[3]!]);
  }
  return Array.from({ length: count }, (_, index) => {
    const begin = lines.findIndex((line) => line.includes(`vpoll-mark/begin ${index}"`));
    const end = lines.findIndex((line, at) => at > begin && line.includes('vpoll-mark/end"'));
    const pid = /^\d+/.exec(lines[begin]!)![0];
    const own = lines.slice(begin + 1, end).filter((line) => line.startsWith(`${pid} `));
    const calls = own.map((line) => callOf(line, ends.get(index) ?? []));
    return calls.filter((call) => call !== undefined).join(' ');
  });
}

function straceCalls(rows: readonly Row[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-'));
  try {
    const log = join(folder, 'log');
    const walk = fileURLToPath(new URL('support/walk.ts', import.meta.url));
    const node = [process.execPath, '--import', 'tsx', walk, JSON.stringify(rows)];
    execFileSync('strace', ['-f', '-y', '-qq', '-e', 'signal=none', '-o', log, ...node], {
      timeout: 120_000,
      stdio: ['ignore', 'inherit', 'inherit'],
      // By name, so that nothing else is looked for first.
      env: { ...process.env, VPOLL_BACKEND: BACKEND },
    });
    return callsOf(readFileSync(log, 'utf8'), rows.length);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const ROWS_MIN = { eventfd: 20, device: 14, fuse: 14, tcp: 10, socketpair: 40 };

needs(test, 'strace')(`each row of the ${BACKEND} table names exactly the calls that strace sees`, () => {
  const rows = rowsOf(BACKEND);
  assert.ok(rows.length >= ROWS_MIN[BACKEND], `only ${rows.length} rows`);
  const seen = straceCalls(rows);
  const wrong = rows.flatMap(({ from, request, how, calls }, index) =>
    seen[index] === (calls === 'none' ? '' : calls)
      ? []
      : [`${from} | ${request} | ${how} | documented: ${calls} | seen: ${seen[index]!}`],
  );
  assert.equal(wrong.join('\n'), '');
});

test.run();
