// SPDX-License-Identifier: LGPL-2.1-or-later

// A child process that is asked by JSON lines and answers by JSON lines. Every answer has a deadline, and a test that starts a
// child ends it in `finally`, so that a test that fails leaves nothing behind.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { slowness } from '../../../tools/slowness.js';
import { sockets, socketsGone } from './libc.js';

export type Reply = Record<string, unknown>;

export interface ChildOptions {
  /** Descriptors of ours that become 3, 4, ... in the child. */
  fds?: readonly number[];
  env?: NodeJS.ProcessEnv;
}

const ANSWER_MS = 30_000 * slowness;

/** One child, and what it was asked. */
export class Child {
  readonly process: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #replies: Reply[] = [];
  #wake: () => void = () => undefined;
  #isOver = false;

  constructor(program: string, args: readonly string[], { fds = [], env = {} }: ChildOptions = {}) {
    const before = sockets();
    this.process = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit', ...fds], env: { ...process.env, ...env } });
    const pipes = sockets().filter((name) => !before.includes(name));
    const closed = once(this.process, 'close').catch((error: unknown) => [error]);
    this.#ended = closed.then(() => socketsGone(pipes));
    void this.#ended.then(() => {
      this.#isOver = true;
      this.#wake();
    });
    // It may die before it has read a question.
    this.process.stdin!.on('error', () => undefined);
    createInterface({ input: this.process.stdout! }).on('line', (line) => {
      // A peer begins with an empty line.
      if (line === '') return;
      this.#replies.push(JSON.parse(line) as Reply);
      this.#wake();
    });
  }

  get pid(): number {
    return this.process.pid!;
  }

  /** Sends a question without waiting for the answer. */
  tell(question: object): void {
    this.process.stdin!.write(`${JSON.stringify(question)}\n`);
  }

  /** The next answer. */
  async answer(): Promise<Reply> {
    const deadline = performance.now() + ANSWER_MS;
    while (this.#replies.length === 0) {
      if (this.#isOver) throw new Error(`child ${this.pid} ended without an answer`);
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`child ${this.pid} gave no answer in ${ANSWER_MS} ms`);
      const timer = new AbortController();
      await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), sleep(left, null, timer)]);
      timer.abort();
    }
    return this.#replies.shift()!;
  }

  async ask(question: object): Promise<Reply> {
    this.tell(question);
    return this.answer();
  }

  /** Sends a question that makes the child block in a system call, and returns once it does. {@link answer} is the outcome. */
  async block(question: object): Promise<void> {
    const { blocking } = await this.ask(question);
    if (blocking !== true) throw new Error('the child did not say that it is about to block');
    for (let i = 0; stateOf(this.pid) !== 'S'; i++) {
      if (i > 5000) throw new Error(`child ${this.pid} does not block`);
      await sleep(1);
    }
  }

  /** Kills it at once, and waits until it is gone. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.#ended;
  }

  /** Closes its standard input, which ends it; what doesn't end so is killed. Returns how it ended: status or signal. */
  async end(): Promise<number | string | null> {
    this.process.stdin!.end();
    const timer = setTimeout(() => this.process.kill('SIGKILL'), 5000);
    await this.#ended;
    clearTimeout(timer);
    return this.process.exitCode ?? this.process.signalCode;
  }
}

/** The state of a process, proc_pid_stat(5): R running, S sleeping, ... */
function stateOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.charAt(stat.lastIndexOf(')') + 2);
}
