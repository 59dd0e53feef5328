// SPDX-License-Identifier: LGPL-2.1-or-later

// `vpoll run`: starts a program under the filter and answers its calls until none of its processes is left.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { receiveDescriptor } from '../../host/linux/rights.js';
import { VPOLL_EVENTS } from '../constants.js';
import { errnoName, VPollError } from '../errors.js';
import { Calls } from '../../host/linux/calls.js';
import { isReadable } from '../wait/until-readable.js';
import { openLibc, packedBy } from '../runtime.js';
import { VPoll } from '../vpoll.js';
import { starterEnv } from './starter.js';
import { Supervisor } from './supervisor.js';

/** How a program ended. */
export interface End {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** How many of its calls were looked at. */
  readonly seen: number;
}

/** Sent on to the program. What a terminal sends goes to both by itself. */
const FORWARDED = ['SIGHUP', 'SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'] as const;
const BY_TERMINAL = ['SIGINT', 'SIGQUIT'] as const;
/** How long the event loop may have to wait for its turn. */
const SLICE_MS = 200;

/** Sends a signal on. Not by child.kill(): Deno takes a child that it has sent a signal for one that the signal has ended. */
function send(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(child.pid, signal);
}

/** Has signals to this process reach the program; `around` does the sending. */
function forward(child: ChildProcess, around: (act: () => void) => void): void {
  const sendOn = (signal: NodeJS.Signals): void => {
    process.on(signal, () => {
      around(() => {
        send(child, signal);
      });
    });
  };
  FORWARDED.forEach(sendOn);
  const hasTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  if (hasTerminal) {
    for (const signal of BY_TERMINAL) process.on(signal, () => undefined);
    return;
  }
  BY_TERMINAL.forEach(sendOn);
}

/**
 * Answers until the last process under the filter has ended. It sleeps in poll(2) and not in the event loop, since the kernel hands a processor over only to
 * a sleeper there. The time until a call is received is the time in which a signal interrupts the call. The event loop sends signals on. It has its turn at
 * each signal, for which poll(2) ends. It has one at the end of each slice too, for a signal that came just before poll(2).
 */
async function supervise(supervisor: Supervisor): Promise<void> {
  const { setTimeout: sleep } = process.getBuiltinModule('node:timers/promises');
  for (;;) {
    const end = performance.now() + SLICE_MS;
    for (let left = SLICE_MS; left > 0; left = Math.ceil(end - performance.now())) {
      const step = supervisor.step(left);
      if (step === 'end') return;
      if (step === 'idle') break;
    }
    // Not setImmediate(): Deno looks for signals only when it sleeps.
    await sleep(1);
  }
}

/** Makes a vpoll that shows every bit, and closes it. Throws why there can't be one. */
function probe(): void {
  VPoll.create({ backend: 'auto', needs: VPOLL_EVENTS }).close();
}

/**
 * Starts `starter`, which gets the socket as descriptor 3 and calls execute(); resolves when all has ended. `onStderr` gets what is written to standard
 * error, which is this process's otherwise.
 */
export async function run(starter: readonly [string, ...string[]], onStderr?: (text: Uint8Array) => void): Promise<End> {
  const packed = packedBy();
  if (packed !== undefined) throw new VPollError('EOPNOTSUPP', 'vpoll_run', `it would start itself again, and this is ${packed}`);
  probe();
  const ffi = openLibc('vpoll_run');
  const calls = new Calls(ffi);
  const pair = calls.socketpair();
  if (typeof pair === 'number') throw new VPollError(errnoName(-pair), 'socketpair');
  const [ours, theirs] = pair;
  const [program, ...args] = starter;
  const errors = onStderr ? 'pipe' : 'inherit';
  const child = spawn(program, args, { stdio: ['inherit', 'inherit', errors, theirs], env: starterEnv(process.env) });
  if (onStderr) child.stderr?.on('data', onStderr);
  calls.close(theirs);
  let supervisor: Supervisor | undefined;
  forward(child, (act) => {
    if (supervisor) supervisor.meanwhile(act);
    else act();
  });
  await once(child, 'spawn');
  // Only a stream that is read has an end to wait for.
  const ended = once(child, onStderr ? 'close' : 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  await isReadable(ours, 0x7fffffff);
  const listener = receiveDescriptor(ffi, ours);
  calls.close(ours);
  let seen = 0;
  if (listener >= 0) {
    try {
      supervisor = new Supervisor(ffi, listener);
      await supervise(supervisor);
      ({ seen } = supervisor);
    } finally {
      supervisor = undefined;
      // What is left under the filter would be told that there is no such call.
      calls.close(listener);
    }
  }
  const [status, signal] = await ended;
  return { status, signal, seen };
}
