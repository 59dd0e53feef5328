// SPDX-License-Identifier: LGPL-2.1-or-later

// The helpers' programs, as whole processes, over a socket in place of /dev/fuse: SOCK_SEQPACKET keeps messages apart as that does, unix(7).

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { helperCommand, helperEnv } from '../../../src/fuse/mount-ways.js';
import { Calls } from '../../../host/linux/calls.js';
import { openLibc } from '../../../src/runtime.js';
import { compile } from '../../c/support/library.js';
import { closeFd, pollFor } from '../../real/support/libc.js';
import { root } from '../../support/run.js';
import { runtime } from '../../support/runtime.js';
import type { Need } from '../../support/needs.js';
import { decode } from './messages.js';

const AF_UNIX = 1;
const SOCK_SEQPACKET_CLOEXEC = 0x80005;
const POLLIN = 1;
/** Generous: the machine may be busy. */
const PATIENCE_MS = 60_000;

const libc = openLibc();
const socketpair = libc.func('socketpair', 'i32', 'i32', 'i32', 'ptr');
const [read, write] = (['read', 'write'] as const).map((name) => libc.func(name, 'i32', 'ptr', 'len'));
const room = new Uint8Array(4096);
const address = libc.word(libc.address(room.buffer));

function pair(): [number, number] {
  if (socketpair(AF_UNIX, SOCK_SEQPACKET_CLOEXEC, 0, address) < 0) throw new Error(`socketpair: errno ${libc.errno()}`);
  const view = new DataView(room.buffer);
  return [view.getInt32(0, true), view.getInt32(4, true)];
}

/** A helper that serves. */
export interface Host {
  /** Sends a request, and waits for so many messages. */
  ask(request: Uint8Array, messages: number): string[];
  /** Whether it has sent more than it was asked for. */
  hasMore(): boolean;
  /** Ends its /dev/fuse, and waits until it has ended: its status. */
  end(): Promise<number | string>;
}

function sent(fd: number): string {
  if ((pollFor(fd, POLLIN, PATIENCE_MS) & POLLIN) === 0) throw new Error('no message');
  const size = read!(fd, address, libc.word(room.length));
  if (size <= 0) throw new Error('the helper has ended');
  return decode(room.slice(0, size));
}

async function start(command: readonly string[], env: NodeJS.ProcessEnv): Promise<Host> {
  const [ours, theirs] = pair();
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'inherit', theirs], env });
  const over = once(child, 'close') as Promise<[number | null, string | null]>;
  const [first] = (await once(child.stdout as Readable, 'data')) as [Buffer];
  closeFd(theirs);
  if (first.toString() !== 'ready\n') throw new Error(`it says ${first.toString()}`);
  return {
    ask(request, messages) {
      const copy = Uint8Array.from(request);
      const n = write!(ours, libc.word(libc.address(copy.buffer)), libc.word(copy.length));
      if (n !== copy.length) throw new Error(`write: ${n}`);
      return Array.from({ length: messages }, () => sent(ours));
    },
    hasMore: () => (pollFor(ours, POLLIN, 0) & POLLIN) !== 0,
    async end() {
      closeFd(ours);
      const [status, signal] = await over;
      return status ?? signal!;
    },
  };
}

/** Compiles the server of C's helper, with what finds a read beyond the memory. */
function compileServer(): string {
  const sources = ['helper/server.c', 'core/fuse.c', 'core/wasm-rt.c'].map((name) => join(root, 'host/c', name));
  const args = [...sources, '-w', '-DVPOLL_MEMORY_PAGES=2', '-I', join(root, 'host/c/core'), '-lm'];
  return compile('serve.c', { flavour: 'asan', args });
}

/** Each helper: what it takes, and how it is started. `limit`: how many vpolls a user may have. */
export const HOSTS: Record<string, { needs: Need[]; start: (...limit: string[]) => Promise<Host> }> = {
  'the helper': { needs: [], start: (...limit) => start(helperCommand(...limit), helperEnv(new Calls(openLibc()))) },
  // What C's helper does is the same under each runtime.
  ...(runtime === 'node' && { "C's helper": { needs: ['cmake', 'gcc'], start: () => start([compileServer()], process.env) } }),
};
