// SPDX-License-Identifier: LGPL-2.1-or-later

// The helper that serves this thread: started at the first need, or found where another thread of this process has one. The core is lent a
// descriptor of its mount, which keeps it alive as every vpoll does. That is closed soon after the last vpoll.

import { SIGCONT } from '../../host/abi.js';
import { SERVE } from '../backends.js';
import { getCore } from '../core.js';
import { VPollError } from '../errors.js';
import { followCloses } from '../followers.js';
import { environment, openLibc } from '../runtime.js';
import { Calls } from '../../host/linux/calls.js';
import { sentence, type Why } from '../why.js';
import { drift, drive } from './drive.js';
import { whyNever } from './guest.js';
import { FusermountStart } from './fusermount.js';
import { copyHeld, isServed } from './held.js';
import { neither, openProgram, whyNoNative } from './native.js';
import { NativeStart } from './native-start.js';
import { PATIENCE_MS } from './policy.js';
import { Question, whyNoProgram } from './program.js';
import { orShortage } from './shortage.js';
import { RepeatedStart, ScriptStart, type Start, type Step } from './start.js';
import { openRoots, serves, whyNoDevice } from './tools.js';
import { findWays, type Way } from './mount-ways.js';
import { FORBIDDEN, saidWord, toWord, type Word } from './variable.js';

/** How long a helper without a vpoll is kept for the next one. */
const GRACE_MS = 1000;

/** What a machine with the device lacks where no way leads to a mount. Each of the last two is known to some kernels only. */
const REMEDY =
  'allow user namespaces: sysctl -w user.max_user_namespaces=15000 kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0; or install fuse3';

/** What takes a program nothing but a file, whatever it may do with /dev/fuse. */
const SERVED = `${SERVE}, for a container on its host and with -v /dev/vpoll:/dev/vpoll`;

let calls: Calls | undefined;
/** What is lent: the file, and the folder where it is by name, or -1; and which files these were when they came. */
let mount = -1;
let tree = -1;
let identities: readonly string[] = [];
let pid = 0;
/** Why a runtime is started where there might be a native helper. */
let insteadOfNative: Why | undefined;
let starting: Promise<Why | undefined> | undefined;
/** The vpolls of it that were made here and not closed yet. */
const held = new Set<number>();
let unfollow: (() => void) | undefined;
/** Whether a helper was taken before, so that the end of this process is waited for. */
let isTold = false;
let lingering: NodeJS.Timeout | undefined;

function getCalls(): Calls {
  return (calls ??= new Calls(openLibc()));
}

/** Why there can be no helper here, as far as that can be told without starting one; undefined: one may be started. */
export function whyNoHelper(): Why | undefined {
  const word = begin();
  if (typeof word !== 'string') return word;
  // First what is found out by a few calls: each refusal asks, and to look at the native helper is to read all of it.
  const ways = runtimeWays(word);
  if (Array.isArray(ways)) return undefined;
  getCalls().takeShortage();
  const noNative = whyNotNative(word);
  return noNative && orShortage(getCalls(), word === 'runtime' ? ways : neither(noNative, ways));
}

/** Why the helper that was started last is this runtime once more and not the native one, or undefined. */
export function whyRuntime(): Why | undefined {
  return insteadOfNative;
}

/** The error of a start that failed: EOPNOTSUPP, or EMFILE or ENFILE where it lacked descriptors. */
export function helperError(syscall: string, why: Why): VPollError {
  return new VPollError(why.shortage ?? 'EOPNOTSUPP', syscall, `no backend 'fuse' here: ${sentence(why)}`);
}

/** What VPOLL_FUSE says, or why none can be started. A program that has no /dev/fuse may well have /dev/vpoll, which takes nobody's rights. */
function begin(): Word | Why {
  const word = saidWord();
  const noDevice = typeof word === 'string' ? whyNoDevice(getCalls()) : undefined;
  return noDevice ? { ...noDevice, remedy: `${SERVED}; or ${noDevice.remedy}` } : word;
}

/** Why no native helper can be executed, or is to be, where VPOLL_FUSE says this. */
function whyNotNative(word: string): Why | undefined {
  if (word === 'runtime') return FORBIDDEN;
  return whyNoNative(getCalls(), word === 'memfd');
}

/** The ways to a helper that this runtime runs, or why there is none. */
function runtimeWays(word: string): Way[] | Why {
  if (word === 'native') return { reason: 'VPOLL_FUSE=native forbids another', remedy: 'unset it' };
  return whyNoProgram() ?? findWays(getCalls());
}

function lent(): number[] {
  return [mount, tree].filter((fd) => fd >= 0);
}

/** Those of the lent descriptors that are still what they were: a program that closes what it doesn't know leaves their numbers to other files. */
function kept(): number[] {
  return lent().filter((fd, i) => getCalls().identify(fd) === identities[i]);
}

function lend(fd: number, folder: number): void {
  [mount, tree] = [fd, folder];
  identities = lent().map((each) => getCalls().identify(each));
  getCore().lend(fd, folder);
}

/**
 * A process that ends while a helper is stopped would stay. The helper has read a request of a Poller's thread already: that thread can't be ended,
 * not even by SIGKILL, until it is answered. So the helper goes on then.
 */
function wakeHelper(): void {
  if (pid > 0 && serves(getCalls(), pid)) getCalls().kill(pid, SIGCONT);
}

/** The thread has a helper from now on. */
function take(fd: number, folder = -1): void {
  lend(fd, folder);
  if (isTold) process.off('exit', wakeHelper);
  isTold = true;
  process.on('exit', wakeHelper);
  // The descriptor of a Worker that ends would stay open.
  process.on('exit', dropHelper);
  unfollow ??= followCloses((closed) => {
    if (held.delete(closed) && held.size === 0) linger();
  });
}

function linger(): void {
  const { setTimeout } = process.getBuiltinModule('node:timers');
  lingering = setTimeout(dropHelper, GRACE_MS);
  lingering.unref();
}

/** Lingers no more. */
function stay(): void {
  if (lingering) process.getBuiltinModule('node:timers').clearTimeout(lingering);
  lingering = undefined;
}

/** Keeps the helper until this vpoll is closed. */
export function holdHelper(fd: number): void {
  held.add(fd);
  stay();
}

/** Takes a helper that another thread of this process has: whether there is one. */
function share(): boolean {
  for (const fd of openRoots(getCalls())) {
    const copy = copyHeld(getCalls(), fd);
    if (copy < 0) continue;
    if (isServed(getCalls(), copy)) {
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

/** Whether this thread has a helper, which may have died. */
export function hasHelper(): boolean {
  return mount >= 0;
}

/** Lets go of a helper where the descriptor by which its file is opened was closed behind our back. Costs one fstat(2), which asks no server. */
export function checkHelper(): void {
  if (mount >= 0 && getCalls().identify(lent().at(-1)!) !== identities.at(-1)) dropHelper();
}

/** Lets go of the helper: it ends with its last vpoll. */
export function dropHelper(): void {
  if (mount < 0) return;
  stay();
  process.off('exit', dropHelper);
  held.clear();
  const ours = kept();
  lend(-1, -1);
  for (const fd of ours) getCalls().close(fd);
}

function startBy(way: Way): Start {
  return new RepeatedStart(() => ('fusermount' in way ? new FusermountStart(getCalls(), way) : new ScriptStart(getCalls(), way)));
}

/** Takes the outcome of a way: whether there is a helper now. */
function settle(step: Step, failures: Why[]): boolean {
  if ('failure' in step) failures.push(step.failure);
  if (!('fd' in step)) return false;
  // One that was started meanwhile, by a create that couldn't wait, stays.
  if (mount >= 0) {
    for (const fd of [step.fd, step.tree ?? -1]) if (fd >= 0) getCalls().close(fd);
  } else {
    pid = step.pid;
    take(step.fd, step.tree);
  }
  return true;
}

/** The native helper, which tries its ways by itself. */
function startNative(word: string, patienceMs: number): Start {
  return new RepeatedStart(() => new NativeStart(getCalls(), () => openProgram(getCalls(), word === 'memfd'), patienceMs));
}

/** The helper that this runtime runs: why it can't be used, or undefined. */
function* runtimeStarts(word: string): Generator<Start, Why | undefined, Step> {
  const ways = runtimeWays(word);
  if (!Array.isArray(ways)) return ways;
  const answer = yield new Question(getCalls());
  if ('failure' in answer) return answer.failure;
  const failures: Why[] = [];
  for (const way of ways) if (settle(yield startBy(way), failures)) return undefined;
  return { reason: failures.map(sentence).join('; '), remedy: REMEDY };
}

/**
 * What has to be started one after the other until there is a helper. The caller starts each, and gives back its outcome. In the end: why there is none. `patienceMs` is for
 * the native helper.
 */
function* starts(patienceMs = PATIENCE_MS): Generator<Start, Why | undefined, Step> {
  const word = begin();
  if (typeof word !== 'string') return word;
  if (share()) return undefined;
  const never = whyNever();
  if (never) return never;
  getCalls().takeShortage();
  const why = yield* attempts(word, patienceMs);
  return why && orShortage(getCalls(), why);
}

/** The same, where one may be started and VPOLL_FUSE says `word`. */
function* attempts(word: string, patienceMs: number): Generator<Start, Why | undefined, Step> {
  insteadOfNative = word === 'runtime' ? FORBIDDEN : undefined;
  if (insteadOfNative) return yield* runtimeStarts(word);
  const failures: Why[] = [];
  const step = yield startNative(word, patienceMs);
  if (settle(step, failures)) return undefined;
  const noNative = failures[0]!;
  // One that could be executed has tried all that the other would.
  const isFinal = !('failure' in step && step.isUnusable);
  if (isFinal) return { ...noNative, remedy: noNative.remedy ?? REMEDY };
  insteadOfNative = noNative;
  const noRuntime = yield* runtimeStarts(word);
  return noRuntime && neither(noNative, noRuntime);
}

/**
 * Starts a helper unless there is one, and blocks until it serves: why there is none, with what went wrong on each way, or undefined. `patienceMs`: how long each answer of a
 * native one may take.
 */
export function tryHelper(patienceMs?: number): Why | undefined {
  if (mount >= 0) return undefined;
  const all = starts(patienceMs);
  let next = all.next();
  while (!next.done) next = all.next(drive(getCalls(), next.value));
  return next.value;
}

/** The same. Throws {@link helperError} where there is none. */
export function ensureHelper(syscall = 'vpoll_create'): void {
  const why = tryHelper();
  if (why) throw helperError(syscall, why);
}

async function startInBackground(): Promise<Why | undefined> {
  const all = starts();
  let next = all.next();
  while (!next.done) next = all.next(await drift(next.value));
  return next.value;
}

/** The same without blocking: why there is none, or undefined. */
export async function startHelper(): Promise<Why | undefined> {
  if (mount >= 0) return undefined;
  starting ??= startInBackground().finally(() => {
    starting = undefined;
  });
  return starting;
}

/** The same. Rejects with what {@link ensureHelper} throws, and EINVAL where VPOLL_FUSE says a word that none knows. */
export async function prepareHelper(): Promise<void> {
  toWord(environment('VPOLL_FUSE'), 'vpoll_prepare');
  const why = await startHelper();
  if (why) throw helperError('vpoll_prepare', why);
}
