// SPDX-License-Identifier: LGPL-2.1-or-later

// What a test file leaves behind: processes, whatever session and parent they have given themselves, mounts, and files.
//
// This process adopts the orphans among what it has started (PR_SET_CHILD_SUBREAPER, prctl(2)), so all that descends from a test can be found.
// Temporary files go to a folder of the test's own, which must be empty in the end.

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLibc } from '../src/runtime.js';

/** How long processes that a test started may outlive it. */
const GRACE_S = 5;
const PR_SET_CHILD_SUBREAPER = 36;
const WNOHANG = 1;

interface Process {
  pid: number;
  parent: number;
  isZombie: boolean;
}

/** proc_pid_stat(5): pid (comm) state ppid ...; comm may hold spaces and parentheses. */
function readProcess(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { pid, parent: Number(parent), isZombie: state === 'Z' || state === 'X' };
  } catch {
    return undefined;
  }
}

/** All that descends from this process. */
function descendants(): Process[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const all = pids.map((pid) => readProcess(Number(pid))).filter((each) => each !== undefined);
  const found = new Set([process.pid]);
  for (let size = 0; size !== found.size;) {
    size = found.size;
    for (const { pid, parent } of all) if (found.has(parent)) found.add(pid);
  }
  return all.filter(({ pid }) => pid !== process.pid && found.has(pid));
}

function nameOf(pid: number): string {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return `${pid} ${words.join(' ').trim().slice(0, 80)}`;
  } catch {
    return String(pid);
  }
}

/** What is left of one test file: there is one of these at a time. */
export class Leftovers {
  /** The test's TMPDIR. */
  readonly folder: string;
  readonly #before: Set<number>;
  readonly #waitpid: (pid: number) => void;

  /** Begins to look, before the test is started. */
  constructor() {
    const libc = openLibc();
    const word = (value: number) => libc.word(value);
    libc.func('prctl', 'i32', 'len', 'len', 'len', 'len')(PR_SET_CHILD_SUBREAPER, word(1), word(0), word(0), word(0));
    const waitpid = libc.func('waitpid', 'i32', 'ptr', 'i32');
    this.#waitpid = (pid) => void waitpid(pid, word(0), WNOHANG);
    this.#before = new Set(descendants().map(({ pid }) => pid));
    this.folder = mkdtempSync(join(tmpdir(), 'vpoll-test-'));
    // As any folder for temporary files: other users' programs, which some tests start, write there too.
    chmodSync(this.folder, 0o1777);
    // tsx keeps what it has compiled in the folder for temporary files: that is for all tests.
    const cache = `tsx-${userInfo().uid}`;
    mkdirSync(join(tmpdir(), cache), { recursive: true });
    symlinkSync(join(tmpdir(), cache), join(this.folder, cache));
  }

  #alive(): number[] {
    return this.#news()
      .filter(({ isZombie }) => !isZombie)
      .map(({ pid }) => pid);
  }

  #news(): Process[] {
    return descendants().filter(({ pid }) => !this.#before.has(pid));
  }

  /** Ends all processes of the test at once. */
  kill(): void {
    for (const pid of this.#alive()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself meanwhile.
      }
    }
  }

  /** After the end of the test's own process: what it has left, as faults; all of it is taken away. */
  async end(): Promise<string[]> {
    const faults: string[] = [];
    for (let waited_s = 0; this.#alive().length > 0 && waited_s < GRACE_S; waited_s += 0.1) await sleep(100);
    const processes = this.#alive();
    if (processes.length > 0) faults.push(`left processes running: ${processes.map(nameOf).join(', ')}`);
    while (this.#alive().length > 0) {
      this.kill();
      await sleep(20);
    }
    // The test's own end was seen before; those that were adopted are nobody else's to wait for.
    for (const { pid, parent } of this.#news()) if (parent === process.pid) this.#waitpid(pid);
    const mounts = readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[1] ?? '');
    const own = mounts.filter((place) => place.startsWith(`${this.folder}/`));
    if (own.length > 0) faults.push(`left mounts: ${own.join(', ')}`);
    for (const place of own.reverse()) spawnSync('umount', ['-l', place]);
    // What tsx and, from Node 22 on, npm (module.enableCompileCache()) keep for the next run.
    const files = readdirSync(this.folder).filter((name) => !name.startsWith('tsx-') && name !== 'node-compile-cache');
    if (files.length > 0) faults.push(`left files: ${files.join(', ')}`);
    rmSync(this.folder, { recursive: true });
    return faults;
  }
}
