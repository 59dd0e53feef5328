// SPDX-License-Identifier: LGPL-2.1-or-later

// The helper that serves this thread: started at the first need, or found where another thread of this process has one, and lent to the core
// as a descriptor of its mount, which keeps it alive as every vpoll does. That is let go soon after the last vpoll was closed.

import { getCore } from '../core.js';
import { VPollError } from '../errors.js';
import { describe } from '../events.js';
import { followCloses } from '../follow.js';
import { environment, openLibc } from '../runtime.js';
import { Calls } from './calls.js';
import { isReadable } from './readable.js';
import { FusermountStart } from './fusermount.js';
import { Question, whyNoProgram } from './program.js';
import { RepeatedStart, ScriptStart, type Start, type Step } from './start.js';
import { openRoots, serves, whyNoDevice } from './tools.js';
import { findWays, type Way } from './ways.js';

/** How long each answer of a helper that starts may take. A machine that is slower than that is one where it hangs. */
const PATIENCE_MS = 20_000;
/** How long a helper without a vpoll is kept for the next one. */
const GRACE_MS = 1000;
const SILENCE = `no answer within ${PATIENCE_MS / 1000} s`;

const SIGCONT = 18;
/** What a machine with the device lacks where no way leads to a mount. Each of the last two is known to some kernels only. */
const REMEDY =
  'allow user namespaces: sysctl -w user.max_user_namespaces=15000 kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0; or install fuse3';

let calls: Calls | undefined;
let mount = -1;
let pid = 0;
let starting: Promise<void> | undefined;
/** The vpolls of it that were made here and not closed yet. */
const held = new Set<number>();
let unfollow: (() => void) | undefined;
let lingering: NodeJS.Timeout | undefined;

function getCalls(): Calls {
  return (calls ??= new Calls(openLibc()));
}

/** Why there can be no helper here, as far as that can be told without starting one; undefined: one may be started. */
export function whyNoHelper(): string | undefined {
  const said = environment('VPOLL_FUSE');
  if (said === 'off') return 'VPOLL_FUSE=off forbids it (unset it)';
  if (said && said !== 'on') return `VPOLL_FUSE in the environment must be on or off, not ${describe(said)} (unset it)`;
  const ways = findWays(getCalls());
  return whyNoProgram() ?? whyNoDevice(getCalls()) ?? (typeof ways === 'string' ? ways : undefined);
}

function refused(syscall: string, why: string): VPollError {
  return new VPollError('EOPNOTSUPP', syscall, `no backend 'fuse' here: ${why}`);
}

/** The ways to try. Throws where there is none. */
function begin(syscall: string): Way[] {
  const why = whyNoHelper();
  if (why !== undefined) throw refused(syscall, why);
  const ways = findWays(getCalls());
  return typeof ways === 'string' ? [] : ways;
}

function lend(fd: number): void {
  mount = fd;
  getCore().lend(fd);
}

/**
 * A process that ends while a helper is stopped would stay: a thread of a Poller whose request the helper has read already can't be ended, not even by
 * SIGKILL, until it is answered. So the helper goes on then.
 */
function wakeHelper(): void {
  if (pid > 0 && serves(pid)) getCalls().kill(pid, SIGCONT);
}

/** The thread has a helper from now on. */
function take(fd: number): void {
  lend(fd);
  process.off('exit', wakeHelper);
  process.on('exit', wakeHelper);
  // The descriptor of a Worker that ends would stay open.
  process.once('exit', dropHelper);
  unfollow ??= followCloses((closed) => {
    if (held.delete(closed) && held.size === 0) linger();
  });
}

function linger(): void {
  const { setTimeout } = process.getBuiltinModule('node:timers');
  lingering = setTimeout(dropHelper, GRACE_MS);
  lingering.unref();
}

/** Keeps the helper until this vpoll is closed. */
export function holdHelper(fd: number): void {
  held.add(fd);
  process.getBuiltinModule('node:timers').clearTimeout(lingering);
}

/** Takes a helper that another thread of this process has: whether there is one. */
function share(): boolean {
  for (const fd of openRoots()) {
    const copy = getCalls().copy(fd);
    if (copy < 0) continue;
    if (getCalls().isServed(copy)) {
      take(copy);
      return true;
    }
    getCalls().close(copy);
  }
  return false;
}

/** The process id of the helper that was started last, 0 before; it may have ended. */
export function helperPid(): number {
  return pid;
}

/** Lets go of the helper: it ends with its last vpoll. */
export function dropHelper(): void {
  if (mount < 0) return;
  process.getBuiltinModule('node:timers').clearTimeout(lingering);
  process.off('exit', dropHelper);
  held.clear();
  const fd = mount;
  lend(-1);
  getCalls().close(fd);
}

function startBy(way: Way): Start {
  return new RepeatedStart(() => ('fusermount' in way ? new FusermountStart(getCalls(), way) : new ScriptStart(getCalls(), way)));
}

/** Goes from step to step, with nothing else between them. */
export function drive(start: Start): Step {
  let step = start.begin();
  while ('wait' in step) {
    if (getCalls().wait(step.wait, PATIENCE_MS) <= 0) return start.giveUp(SILENCE);
    step = start.next();
  }
  return step;
}

/** The same, with the event loop between them. */
export async function drift(start: Start): Promise<Step> {
  let step = start.begin();
  while ('wait' in step) {
    if (!(await isReadable(step.wait, PATIENCE_MS))) return start.giveUp(SILENCE);
    step = start.next();
  }
  return step;
}

/** Takes what a way came to: whether there is a helper now. */
function settle(step: Step, failures: string[]): boolean {
  if ('failure' in step) failures.push(step.failure);
  if (!('fd' in step)) return false;
  // One that was started meanwhile, by a create that couldn't wait, stays.
  if (mount >= 0) getCalls().close(step.fd);
  else {
    pid = step.pid;
    take(step.fd);
  }
  return true;
}

/** What has to be started one after the other until there is a helper. Whoever starts each gives back what it came to. Throws EOPNOTSUPP with what went wrong. */
function* starts(syscall: string): Generator<Start, void, Step> {
  const ways = begin(syscall);
  if (share()) return;
  const answer = yield new Question(getCalls());
  if ('failure' in answer) throw refused(syscall, answer.failure);
  const failures: string[] = [];
  for (const way of ways) if (settle(yield startBy(way), failures)) return;
  throw refused(syscall, `${failures.join('; ')} (${REMEDY})`);
}

/** Starts a helper unless there is one, and blocks until it serves. Throws EOPNOTSUPP with what went wrong on each way. */
export function ensureHelper(syscall = 'vpoll_create'): void {
  if (mount >= 0) return;
  const all = starts(syscall);
  for (let next = all.next(); !next.done; next = all.next(drive(next.value)));
}

async function startAside(syscall: string): Promise<void> {
  const all = starts(syscall);
  for (let next = all.next(); !next.done; next = all.next(await drift(next.value)));
}

/** The same without blocking. Rejects with what {@link ensureHelper} throws. */
export async function prepareHelper(): Promise<void> {
  if (mount >= 0) return;
  starting ??= startAside('vpoll_prepare').finally(() => {
    starting = undefined;
  });
  await starting;
}
