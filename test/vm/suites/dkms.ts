// SPDX-License-Identifier: LGPL-2.1-or-later

import { copyFile, cp, mkdir, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { root } from '../../support/run.js';
import type { Guest } from '../guest.js';
import { insmod, rmmod } from '../module.js';
import { verdict } from '../report.js';
import { run } from '../shell.js';
import type { Suite } from '../suites.js';

/** DKMS with trees of its own: this machine's modules and sources stay as they are. */
class Dkms {
  private constructor(
    private readonly folder: string,
    private readonly release: string,
    private readonly headers: string,
    readonly version: string,
  ) {}

  /** Puts linux_module/ where DKMS looks for it, under the version that dkms.conf names. */
  static async create(guest: Guest): Promise<Dkms> {
    const conf = await readFile(join(root, 'linux_module/dkms.conf'), 'utf8');
    const version = /^PACKAGE_VERSION="(.*)"$/m.exec(conf)?.[1];
    if (version === undefined) throw new Error('dkms.conf names no version');
    const headers = guest.kernel.tree;
    const dkms = new Dkms(guest.folder, basename(headers).replace('linux-headers-', ''), headers, version);
    await cp(join(root, 'linux_module'), join(guest.folder, 'src', `vpoll-${version}`), { recursive: true });
    for (const name of ['dkms', dkms.installed]) await mkdir(join(guest.folder, name), { recursive: true });
    return dkms;
  }

  /** Where modules of this kernel are installed. */
  private get installed(): string {
    return `lib/modules/${this.release}`;
  }

  async call(verb: string, ...more: string[]): Promise<string> {
    const trees = ['--sourcetree', 'src', '--dkmstree', 'dkms', '--installtree', 'lib/modules'].map((word) =>
      word.startsWith('--') ? word : join(this.folder, word),
    );
    const args = [verb, '-m', 'vpoll', '-v', this.version, ...trees, ...more];
    return run('dkms', args, { cwd: this.folder, log: join(this.folder, 'log') });
  }

  /** For the guest's kernel, not for this machine's. */
  get kernel(): string[] {
    return ['-k', this.release, '-a', 'x86_64', '--kernelsourcedir', this.headers];
  }

  /** The files that are installed for the kernel. */
  async files(): Promise<string[]> {
    const names = await readdir(join(this.folder, this.installed), { recursive: true });
    return names.filter((name) => name.includes('.ko')).map((name) => join(this.folder, this.installed, name));
  }

  /** What depmod makes of what is installed: the list of modules by which modprobe finds them. */
  async dependencies(): Promise<string> {
    await run('depmod', ['-b', this.folder, this.release]);
    return readFile(join(this.folder, this.installed, 'modules.dep'), 'utf8');
  }
}

export const suite: Suite = {
  name: 'dkms',
  about: "DKMS builds vpoll.ko against Debian's headers and installs and removes it; what it built is loaded and works",
  kernels: { ci: ['stock-6.1'], all: ['stock-6.12'] },
  async run(guest) {
    const dkms = await Dkms.create(guest);
    const ko = join(guest.folder, 'vpoll.ko');
    await dkms.call('add');
    await dkms.call('build', ...dkms.kernel);
    guest.add('built', verdict((await dkms.call('status')).includes(': built')));
    await dkms.call('install', '--no-depmod', ...dkms.kernel);
    guest.add('installed', verdict((await dkms.call('status')).includes(': installed')));
    const files = await dkms.files();
    guest.add('one module', verdict(files.length === 1, files.join('\n')));
    guest.add('modprobe would find it', verdict(/vpoll\.ko/.test(await dkms.dependencies())));
    if (files[0]?.endsWith('.xz')) await run('sh', ['-c', `xz -dc "$0" >"$1"`, files[0], ko]);
    else if (files[0]) await copyFile(files[0], ko);
    await guest.steps([
      insmod(ko),
      { name: 'its file answers', command: [join(await guest.run.programs(), 'file-abi'), 'device'] },
      rmmod(),
    ]);
    await dkms.call('remove', '--no-depmod', '--all');
    guest.add('removed', verdict((await dkms.call('status')).trim() === '' && (await dkms.files()).length === 0));
  },
};
