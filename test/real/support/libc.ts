// SPDX-License-Identifier: LGPL-2.1-or-later

// What the tests ask the kernel past vpoll: poll(2) as the oracle, dup(2), pipe(2), and what /proc says of this process.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLibc } from '../../../src/runtime.js';
import { EINTR } from '../../../host/errno.js';

// Half a second after its start Deno opens the sockets by which it learns of signals. Let it do so now, so that no test sees that as a leak.
const ignore = (): void => undefined;
process.on('SIGWINCH', ignore).off('SIGWINCH', ignore);

const libc = openLibc();
const { word } = libc;
const cPoll = libc.func('poll', 'ptr', 'len', 'i32');
const cClose = libc.func('close', 'i32');
const cDup = libc.func('dup', 'i32');
const cDup2 = libc.func('dup2', 'i32', 'i32');
const cOpen = libc.func('open', 'ptr', 'i32');
const cRead = libc.func('read', 'i32', 'ptr', 'len');
const cWrite = libc.func('write', 'i32', 'ptr', 'len');
const cPipe2 = libc.func('pipe2', 'ptr', 'i32');
const cFcntl = libc.func('fcntl', 'i32', 'i32', 'i32');
const cPrctl = libc.func('prctl', 'i32', 'len', 'len', 'len', 'len');

const O_CLOEXEC = 0x80000;
const F_GETFD = 1;
const F_SETFD = 2;
const F_GETFL = 3;
const PR_SET_PTRACER = 0x59616d61;

const room = new DataView(new ArrayBuffer(8));
const roomAt = word(libc.address(room.buffer));
const one = word(1);

function orThrow(result: number, name: string): number {
  if (result < 0) throw new Error(`${name}: errno ${libc.errno()}`);
  return result;
}

/** What poll(2) shows on `fd` now, of every bit that can be asked for. A closed descriptor shows POLLNVAL (0x20). */
export function pollNow(fd: number, interest = 0x7fff): number {
  return pollFor(fd, interest, 0);
}

/** The same, blocking until it shows something; 0 after the time. */
export function pollFor(fd: number, interest: number, timeoutMs: number): number {
  room.setInt32(0, fd, true);
  room.setUint32(4, interest, true);
  let result: number;
  // A signal that is pending ends even a poll(2) that wouldn't wait.
  do result = cPoll(roomAt, one, timeoutMs);
  while (result < 0 && libc.errno() === EINTR);
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

/** close(2), behind the back of the one that knows the descriptor. Deno's own closeSync() knows no descriptors but Deno's. */
export function closeFd(fd: number): void {
  orThrow(cClose(fd), 'close');
}

/** pipe2(2) with O_CLOEXEC: read end, write end. Takes the lowest free numbers. */
export function pipe(): [number, number] {
  orThrow(cPipe2(roomAt, O_CLOEXEC), 'pipe2');
  return [room.getInt32(0, true), room.getInt32(4, true)];
}

/** open(2) for reading, close-on-exec. */
export function openFile(path: string): number {
  const name = new TextEncoder().encode(`${path}\0`);
  return orThrow(cOpen(word(libc.address(name.buffer)), O_CLOEXEC), 'open');
}

/** write(2) of a short text. */
export function writeFd(fd: number, text: string): void {
  const bytes = new TextEncoder().encode(text);
  const written = orThrow(cWrite(fd, word(libc.address(bytes.buffer)), word(bytes.length)), 'write');
  if (written !== bytes.length) throw new Error(`wrote ${written} of ${bytes.length} bytes`);
}

/** read(2) of up to `size` bytes of text. */
export function readFd(fd: number, size: number): string {
  const bytes = new Uint8Array(size);
  const got = orThrow(cRead(fd, word(libc.address(bytes.buffer)), word(size)), 'read');
  return new TextDecoder().decode(bytes.subarray(0, got));
}

/** read(2) into `bytes`: how many came, or -errno. */
export function tryRead(fd: number, bytes: Uint8Array<ArrayBuffer>): number {
  const got = cRead(fd, word(libc.address(bytes.buffer)), word(bytes.length));
  return got < 0 ? -libc.errno() : got;
}

/** write(2) of `bytes`: how many were taken, or -errno. */
export function tryWrite(fd: number, bytes: Uint8Array<ArrayBuffer>): number {
  const taken = cWrite(fd, word(libc.address(bytes.buffer)), word(bytes.length));
  return taken < 0 ? -libc.errno() : taken;
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
  cPrctl(PR_SET_PTRACER, word(0xffffffff), word(0), word(0), word(0));
}

/** Becomes `python3 -c program argument` by exec(2), in this very process. Returns only to throw. */
export function execPython(program: string, argument: number): never {
  // A runtime makes its standard streams close-on-exec.
  for (const fd of [0, 1, 2]) cFcntl(fd, F_SETFD, 0);
  const texts = ['python3', '-c', program, String(argument)].map((text) => new TextEncoder().encode(`${text}\0`));
  const words = texts.map((text) => word(libc.address(text.buffer)));
  const execvp = libc.func('execvp', 'ptr', 'ptr');
  const argv = new BigUint64Array([...words.map(BigInt), 0n]);
  execvp(words[0]!, word(libc.address(argv.buffer)));
  throw new Error(`execvp: errno ${libc.errno()}`);
}

/**
 * How many descriptors this process has open, beside the one that reads the list. Files on a disk don't count: vpoll opens none,
 * Deno, which loads the tests, its caches whenever it likes. A file of a helper's is the root of its mount, '/', or by
 * its name '/vpoll'.
 */
export function countFds(): number {
  // The list's own is closed by now, and has no target.
  return readdirSync('/proc/self/fd').filter((fd) => !/^$|^\/(?!dev\/|proc\/|vpoll$|$)/.test(targetOf(fd))).length;
}

/**
 * {@link countFds} once it stays the same for a while. After a test that blocked the event loop, or at the start of a process: what loads the
 * tests has closed its own by then.
 */
export async function steadyCount(): Promise<number> {
  let count = countFds();
  for (let same = 0; same < 5; same++) {
    await sleep(20);
    const now = countFds();
    if (now !== count) same = -1;
    count = now;
  }
  return count;
}

/**
 * {@link countFds} once it is down to `expected`, or ten seconds have gone. What an engine has for a child or a thread it closes some time after these have ended.
 * What leaks stays.
 */
export async function countOnceDown(expected: number): Promise<number> {
  for (let tries = 0; tries < 200 && countFds() > expected; tries++) await sleep(50);
  return countFds();
}

/** For test.before() of a file that counts descriptors. */
export async function settle(): Promise<void> {
  await steadyCount();
}

/** The sockets that this process has, as /proc names them. */
export function sockets(): string[] {
  return readdirSync('/proc/self/fd')
    .map(targetOf)
    .filter((target) => target.startsWith('socket:'));
}

/**
 * Those sockets of this process that are picked, once there is none, or two seconds have gone. Bun makes pipes to a child of sockets, and closes them
 * a moment after the child has ended.
 */
async function lastingSockets(picks: (name: string) => boolean): Promise<string[]> {
  for (let tries = 0; ; tries++) {
    const found = sockets().filter(picks);
    if (found.length === 0 || tries === 100) return found;
    await sleep(20);
  }
}

/** The sockets that weren't there before and stay. */
export function socketsSince(before: readonly string[]): Promise<string[]> {
  return lastingSockets((name) => !before.includes(name));
}

/** Waits for these in the same way. */
export async function socketsGone(names: readonly string[]): Promise<void> {
  await lastingSockets((name) => names.includes(name));
}

/** What a descriptor is, as /proc says it: `socket:[4711]`, or the path of a file; '' where it was closed meanwhile. */
export function targetOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
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
