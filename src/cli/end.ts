// SPDX-License-Identifier: LGPL-2.1-or-later

// What a command prints, and how one that can't go on ends: the one place that makes a line and a status of an error. It imports nothing that could
// itself be what fails to load.

import { writeSync } from 'node:fs';
import { columnsOf, wrapHanging } from './wrap.js';

const STDOUT = 1;
const STDERR = 2;
const RETRY_MS = 10;

/** What a shell shows of a program that SIGPIPE has ended. Runtimes ignore that signal. */
const STATUS_EPIPE = 141;

/** The statuses that a command ends with where it couldn't do its work. */
interface Statuses {
  /** Its words are wrong. */
  readonly usage: number;
  /** It could not run, or has failed. */
  readonly failed: number;
  /** Its own output is lost. */
  readonly output: number;
}

const USUAL: Statuses = { usage: 2, failed: 1, output: 1 };
/** The commands. `vpoll run` keeps env(1)'s statuses, since all others are its program's; `vpoll sim` tells a scenario that can't run from one that fails. */
export const COMMANDS = {
  completion: USUAL,
  demo: USUAL,
  doctor: USUAL,
  play: USUAL,
  run: { usage: 125, failed: 125, output: 125 },
  serve: USUAL,
  sim: { usage: 2, failed: 2, output: 1 },
} as const satisfies Record<string, Statuses>;

export type CommandName = keyof typeof COMMANDS;

/** The command that this process runs. Asked before there is a parser: no option of `vpoll` itself stands before a command. */
const commandName = Object.keys(COMMANDS).find((name) => name === process.argv[2]) as CommandName | undefined;
const ownName = commandName === undefined ? 'vpoll' : `vpoll ${commandName}`;

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

/** Says lines on standard error. Where they can't be written either, the status has to do. */
function say(all: readonly string[]): void {
  try {
    // A log is read by the line, a terminal by the eye.
    const lines = process.stderr.isTTY ? all.flatMap((line) => wrapHanging(line, columnsOf(process.stderr))) : all;
    writeAll(STDERR, `${lines.join('\n')}\n`);
  } catch {
    // Nobody is left to be told.
  }
}

/** Says the first line of a message. */
export function complain(message: string): void {
  say([`${ownName}: ${message.trimStart().split('\n')[0]}`]);
}

/** What is wrong with the words, in one line, where the parser (commander) has found that. */
function wrongUsage(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('commander.'))) return undefined;
  const what = error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  return `${what.replace(/\.$/, '')}; ${ownName} --help says more`;
}

/** Ends by an error, whatever it is. */
export function end(error: unknown): never {
  const statuses = commandName === undefined ? USUAL : COMMANDS[commandName];
  const usage = wrongUsage(error);
  if (usage !== undefined) {
    complain(usage);
    process.exit(statuses.usage);
  }
  const isOutput = error instanceof OutputError;
  // As SIGPIPE would: a reader that has seen enough is no mistake.
  if (isOutput && error.code === 'EPIPE') process.exit(STATUS_EPIPE);
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  // What the system says, or vpoll, is complete; all else is told by its kind as well.
  const isKnown = isOutput || (error instanceof Error && ('code' in error || name === 'VPollError' || name === 'Error'));
  // One of vpoll's may have a line for each backend.
  if (name === 'VPollError') say(`${ownName}: ${message}`.split('\n'));
  else complain(isKnown ? message : `${name}: ${message}`);
  process.exit(isOutput ? statuses.output : statuses.failed);
}
