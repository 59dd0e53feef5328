// SPDX-License-Identifier: LGPL-2.1-or-later

// `vpoll run`: starts a program under the filter and answers its calls until none of its processes is left.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { receiveDescriptor } from '../../host/rights.js';
import { EPOLLIN, VPOLL_EVENTS } from '../constants.js';
import { errnoName, VPollError } from '../errors.js';
import { Calls } from '../fuse/calls.js';
import { isReadable } from '../fuse/readable.js';
import { Poller } from '../poller/poller.js';
import { openLibc, packedBy } from '../runtime.js';
import { VPoll } from '../vpoll.js';
import { starterEnv } from './starter.js';
import { Supervisor } from './supervisor.js';

/** How a program ended. */
export interface End {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Sent on to the program. What a terminal sends goes to both by itself. */
const FORWARDED = ['SIGHUP', 'SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'] as const;
const BY_TERMINAL = ['SIGINT', 'SIGQUIT'] as const;

/** Sends a signal on. Not by child.kill(): Deno takes a child that it has sent a signal for one that the signal has ended. */
function send(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(child.pid, signal);
}

/** Has signals to this process reach the program. */
function forward(child: ChildProcess): void {
  for (const signal of FORWARDED) {
    process.on(signal, () => {
      send(child, signal);
    });
  }
  const hasTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  if (hasTerminal) {
    for (const signal of BY_TERMINAL) process.on(signal, () => undefined);
    return;
  }
  for (const signal of BY_TERMINAL) {
    process.on(signal, () => {
      send(child, signal);
    });
  }
}

/** Answers until the last process under the filter has ended. */
async function supervise(listener: number, supervisor: Supervisor): Promise<void> {
  const poller = Poller.create();
  try {
    poller.add(listener, EPOLLIN);
    for await (const [ready] of poller) {
      if (ready && !(ready.events & EPOLLIN)) return;
      const status = supervisor.answer();
      if (status < 0) throw new VPollError(errnoName(-status), 'ioctl', 'SECCOMP_IOCTL_NOTIF_RECV');
    }
  } finally {
    poller.close();
  }
}

/** Whether a vpoll that shows every bit can be had here; throws what keeps it from that. */
function probe(): void {
  VPoll.create({ backend: 'auto', needs: VPOLL_EVENTS }).close();
}

/** Starts `starter`, which gets the socket as descriptor 3 and calls execute(); resolves when all has ended. */
export async function run(starter: readonly [string, ...string[]]): Promise<End> {
  const packed = packedBy();
  if (packed !== undefined) throw new VPollError('EOPNOTSUPP', 'vpoll_run', `it would start itself again, and this is ${packed}`);
  probe();
  const ffi = openLibc('vpoll_run');
  const calls = new Calls(ffi);
  const pair = calls.socketpair();
  if (typeof pair === 'number') throw new VPollError(errnoName(-pair), 'socketpair');
  const [ours, theirs] = pair;
  const [program, ...args] = starter;
  const child = spawn(program, args, { stdio: ['inherit', 'inherit', 'inherit', theirs], env: starterEnv(process.env) });
  calls.close(theirs);
  forward(child);
  await once(child, 'spawn');
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  await isReadable(ours, 0x7fffffff);
  const listener = receiveDescriptor(ffi, ours);
  calls.close(ours);
  if (listener >= 0) {
    try {
      await supervise(listener, new Supervisor(ffi, listener));
    } finally {
      // What is left under the filter would be told that there is no such call.
      calls.close(listener);
    }
  }
  const [status, signal] = await ended;
  return { status, signal };
}
