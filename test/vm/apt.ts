// SPDX-License-Identifier: LGPL-2.1-or-later

import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cache, entry, lock } from './cache.js';
import { keyOf } from './key.js';
import { run } from './shell.js';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Lists older than that are fetched again; where that fails, the old ones serve. */
const LISTS_MS_MAX = 24 * 3600 * 1000;

/** Packages that can't be had here: no network, say. */
export class Unavailable extends Error {
  override name = 'Unavailable';
}

/** The address of the mirror that this machine's own apt uses, for Debian and for its security updates. */
async function mirrors(): Promise<{ main: string; security: string }> {
  const folder = '/etc/apt/sources.list.d';
  const names = await readdir(folder).catch(() => []);
  const files = ['/etc/apt/sources.list', ...names.map((name) => join(folder, name))];
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  const lines = texts.flatMap((text) => text.split('\n')).filter((line) => !line.trimStart().startsWith('#'));
  const addresses = lines.flatMap((line) => line.match(/https?:\/\/\S+\/debian(-security)?(?=\/?(\s|$))/g) ?? []);
  const main = addresses.find((address) => !address.endsWith('-security'));
  if (main === undefined) throw new Unavailable("no Debian mirror in apt's sources");
  return { main, security: addresses.find((address) => address.endsWith('-security')) ?? `${main}-security` };
}

/** Packages of some suites of Debian, by lists of their own: what this machine has installed or configured plays no part. */
export class Archive {
  private constructor(
    private readonly folder: string,
    private readonly options: string[],
  ) {}

  /**
   * `suites` as the mirror names them: `bookworm`, `bookworm-security`. `architecture`: another than this machine's. Throws Unavailable when their
   * lists can't be had. `hasSources`: the sources of the packages too.
   */
  static async open(suites: string[], architecture?: string, hasSources = false): Promise<Archive> {
    const more = [...(architecture === undefined ? [] : [architecture]), ...(hasSources ? ['sources'] : [])];
    const folder = join(cache, 'apt', [...suites, ...more].join('+'));
    const release = await lock(`${folder}.lock`, 'exclusive');
    try {
      await mkdir(join(folder, 'lists/partial'), { recursive: true });
      await mkdir(join(folder, 'cache/archives/partial'), { recursive: true });
      const { main, security } = await mirrors();
      const kinds = hasSources ? ['deb', 'deb-src'] : ['deb'];
      const lines = suites.flatMap((suite) =>
        kinds.map((kind) => `${kind} [signed-by=${KEYRING}] ${suite.endsWith('-security') ? security : main} ${suite} main\n`),
      );
      await writeFile(join(folder, 'sources.list'), lines.join(''));
      const archive = new Archive(folder, [
        ...['-o', `Dir::Etc::sourcelist=${folder}/sources.list`, '-o', 'Dir::Etc::sourceparts=-'],
        ...['-o', `Dir::State::lists=${folder}/lists`, '-o', `Dir::Cache=${folder}/cache`],
        // Root would hand downloads to a user who can't see this folder.
        ...['-o', 'APT::Sandbox::User=root', '-o', 'Acquire::Retries=3'],
        ...(architecture === undefined
          ? []
          : ['-o', `APT::Architecture=${architecture}`, '-o', `APT::Architectures=${architecture}`]),
      ]);
      await archive.refresh();
      return archive;
    } finally {
      await release?.();
    }
  }

  private async refresh(): Promise<void> {
    const stamp = join(this.folder, 'refreshed');
    const last = await stat(stamp).catch(() => undefined);
    if (last && Date.now() - last.mtimeMs < LISTS_MS_MAX) return;
    try {
      await run('apt-get', ['-qq', ...this.options, '-o', 'APT::Update::Error-Mode=any', 'update']);
      await writeFile(stamp, '');
    } catch (error) {
      if (!last) throw new Unavailable(`the package lists can't be had: ${(error as Error).message}`);
      console.log(`the package lists of ${last.mtime.toISOString()} serve: newer ones can't be had`);
    }
  }

  /** The newest version of a package. */
  async version(name: string): Promise<string> {
    const policy = await run('apt-cache', [...this.options, 'policy', name]);
    const version = /^ +Candidate: (\S+)$/m.exec(policy)?.[1];
    if (version === undefined || version === '(none)') throw new Unavailable(`no package ${name} in ${this.folder}`);
    return version;
  }

  /** The names of packages that begin so. */
  async names(prefix: string): Promise<string[]> {
    return (await run('apt-cache', [...this.options, 'pkgnames', prefix])).trim().split('\n');
  }

  /** The names of the packages that one needs; of alternatives, the first. */
  async depends(name: string): Promise<string[]> {
    const record = await run('apt-cache', [...this.options, 'show', `${name}=${await this.version(name)}`]);
    const list = /^Depends: (.*)$/m.exec(record)?.[1] ?? '';
    return list.split(',').map((item) => item.trim().replace(/[\s:|].*$/, ''));
  }

  /** Packages with all that they need, as `name=version`, as apt would install them where nothing is. */
  async closure(names: string[]): Promise<string[]> {
    const nothing = ['-o', 'Dir::State::status=/dev/null', '--no-install-recommends'];
    const said = await run('apt-get', ['-qq', ...this.options, ...nothing, '--simulate', 'install', ...names]);
    return [...said.matchAll(/^Inst (\S+) \((\S+)/gm)].map(([, name, version]) => `${name}=${version}`).sort();
  }

  /** Downloads packages, by `name` the newest or by `name=version`, and unpacks them into one folder. */
  async unpack(names: string[], into: string): Promise<void> {
    await mkdir(into, { recursive: true });
    const folder = await mkdtemp(join(into, 'packages.'));
    try {
      const wanted: string[] = [];
      for (const name of names) wanted.push(name.includes('=') ? name : `${name}=${await this.version(name)}`);
      await run('apt-get', ['-qq', ...this.options, 'download', ...wanted], { cwd: folder }).catch((error: unknown) => {
        throw new Unavailable(`${wanted.join(', ')} can't be had: ${(error as Error).message}`);
      });
      for (const file of await readdir(folder)) await run('dpkg-deb', ['-x', join(folder, file), into]);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  /** Downloads the source of a package, `name=version`, and unpacks it into a folder of the folder. */
  async unpackSource(wanted: string, into: string): Promise<void> {
    await run('apt-get', ['-qq', ...this.options, 'source', wanted], { cwd: into }).catch((error: unknown) => {
      throw new Unavailable(`the source of ${wanted} can't be had: ${(error as Error).message}`);
    });
  }
}

/** Archives whose packages' sources can be unpacked, as `sources` gives them. */
const withSources = new Map<string, Promise<Archive>>();

/** Archive.open with the sources, once for the same suites. */
export function sources(suites: string[]): Promise<Archive> {
  const key = suites.join('+');
  const found = withSources.get(key) ?? Archive.open(suites, undefined, true);
  withSources.set(key, found);
  return found;
}

const opened = new Map<string, Promise<Archive>>();

/** Archive.open, once for the same suites and architecture. */
export function archive(suites: string[], architecture?: string): Promise<Archive> {
  const key = [...suites, architecture].join('+');
  const found = opened.get(key) ?? Archive.open(suites, architecture);
  opened.set(key, found);
  return found;
}

/** The path of a static busybox, the program that guests begin with. Debian's package of it can't be installed beside its sibling. */
export async function busybox(architecture?: string): Promise<string> {
  const packages = await archive(['bookworm'], architecture);
  const name = architecture === undefined ? 'busybox' : `busybox-${architecture}`;
  const folder = join(cache, 'programs', `${name}-${keyOf([await packages.version('busybox-static')])}`);
  await entry(folder, () => packages.unpack(['busybox-static'], folder));
  return join(folder, 'bin/busybox');
}
