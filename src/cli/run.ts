// SPDX-License-Identifier: LGPL-2.1-or-later

import { constants } from 'node:os';
import { defineCommand } from 'citty';
import { BUN_ALONE } from '../fuse/ways.js';
import { run as supervise, type End } from '../run/run.js';
import { restoreDefaults } from '../run/signals.js';
import { execute } from '../run/starter.js';
import { VPollError } from '../errors.js';
import { openLibc } from '../runtime.js';
import { complain } from './end.js';

/** Where the starter finds its socket. */
const SOCKET = 3;
const USAGE = 'usage: vpoll run [--count] -- PROGRAM [ARGUMENT...]';

/** What stands behind the first `--`, as it stands there: index.ts keeps it from whoever parses options. */
function programOf(argv: readonly string[]): string[] {
  const at = argv.indexOf('--');
  return at < 0 ? [] : argv.slice(at + 1);
}

/** Ends as the program did: whoever started this one sees no difference. */
function endLike({ status, signal }: End): void {
  process.exitCode = signal === null ? (status ?? 1) : 128 + constants.signals[signal];
  if (signal === null) return;
  process.removeAllListeners(signal);
  // SIGPIPE, for one, would not end a runtime.
  restoreDefaults(openLibc(), constants.signals[signal]);
  process.kill(process.pid, signal);
}

/** `vpoll run` */
export const run = defineCommand({
  meta: { name: 'run', description: 'Run a program that wants EFD_VPOLL or /dev/vpoll on a kernel that has neither' },
  args: {
    count: { type: 'boolean', description: 'Say at the end how many calls of the program were looked at' },
    starter: { type: 'boolean', description: 'Be the process that becomes the program (vpoll run starts it itself)' },
  },
  async run({ args }) {
    const program = programOf(process.argv.slice(2));
    if (program.length === 0) throw new VPollError('EINVAL', 'vpoll_run', USAGE);
    if (args.starter) {
      process.exitCode = execute(program, SOCKET, complain);
      return;
    }
    const alone = process.versions.bun ? BUN_ALONE : [];
    const self = [process.execPath, ...alone, ...process.execArgv, process.argv[1]!] as const;
    const end = await supervise([...self, 'run', '--starter', '--', ...program]);
    if (args.count) complain(`${end.seen} calls were looked at`);
    endLike(end);
  },
});
