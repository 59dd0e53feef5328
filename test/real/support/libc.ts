// SPDX-License-Identifier: LGPL-2.1-or-later

// What the tests ask the kernel past vpoll: poll(2) as the oracle, dup(2), pipe(2), and what /proc says of this process.

import { closeSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadLibc } from '../../../host/node.js';
import { loadKoffi } from '../../../src/core.js';

const koffi = loadKoffi();
const libc = loadLibc(koffi, process.arch);
const cPoll = libc.func('int poll(uintptr_t, size_t, int)');
const cDup = libc.func('int dup(int)');
const cDup2 = libc.func('int dup2(int, int)');
const cPipe2 = libc.func('int pipe2(uintptr_t, int)');
const cFcntl = libc.func('int fcntl(int, int, int)');
const cPrctl = libc.func('int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)');

const EINTR = 4;
const O_CLOEXEC = 0x80000;
const F_GETFD = 1;
const F_SETFD = 2;
const F_GETFL = 3;
const PR_SET_PTRACER = 0x59616d61;

const room = new DataView(new ArrayBuffer(8));
const roomAt = Number(koffi.address(new Uint8Array(room.buffer)));

function orThrow(result: number, name: string): number {
  if (result < 0) throw new Error(`${name}: errno ${koffi.errno()}`);
  return result;
}

/** What poll(2) shows on `fd` now, of every bit that can be asked for. A closed descriptor shows POLLNVAL (0x20). */
export function pollNow(fd: number, interest = 0x7fff): number {
  room.setInt32(0, fd, true);
  room.setUint32(4, interest, true);
  let result: number;
  // A signal that is pending ends even a poll(2) that wouldn't wait.
  do result = cPoll(roomAt, 1, 0);
  while (result < 0 && koffi.errno() === EINTR);
  orThrow(result, 'poll');
  return room.getUint16(6, true);
}

/** dup(2). */
export function dup(fd: number): number {
  return orThrow(cDup(fd), 'dup');
}

/** dup2(2): `to` becomes what `from` is, without a moment at which it is free. */
export function dup2(from: number, to: number): void {
  orThrow(cDup2(from, to), 'dup2');
}

/** close(2), behind the back of whoever knows the descriptor. */
export function closeFd(fd: number): void {
  closeSync(fd);
}

/** pipe2(2) with O_CLOEXEC: read end, write end. Takes the lowest free numbers. */
export function pipe(): [number, number] {
  orThrow(cPipe2(roomAt, O_CLOEXEC), 'pipe2');
  return [room.getInt32(0, true), room.getInt32(4, true)];
}

/** Whether a descriptor is close-on-exec. */
export function isCloexec(fd: number): boolean {
  return (orThrow(cFcntl(fd, F_GETFD, 0), 'fcntl') & 1) === 1;
}

/** The flags of the open file: O_NONBLOCK and the like. */
export function openFlags(fd: number): number {
  return orThrow(cFcntl(fd, F_GETFL, 0), 'fcntl');
}

/** Lets any process of the same user trace this one, where the Yama module would only let a parent. EINVAL without Yama. */
export function allowTracing(): void {
  cPrctl(PR_SET_PTRACER, 0xffffffff, 0, 0, 0);
}

/** Becomes `python3 -c program argument` by exec(2), in this very process. Returns only to throw. */
export function execPython(program: string, argument: number): never {
  const execlp = libc.func('int execlp(const char *, const char *, const char *, const char *, const char *, void *)');
  // Node makes its standard streams close-on-exec.
  for (const fd of [0, 1, 2]) cFcntl(fd, F_SETFD, 0);
  const run = execlp as unknown as (...args: (string | null)[]) => number;
  run('python3', 'python3', '-c', program, String(argument), null);
  throw new Error(`execlp: errno ${koffi.errno()}`);
}

/** Where tsx, which runs the tests, keeps what it has compiled. It looks there from a thread, at any moment. */
const LOADER_CACHE = join(tmpdir(), 'tsx-');

/** How many descriptors this process has, beside those of the loader's cache and the one that reads the list. */
export function countFds(): number {
  const isCounted = (fd: string): boolean => {
    try {
      return !readlinkSync(`/proc/self/fd/${fd}`).startsWith(LOADER_CACHE);
    } catch {
      // The list's own, closed by now.
      return false;
    }
  };
  return readdirSync('/proc/self/fd').filter(isCounted).length;
}

/** How many numbers below `limit` are free. Unlike {@link countFds} it needs none for itself. */
export function freeFds(limit: number): number {
  let free = 0;
  for (let fd = 0; fd < limit; fd++) if (cFcntl(fd, F_GETFD, 0) < 0) free++;
  return free;
}

/** Resident memory that belongs to this process alone, in KiB. */
export function rssKiB(): number {
  return Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]);
}
