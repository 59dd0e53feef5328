// SPDX-License-Identifier: LGPL-2.1-or-later

// A program and all that it starts, as a service manager has it: in a control group, cgroups(7), by which it can signal all of them at once.

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where a group may be made: version 2 beside version 1, version 2 alone, version 1. */
const PLACES = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup', '/sys/fs/cgroup/systemd', '/sys/fs/cgroup/pids'];

/** A new group: its folder; undefined where none can be made. */
function makeGroup(): string | undefined {
  for (const place of PLACES) {
    try {
      const group = mkdtempSync(join(place, 'vpoll-'));
      if (readdirSync(group).includes('cgroup.procs')) return group;
      rmdirSync(group);
    } catch {
      // Not there, or not ours.
    }
  }
  return undefined;
}

/** What the kernel has for the name of a process, or ''. */
function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

function processes(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0);
}

/** Removes a group; one whose last process is a zombie may be busy for a moment. */
function isGone(group: string): boolean {
  try {
    rmdirSync(group);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EBUSY') return false;
    throw error;
  }
}

/** The outcome of a program that was told to end while it had vpolls. */
export interface Stopped {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
  /** The names of those that were told to. */
  readonly told: readonly string[];
}

/**
 * Runs a program, and sends SIGTERM to it and to all that it has started when it has said a line, as `systemctl stop` does. Where no group can be made, to it and to each
 * process that has come since and has such a name as a helper. Returns when all have ended.
 */
export async function stop(command: readonly string[], env: NodeJS.ProcessEnv, helper: RegExp): Promise<Stopped> {
  const group = makeGroup();
  const before = new Set(processes());
  const enter = group === undefined ? [] : ['sh', '-c', 'echo $$ >"$0/cgroup.procs" && exec "$@"', group];
  const [first, ...args] = [...enter, ...command];
  const child = spawn(first!, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, errors] = ['', ''];
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const over = new Promise<number | null>((resolve) => child.once('close', resolve));
  const ready = new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.includes('\n')) resolve();
    });
  });
  await Promise.race([ready, over]);
  const all = (): number[] => {
    if (group !== undefined) return readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').map(Number).filter(Boolean);
    return processes().filter((pid) => pid === child.pid || (!before.has(pid) && helper.test(nameOf(pid))));
  };
  const pids = all();
  const told = pids.map(nameOf);
  for (const pid of pids) process.kill(pid, 'SIGTERM');
  const status = await over;
  // The helper ends after its last vpoll.
  while (all().length > 0) await sleep(10);
  while (group !== undefined && !isGone(group)) await sleep(10);
  return { status, output, errors, told };
}
