// SPDX-License-Identifier: LGPL-2.1-or-later

// Whether this process's program can be started again as a helper. A helper is `process.execPath` with a text to run; a program that carries its
// runtime within it runs itself whatever it is told. So a program that says that it is one isn't started. Any other is asked once, before the
// first helper, for its version: a runtime answers that before it loads anything (2 to 15 ms).

import { here, packedBy } from '../runtime.js';
import type { Calls } from '../../host/linux/calls.js';
import { sayErrno } from '../errors.js';
import type { Why } from '../why.js';
import type { Start, Step } from './start.js';
import { helperEnv } from './mount-ways.js';

const TEXT_MAX = 4000;
const REMEDY = 'load vpoll.ko, or have "vpoll serve" make /dev/vpoll';

/** The answers of the programs that were asked: why each is no runtime, or null for one that is. */
const answers = new Map<string, Why | null>();

function unfit(why: string): Why {
  return { reason: `a helper would be this program once more, and ${why}`, remedy: REMEDY };
}

/** Why this program is known to be none that can be a helper. Starts nothing. */
export function whyNoProgram(): Why | undefined {
  const packed = packedBy();
  if (packed !== undefined) return unfit(`it is ${packed}, which runs no text`);
  return answers.get(process.execPath) ?? undefined;
}

/** Asks. A start whose last step is {@link Step} `answered`, or why the program can't be a helper. */
export class Question implements Start {
  readonly #calls: Calls;
  readonly #path = process.execPath;
  /** Our end of the socket that is its stdin, stdout and stderr; -1: none. */
  #socket = -1;
  #pid = 0;
  #said = '';

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  begin(): Step {
    if (answers.get(this.#path) === null) return { answered: true };
    const pair = this.#calls.socketpair();
    if (typeof pair === 'number') return { failure: { reason: `socketpair: ${sayErrno(-pair)}` } };
    const [ours, theirs] = pair;
    this.#socket = ours;
    const fds = [theirs, theirs, theirs];
    this.#pid = this.#calls.start({ path: this.#path, args: ['--version'], env: helperEnv(this.#calls), fds });
    this.#calls.close(theirs);
    if (this.#pid > 0) {
      this.#calls.finish(ours);
      return { wait: ours };
    }
    this.#calls.close(ours);
    return { failure: unfit(`${this.#path} can't be started: ${sayErrno(-this.#pid)}`) };
  }

  next(): Step {
    const text = this.#calls.read(this.#socket);
    if (typeof text === 'string') this.#said += text;
    // One that goes on and on has answered as well.
    const isOver = typeof text === 'number' || text === '' || this.#said.length > TEXT_MAX;
    return isOver ? this.#judge(this.#said) : { wait: this.#socket };
  }

  giveUp(why: string): Step {
    return this.#judge(why);
  }

  #judge(said: string): Step {
    this.#calls.close(this.#socket);
    this.#calls.end(this.#pid);
    const word = here.version();
    const isRuntime = said.split('\n').some((line) => line === word || line.startsWith(`${word} `));
    const first = said.trim().split('\n')[0]!.slice(0, 80);
    const why = isRuntime ? null : unfit(`${this.#path} --version says '${first}' where this runtime says '${word}'`);
    answers.set(this.#path, why);
    return why ? { failure: why } : { answered: true };
  }
}
