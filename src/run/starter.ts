// SPDX-License-Identifier: LGPL-2.1-or-later

// The process that becomes the program of `vpoll run`: puts itself under the filter, hands the supervisor's descriptor over, and executes the
// program. The filter binds the thread that asked for it, and execve(2) ends all others, so a runtime with threads can do it.

import { Arena } from '../../host/arena.js';
import type { Ffi } from '../../host/ffi.js';
import { sendDescriptor } from '../../host/rights.js';
import { callNumbers, listen } from '../../host/seccomp-filter.js';
import { errnoName, VPollError } from '../errors.js';
import { openLibc } from '../runtime.js';
import { restoreDefaults } from './signals.js';

const SIGPIPE = 13;
const SIGXFSZ = 25;
const F_SETFD = 2;
const EBUSY = 16;
const ENOENT = 2;

function failure(status: number, syscall: string, detail?: string): VPollError {
  return new VPollError(errnoName(-status), syscall, detail);
}

/** Waits until the supervisor has taken the descriptor: until it closes its end. */
function waitForEnd(ffi: Ffi, socket: number): void {
  const arena = new Arena(ffi, 16);
  const at = ffi.word(arena.take(1));
  ffi.func('read', 'i32', 'ptr', 'len')(socket, at, ffi.word(1));
}

/**
 * Executes `argv` under the filter, with the socket `socket` to the supervisor. Returns only where that fails: the status to exit with, as a shell
 * says it, 126 or 127.
 */
export function execute(argv: readonly string[], socket: number): number {
  const ffi = openLibc('vpoll_run');
  // All of this before the filter: from then on this thread must open nothing until the supervisor answers.
  const arena = new Arena(ffi, Arena.roomFor(argv));
  const { list, each } = arena.strings(argv);
  const execvp = ffi.func('execvp', 'ptr', 'ptr');
  // Runtimes ignore these, and what is ignored stays so through execve(2).
  restoreDefaults(ffi, SIGPIPE, SIGXFSZ);
  // Node marks all that it has inherited close-on-exec, the standard streams too.
  const fcntl = ffi.func('fcntl', 'i32', 'i32', 'i32');
  for (const fd of [0, 1, 2]) fcntl(fd, F_SETFD, 0);
  const fd = listen(ffi, callNumbers(process.arch));
  if (fd < 0) throw failure(fd, 'seccomp', fd === -EBUSY ? 'this program runs under a supervisor already' : undefined);
  const sent = sendDescriptor(ffi, socket, fd);
  if (sent < 0) throw failure(sent, 'sendmsg');
  waitForEnd(ffi, socket);
  execvp(ffi.word(each[0]!), ffi.word(list));
  const errno = ffi.errno();
  console.error(`vpoll run: ${argv[0]!}: ${failure(-errno, 'execve').message}`);
  return errno === ENOENT ? 127 : 126;
}
