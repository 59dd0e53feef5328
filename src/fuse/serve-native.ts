// SPDX-License-Identifier: LGPL-2.1-or-later

// `vpoll serve` by the native program (host/c/helper/serve.c), which does all of it by itself: as a process of its own whose standard input is a socket of
// ours. When the other end of that is closed, by the end of this process for example, it takes the mount away.

import { spawn } from 'node:child_process';
import { VPollError, type ErrorCode } from '../errors.js';
import type { Calls } from '../../host/linux/calls.js';
import type { Why } from '../why.js';
import { openProgram, type Program } from './native.js';
import { letGo, refused, waitForEnd, withLifeline, type Served, type Serving } from './served.js';
import { NO_WORD } from './start.js';
import { FORBIDDEN } from './variable.js';

const IS_READY = /^serving /m;
const COMPLAINT = /^vpoll-fuse serve: (E[A-Z0-9]+): (.*)$/s;

/** What it complains of, as an error of ours. */
function toError(said: string): VPollError {
  const [, code, text] = COMPLAINT.exec(said) ?? [];
  return code === undefined ? refused(said) : new VPollError(code as ErrorCode, 'vpoll_serve', text);
}

/** Starts it. Closes the program. */
function start(calls: Calls, { fd }: Program, { path, maxPerUid }: Serving): Served {
  const args = ['serve', '--owned', '--max-per-uid', String(maxPerUid), '--', path];
  try {
    // In a session of its own: what a terminal sends is for this process. The program's descriptor is there until it is executed.
    return withLifeline(calls, (theirs) =>
      spawn(`/proc/self/fd/${fd}`, args, { detached: true, argv0: 'vpoll-fuse', stdio: [theirs, 'pipe', 'pipe'], env: {} }),
    );
  } finally {
    calls.close(fd);
  }
}

/** Starts it, and closes the program: what serves, or why that could not be executed. */
async function execute(calls: Calls, program: Program, serving: Serving): Promise<Served | Why> {
  let served: Served | undefined;
  try {
    // Some errors are thrown, and others told later.
    served = start(calls, program, serving);
    await served.started;
    return served;
  } catch (error) {
    if (served) await letGo(calls, served);
    if (error instanceof VPollError) throw error;
    return { reason: `${program.path} can't be executed: ${(error as NodeJS.ErrnoException).code ?? String(error)}` };
  }
}

/** Serves until `end` resolves; or why this program can't serve, where another may. Throws where it could, and has failed. */
export async function serveNatively(calls: Calls, word: string, serving: Serving, end: Promise<void>): Promise<Why | undefined> {
  if (word === 'runtime') return FORBIDDEN;
  const program = openProgram(calls, word === 'memfd');
  if ('reason' in program) return program;
  const served = await execute(calls, program, serving);
  if ('reason' in served) return served;
  try {
    const said = await waitForEnd(served, IS_READY, serving, end);
    if (said?.text) throw toError(said.text);
    if (said?.wasReady) throw new VPollError('EIO', 'vpoll_serve', 'the helper died');
    return said && { reason: NO_WORD };
  } finally {
    await letGo(calls, served);
  }
}
