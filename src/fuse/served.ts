// SPDX-License-Identifier: LGPL-2.1-or-later

// What `vpoll serve` has started, whichever program that is: how it is known to be ready, how it fails, and how it is told to end.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { errnoName, VPollError } from '../errors.js';
import type { Calls } from '../../host/linux/calls.js';
import { sentence, type Why } from '../why.js';
import { isReadable } from '../wait/until-readable.js';
import { PATIENCE_MS } from './policy.js';

/** What `vpoll serve` is to do. */
export interface Serving {
  /** Absolute. */
  path: string;
  maxPerUid: number;
  /** Called when the file can be opened. */
  onReady: () => void;
}

export function refused(reason: string, remedy?: string): VPollError {
  return failed({ reason, remedy });
}

export function failed(why: Why): VPollError {
  return new VPollError('EOPNOTSUPP', 'vpoll_serve', sentence(why));
}

/** Waits for a line that says so, or for the end of the output. */
async function isReady(child: ChildProcess, line: RegExp): Promise<boolean> {
  let said = '';
  for await (const text of child.stdout!.setEncoding('utf8')) {
    said += String(text);
    if (line.test(said)) return true;
  }
  return false;
}

export interface Served {
  child: ChildProcess;
  /** Rejects where there was no starting it: it has no output then. */
  started: Promise<unknown>;
  /** Resolves when it has ended, and has said all. */
  ended: Promise<unknown>;
  /** The end of what it has complained about so far. */
  said: () => string;
  /** Our end of the socket whose other end belongs to the process that takes the mount away. */
  lifeline: number;
}

/** What is known of a program from its start on: a runtime throws away what one says that ends before anybody listens. */
export function started(child: ChildProcess): Omit<Served, 'lifeline'> {
  const [known, ended] = [once(child, 'spawn'), once(child, 'close')];
  // The one who awaits them is told.
  for (const each of [known, ended]) each.catch(() => undefined);
  return { child, started: known, ended, said: listen(child) };
}

/** A program that has the other end of a socket: only it, so that each sees the other's end. */
export function withLifeline(calls: Calls, start: (theirs: number) => ChildProcess): Served {
  const pair = calls.socketpair();
  if (typeof pair === 'number') throw new VPollError(errnoName(-pair), 'socketpair');
  const [lifeline, theirs] = pair;
  try {
    return { ...started(start(theirs)), lifeline };
  } catch (error) {
    calls.close(lifeline);
    throw error;
  } finally {
    calls.close(theirs);
  }
}

/** Collects the end of what it complains about. There may be no output where there was no starting it. */
function listen(child: ChildProcess): () => string {
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-2000)));
  return () => complaint.trim();
}

/** What a program has said that has ended by itself, and whether it had served before. */
interface Said {
  readonly wasReady: boolean;
  readonly text: string;
}

/** Tells when it is ready, by a line of its output, and waits for `end`: nothing, or what it has said where it has ended before that. */
export async function waitForEnd(
  { child, said, ended }: Served,
  line: RegExp,
  { onReady }: Serving,
  end: Promise<void>,
): Promise<Said | undefined> {
  const wasReady = await isReady(child, line);
  if (wasReady) {
    onReady();
    if (await Promise.race([end.then(() => true), ended.then(() => false)])) return undefined;
  }
  await ended;
  return { wasReady, text: said() };
}

/** Has the mount taken away, and waits until it is. */
export async function letGo(calls: Calls, { child, lifeline }: Served): Promise<void> {
  calls.finish(lifeline);
  await isReadable(lifeline, PATIENCE_MS);
  calls.close(lifeline);
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.unref();
}
