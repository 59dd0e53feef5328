// SPDX-License-Identifier: LGPL-2.1-or-later

// What a command prints, and how one that can't go on ends: the one place that makes a line and a status of an error. It imports nothing that could
// itself be what fails to load.

import { writeSync } from 'node:fs';

const STDOUT = 1;
const STDERR = 2;
const RETRY_MS = 10;

/** What a shell shows of a program that SIGPIPE has ended. Runtimes ignore that signal. */
const STATUS_EPIPE = 141;
/** The status of a command that could not run, where it isn't 1. */
const STATUSES: Readonly<Record<string, number>> = { run: 125, sim: 2 };
/** The status of one whose output is lost: `vpoll run` has only one that is its own. */
const STATUSES_OUTPUT: Readonly<Record<string, number>> = { run: 125 };

const argv = process.argv.slice(2);
/** The words that are this program's: what stands behind `--` is another's. */
export const words: readonly string[] = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
/** The command, or ''. */
export const commandName = words.find((word) => !word.startsWith('-')) ?? '';

/** Output that could not be written. */
class OutputError extends Error {
  readonly code: string | undefined;

  constructor(fd: number, cause: Error & { code?: string }) {
    super(`standard ${fd === STDOUT ? 'output' : 'error'}: ${cause.message}`, { cause });
    this.code = cause.code;
  }
}

/** Writes all of it, and waits where the reader of a non-blocking pipe is slow. */
function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}

/** Prints text: it is written when this returns. Throws where it can't be, and the command ends by that. */
export function print(text: string, fd = STDOUT): void {
  try {
    writeAll(fd, text);
  } catch (error) {
    throw new OutputError(fd, error as Error);
  }
}

/** The same for what a program has written to its standard error. */
export function printError(text: string): void {
  print(text, STDERR);
}

/** Says a line on standard error. Where that can't be written either, the status has to do. */
export function complain(message: string): void {
  const [line] = message.trimStart().split('\n');
  try {
    writeAll(STDERR, `vpoll${commandName && ` ${commandName}`}: ${line}\n`);
  } catch {
    // Nobody is left to be told.
  }
}

/** Ends by an error, whatever it is. */
export function end(error: unknown): never {
  const isOutput = error instanceof OutputError;
  // As SIGPIPE would: a reader that has seen enough is no mistake.
  if (isOutput && error.code === 'EPIPE') process.exit(STATUS_EPIPE);
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  // What the system says, or vpoll, is complete; all else is told by its kind as well.
  const isKnown = isOutput || (error instanceof Error && ('code' in error || name === 'VPollError' || name === 'Error'));
  complain(isKnown ? message : `${name}: ${message}`);
  process.exit((isOutput ? STATUSES_OUTPUT : STATUSES)[commandName] ?? 1);
}
