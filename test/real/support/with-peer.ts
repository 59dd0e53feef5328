// SPDX-License-Identifier: LGPL-2.1-or-later

import { fileURLToPath } from 'node:url';
import type { StartOptions } from '../../../tools/runtimes.js';
import { command } from '../../support/runtime.js';
import { Child, type ChildOptions } from './child.js';
import type { Here } from './peer.js';

const program = fileURLToPath(new URL('peer.ts', import.meta.url));

/** An error of vpoll as it came from another process. */
export interface PeerError {
  code: string;
  errno: number;
  syscall: string;
  message: string;
}

export interface PeerOptions extends ChildOptions, StartOptions {
  /** What stands before the program: `['sh', '-c', 'ulimit -n 20; exec "$@"', 'sh']`. */
  before?: readonly string[];
}

/** Another process with vpoll in it, under the same runtime. */
export class Peer extends Child {
  constructor({ before = [], gc = false, smallHeap = false, ...options }: PeerOptions = {}) {
    const [first, ...args] = [...before, ...command(program, { gc, smallHeap })];
    super(first!, args, options);
  }

  static async with<T>(options: PeerOptions, use: (peer: Peer) => Promise<T>): Promise<T> {
    const peer = new Peer(options);
    try {
      return await use(peer);
    } finally {
      await peer.end();
    }
  }

  /** Runs a function there. It travels as text: it sees its two arguments and nothing else. */
  async run<T, A = undefined>(run: (here: Here, argument: A) => T | Promise<T>, argument?: A): Promise<T> {
    this.start(run, argument);
    return this.result<T>();
  }

  /** Has it begin with a function; {@link result} waits for what comes out. */
  start<T, A = undefined>(run: (here: Here, argument: A) => T | Promise<T>, argument?: A): void {
    this.tell({ code: run.toString(), argument });
  }

  async result<T>(): Promise<T> {
    const answer = await this.answer();
    if ('value' in answer || Object.keys(answer).length === 0) return answer.value as T;
    const error = answer.error as PeerError | undefined;
    throw Object.assign(new Error(error?.message ?? String(answer.failure)), error);
  }

  /** Waits until what loads its program has closed its own descriptors: before the first time that they are counted there. */
  async settle(): Promise<void> {
    await this.run(({ libc }) => libc.steadyCount());
  }

  /** Runs a function that must be refused, and returns its error. */
  async refused<A = undefined>(run: (here: Here, argument: A) => unknown, argument?: A): Promise<PeerError> {
    const answer = await this.ask({ code: run.toString(), argument });
    if (!answer.error) throw new Error(`not refused: ${JSON.stringify(answer)}`);
    return answer.error as PeerError;
  }
}
