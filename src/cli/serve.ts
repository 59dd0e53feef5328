// SPDX-License-Identifier: LGPL-2.1-or-later

import { resolve } from 'node:path';
import { Command } from 'commander';
import { VPollError } from '../errors.js';
import { serve as serveFile } from '../fuse/serve.js';
import { MAX_PER_UID } from '../fuse/policy.js';
import { print } from './end.js';
import { valueOf } from './arguments.js';
import { withExamples } from './examples.js';

function toCount(text: string): number | undefined {
  const count = Number(text);
  return Number.isInteger(count) && count > 0 && count <= 0x7fffffff ? count : undefined;
}

/** `vpoll serve` */
const command = new Command('serve')
  .usage('[options] FILE')
  .description('Serve /dev/vpoll, or a file of that kind, over FUSE until interrupted (by fusermount3, or as root for all users)')
  .argument('<FILE>', 'The file that programs open, /dev/vpoll for example; made where there is none, else empty')
  .option('--max-per-uid <number>', 'How many vpolls a user may have open', valueOf('a positive number', toCount), MAX_PER_UID)
  .action(async (file: string, { maxPerUid }: { maxPerUid: number }) => {
    if (file === '') throw new VPollError('ENOENT', 'vpoll_serve', 'an empty path');
    const path = resolve(file);
    const onReady = (): void => {
      print(`serving ${path}\n`);
    };
    await serveFile({ path, maxPerUid, onReady });
  });

export const serve = withExamples(
  command,
  ['sudo vpoll serve /dev/vpoll', 'Every program of this machine has every event'],
  ['vpoll serve ./vpoll', 'A file of your own, for programs that open it in place of /dev/vpoll'],
);
