// SPDX-License-Identifier: LGPL-2.1-or-later

import { cp, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { root } from '../../../tools/build.js';
import type { Guest } from '../guest.js';
import { verdict } from '../report.js';
import { run } from '../shell.js';
import type { Suite } from '../suites.js';

/** Every file below a folder, without the lists that depmod makes. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  return files
    .map((file) => file.slice(folder.length))
    .filter((file) => !basename(file).startsWith('modules.'))
    .sort();
}

/** A rule as udev(7) has it: pairs of key, operator and quoted value, with commas between them. */
function isUdevRule(line: string): boolean {
  return /^[A-Z]+(?:==|!=|\+=|:=|=)"[^"]*"(?:, [A-Z]+(?:==|!=|\+=|:=|=)"[^"]*")*$/.test(line);
}

async function rule(guest: Guest): Promise<void> {
  const text = await readFile(join(root, 'linux_module/99-vpoll.rules'), 'utf8');
  const lines = text.split('\n').filter((line) => line && !line.startsWith('#'));
  const isGood = lines.length === 1 && isUdevRule(lines[0]!) && lines[0]!.includes('KERNEL=="vpoll"');
  guest.add('the udev rule', verdict(isGood, text));
}

/** `make install` and `make uninstall` below a folder that stands for the root. */
async function install(guest: Guest): Promise<void> {
  const folder = join(guest.folder, 'module');
  const destination = join(guest.folder, 'root');
  await cp(join(root, 'linux_module'), folder, { recursive: true });
  const release = basename(guest.kernel.tree).replace('linux-headers-', '');
  const make = (target: string): Promise<string> =>
    run('make', [
      ...['-s', '-C', folder, `KDIR=${guest.kernel.tree}`, `KREL=${release}`, `DESTDIR=${destination}`],
      ...[...guest.kernel.makeArguments, target],
    ]);
  await make('install');
  const wanted = [
    `/lib/modules/${release}/extra/vpoll.ko`,
    '/usr/lib/modules-load.d/vpoll.conf',
    '/usr/lib/udev/rules.d/99-vpoll.rules',
  ];
  const installed = (await filesBelow(destination)).map((file) => file.replace(/\.(xz|gz|zst)$/, ''));
  guest.add('make install', verdict(installed.join() === wanted.join(), installed.join('\n')));
  const known = await readFile(join(destination, `lib/modules/${release}/modules.dep`), 'utf8');
  guest.add('depmod knows it', verdict(/^extra\/vpoll\.ko/m.test(known), known));
  await make('uninstall');
  const left = await filesBelow(destination);
  guest.add('make uninstall', verdict(left.length === 0, left.join('\n')));
}

export const suite: Suite = {
  name: 'install',
  about: 'make install and make uninstall of vpoll.ko below DESTDIR, and the udev rule; boots nothing',
  kernels: { ci: ['stock-6.1'], all: ['stock-5.10', 'stock-6.12'] },
  async run(guest) {
    await rule(guest);
    await install(guest);
  },
};
