// SPDX-License-Identifier: LGPL-2.1-or-later

// The process that becomes the program of `vpoll run`: puts itself under the filter, hands the supervisor's descriptor over, and executes the
// program. The filter binds the thread that asked for it, and execve(2) ends all others, so a runtime with threads can do it.

import { F_SETFD, FD_CLOEXEC, SIGPIPE, SIGXFSZ } from '../../host/abi.js';
import { Arena } from '../../host/linux/arena.js';
import { EBUSY, ENOENT } from '../../host/errno.js';
import type { Ffi } from '../../host/ffi.js';
import { sendDescriptor } from '../../host/linux/rights.js';
import { callNumbers, listen } from '../../host/linux/seccomp-filter.js';
import { errnoName, VPollError } from '../errors.js';
import { here, openLibc } from '../runtime.js';
import { restoreDefaults } from '../../host/linux/signals.js';

const HIDDEN = 'VPOLL_RUN_HIDDEN_';

/** The starter's environment: the program's, with what the starter's own runtime would follow under other names. */
export function starterEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).map(([name, text]) => [here.variables.test(name) ? HIDDEN + name : name, text]));
}

/** Gives them their names back, for the program: in libc's environment, which execvp(3) hands on. */
function restoreEnv(ffi: Ffi): void {
  const hidden = Object.entries(process.env).filter(([name]) => name.startsWith(HIDDEN));
  const texts = hidden.flatMap(([name, text = '']) => [name, name.slice(HIDDEN.length), text]);
  const arena = new Arena(ffi, Arena.roomFor(texts));
  const each = arena.strings(texts).each.map((at) => ffi.word(at));
  const [setenv, unsetenv] = [ffi.func('setenv', 'ptr', 'ptr', 'i32'), ffi.func('unsetenv', 'ptr')];
  for (let i = 0; i < each.length; i += 3) {
    setenv(each[i + 1]!, each[i + 2]!, 1);
    unsetenv(each[i]!);
  }
}

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
 * Executes `argv` under the filter, with the socket `socket` to the supervisor. Returns only where that fails, once `onFailure` was told why: the
 * status to exit with, as a shell says it, 126 or 127.
 */
export function execute(argv: readonly string[], socket: number, onFailure: (message: string) => void): number {
  const ffi = openLibc('vpoll_run');
  // All of this before the filter: from then on this thread must open nothing until the supervisor answers.
  const arena = new Arena(ffi, Arena.roomFor(argv));
  const { list, each } = arena.strings(argv);
  const execvp = ffi.func('execvp', 'ptr', 'ptr');
  restoreEnv(ffi);
  // Runtimes ignore these, and what is ignored stays so through execve(2).
  restoreDefaults(ffi, SIGPIPE, SIGXFSZ);
  // Node marks all that it has inherited close-on-exec, the standard streams too.
  const fcntl = ffi.func('fcntl', 'i32', 'i32', 'i32');
  for (const fd of [0, 1, 2]) fcntl(fd, F_SETFD, 0);
  // Bun and Deno leave the socket open, and the program's first descriptor would be one further.
  fcntl(socket, F_SETFD, FD_CLOEXEC);
  const fd = listen(ffi, callNumbers(process.arch));
  if (fd < 0) throw failure(fd, 'seccomp', fd === -EBUSY ? 'this program runs under a supervisor already' : undefined);
  const sent = sendDescriptor(ffi, socket, fd);
  if (sent < 0) throw failure(sent, 'sendmsg');
  waitForEnd(ffi, socket);
  execvp(ffi.word(each[0]!), ffi.word(list));
  const errno = ffi.errno();
  onFailure(`${argv[0]!}: ${failure(-errno, 'execve').message}`);
  return errno === ENOENT ? 127 : 126;
}
