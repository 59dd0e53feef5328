// SPDX-License-Identifier: LGPL-2.1-or-later

// Errors that a kernel rarely gives, given by strace(1) to the calls of a running process.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { slowness } from '../../../tools/slowness.js';
import type { Peer } from './with-peer.js';

/** The names that x86-64 and arm64 kernels have for what libc calls fstat, send, recv, open and poll. */
const NAMES: Record<string, string> = {
  fstat: '/^(new)?fstat(at)?$',
  send: 'sendto',
  recv: 'recvfrom',
  open: '/^open(at)?$',
  poll: '/^p?poll$',
};

export interface Injection {
  /** Name of a call of the boundary. */
  call: string;
  /** Name of the errno; empty: the call is left out and said to have succeeded. */
  errno: string;
  /** Which of the process's calls of that name, counted from now: '1', '2', '1+', '1..3'. */
  when: string;
}

/**
 * Runs `use` while the peer's main thread gets these errors. With `files` (as /proc names them: `socket:[4711]`) only for calls
 * that have to do with one of them, since a runtime makes such calls too, on files of its own.
 */
export async function injecting<T>(
  peer: Peer,
  injections: readonly Injection[],
  use: () => Promise<T>,
  files: readonly string[] = [],
): Promise<T> {
  const paths = files.flatMap((name) => ['-P', name]);
  const expressions = injections.flatMap(({ call, errno, when }) => [
    '-e',
    `inject=${NAMES[call] ?? call}:${errno ? `error=${errno}` : 'retval=0'}:when=${when}`,
  ]);
  const strace = spawn('strace', ['-o', '/dev/null', ...paths, ...expressions, '-p', String(peer.pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(strace, 'exit');
  let said = '';
  strace.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const timer = setTimeout(() => strace.kill('SIGKILL'), 30_000 * slowness);
  try {
    while (!said.includes('attached')) {
      if (strace.exitCode !== null || strace.signalCode !== null) throw new Error(`strace: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return await use();
  } finally {
    // It lets the process go before it ends.
    strace.kill('SIGINT');
    await ended;
    clearTimeout(timer);
  }
}
