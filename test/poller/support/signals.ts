// SPDX-License-Identifier: LGPL-2.1-or-later

// Signals of this very thread, by number: blocked, sent, and taken from a signalfd(2).

import { readSync } from 'node:fs';
import { openLibc } from '../../../src/runtime.js';

const libc = openLibc();
const sigmask = libc.func('pthread_sigmask', 'i32', 'ptr', 'ptr');
const tgkill = libc.func('tgkill', 'i32', 'i32', 'i32');
const gettid = libc.func('gettid');

const SIG_BLOCK = 0;
const SIG_UNBLOCK = 1;

/** Blocks a signal in this thread; returns what unblocks it. */
export function blockSignal(signal: number): () => void {
  // sigset_t has 128 bytes, a bit a signal.
  const set = new BigUint64Array(16).fill(1n << BigInt(signal - 1), 0, 1);
  const change = (how: number): void => {
    const errno = sigmask(how, libc.word(libc.address(set.buffer)), libc.word(0));
    if (errno !== 0) throw new Error(`pthread_sigmask: errno ${errno}`);
  };
  change(SIG_BLOCK);
  return () => {
    change(SIG_UNBLOCK);
  };
}

export function signalThisThread(signal: number): void {
  if (tgkill(process.pid, gettid(), signal) < 0) throw new Error(`tgkill: errno ${libc.errno()}`);
}

/** Reads one struct signalfd_siginfo of 128 bytes, so that the signal isn't pending any more. */
export function consumeSignal(fd: number): void {
  if (readSync(fd, new Uint8Array(128)) !== 128) throw new Error('no whole signalfd_siginfo');
}
