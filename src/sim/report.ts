// SPDX-License-Identifier: LGPL-2.1-or-later

// What is said of a failure: which one it is, the last steps before it, and what makes it happen again.

import { commandOf } from './replay.js';
import type { Outcome } from './outcome.js';
import { tableOf } from './table.js';
import type { Failure } from './types.js';

function headline(name: string, { kind, task, atMs, message }: Failure): string {
  if (kind === 'gone') return `${name}: ${message}`;
  return `${name}: at ${atMs} ms ${task} ${kind === 'threw' ? 'threw' : `is ${kind}`}: ${message}`;
}

/** A failure as text. */
export function describeFailure(name: string, { failure, trace, ownerships }: Outcome, replay: string): string {
  const table = tableOf(trace, ownerships);
  return [headline(name, failure!), ...(table === '' ? [] : [table]), `replay: ${commandOf(name, replay)}`].join('\n');
}

/** What a replay comes to that passes where the run that it is of failed. */
export function goneFailure(nowMs: number): Failure {
  const message =
    "the failure is gone: the run failed when this replay was made, and passes now. Its program is another, or it depends on something that is not its kernel's";
  return { kind: 'gone', task: 'replay', atMs: nowMs, message };
}
