// SPDX-License-Identifier: LGPL-2.1-or-later

import { resolve } from 'node:path';
import { defineCommand } from 'citty';
import { VPollError } from '../errors.js';
import { serve as serveFile } from '../fuse/serve.js';
import { print } from './end.js';

const MAX_PER_UID = '1024';

function toCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0 && count <= 0x7fffffff) return count;
  throw new VPollError('EINVAL', 'vpoll_serve', `--max-per-uid must be a positive number, not '${text}'`);
}

/** `vpoll serve` */
export const serve = defineCommand({
  meta: {
    name: 'serve',
    description:
      'Serve /dev/vpoll, or a file of that kind, over FUSE until interrupted (by fusermount3, or as root for all users)',
  },
  args: {
    path: {
      type: 'positional',
      required: true,
      description: 'The file that programs open, /dev/vpoll for example; made where there is none',
    },
    'max-per-uid': { type: 'string', default: MAX_PER_UID, description: 'How many vpolls a user may have open' },
  },
  async run({ args }) {
    if (args.path === '') throw new VPollError('ENOENT', 'vpoll_serve', 'an empty path');
    const path = resolve(args.path);
    const onReady = (): void => {
      print(`serving ${path}\n`);
    };
    await serveFile({ path, maxPerUid: toCount(args['max-per-uid']), onReady });
  },
});
