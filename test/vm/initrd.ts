// SPDX-License-Identifier: LGPL-2.1-or-later

import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { root } from '../support/run.js';
import type { Prepared } from './kernels.js';
import { run } from './shell.js';

/** Makes the initial RAM disk of a guest in qemu in the folder `out`: busybox, the modules that the root needs, init/qemu.sh. Its path. */
export async function initrd(prepared: Prepared, out: string, busybox: string): Promise<string> {
  const folder = join(out, 'initrd');
  for (const name of ['bin', 'modules', 'host']) await mkdir(join(folder, name), { recursive: true });
  await copyFile(busybox, join(folder, 'bin/busybox'));
  await copyFile(join(root, 'test/vm/init/qemu.sh'), join(folder, 'init'));
  await copyFile(join(root, 'test/vm/init/userland.sh'), join(folder, 'userland'));
  const binds = prepared.userland?.binds ?? [];
  await writeFile(join(folder, 'binds'), binds.map((pair) => `${pair.join(' ')}\n`).join(''));
  for (const module of prepared.modules) await copyFile(module, join(folder, 'modules', basename(module)));
  await writeFile(join(folder, 'order'), prepared.modules.map((module) => `${basename(module)}\n`).join(''));
  await run('sh', ['-c', 'chmod 755 init bin/busybox && find . | cpio -o -H newc --quiet | gzip -1 >../initrd.gz'], {
    cwd: folder,
  });
  await rm(folder, { recursive: true });
  return join(out, 'initrd.gz');
}
