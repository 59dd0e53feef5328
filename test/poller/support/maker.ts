// SPDX-License-Identifier: LGPL-2.1-or-later

import { fileURLToPath } from 'node:url';
import { openLibc } from '../../../src/runtime.js';
import { Child } from '../../real/support/child.js';
import { closeFd } from '../../real/support/libc.js';

const program = fileURLToPath(new URL('maker.py', import.meta.url));

const libc = openLibc();
const syscall = libc.func('syscall', 'len', 'len', 'len', 'len');
/** The same numbers on every architecture (include/uapi/asm-generic/unistd.h). */
const PIDFD_OPEN = 434;
const PIDFD_GETFD = 438;

function orThrow(result: number, name: string): number {
  if (result < 0) throw new Error(`${name}: errno ${libc.errno()}`);
  return result;
}

function call(...words: number[]): number {
  return syscall(...words.map((each) => libc.word(each)));
}

/** A python process that makes descriptors: see maker.py for what it can be asked. */
export class Maker extends Child {
  readonly #taken: number[] = [];

  private constructor() {
    super('python3', [program]);
  }

  /** Starts one, hands it to `use`, and ends it, and closes what was taken of it, whatever happens. */
  static async with<T>(use: (maker: Maker) => Promise<T>): Promise<T> {
    const maker = new Maker();
    try {
      return await use(maker);
    } finally {
      await maker.end();
      for (const fd of maker.#taken) closeFd(fd);
    }
  }

  /** Has it make something, and takes a duplicate of its descriptor into this process, pidfd_getfd(2). */
  async take(kind: string, how: object = {}, name = kind): Promise<number> {
    const { fd } = await this.ask({ do: kind, name, ...how });
    const pidfd = orThrow(call(PIDFD_OPEN, this.pid, 0, 0), 'pidfd_open');
    try {
      const ours = orThrow(call(PIDFD_GETFD, pidfd, fd as number, 0), 'pidfd_getfd');
      this.#taken.push(ours);
      return ours;
    } finally {
      closeFd(pidfd);
    }
  }

  /** Has it do something to what it made. */
  async act(what: string, name: string, how: object = {}): Promise<void> {
    await this.ask({ do: what, name, ...how });
  }
}
