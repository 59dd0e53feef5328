// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * The pages of the npm package. A link that leads out of the package, to a decision or to a source, leads to the repository there, at this version's tag. So does a picture,
 * which npm's own page shows only by an address. In the repository they stay as they are: prepack changes the pages, and postpack changes them back.
 *
 *     tools/package-pages.ts to-package | to-repository
 */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { pathToFileURL } from 'node:url';
import { atTag, pathAtTag } from './address.js';
import { root } from './build.js';
import { isRelative, rewriteTargets } from './links.js';
import { versionOf } from './release/version.js';

/** What npm would pack, by its own rules. */
export function packedFiles(top: string): string[] {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--offline'];
  const { status, stdout, stderr, error } = spawnSync('npm', args, { cwd: top, encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`npm ${args.join(' ')}: status ${status}\n${stderr}`);
  const [entry] = JSON.parse(stdout) as { files: { path: string }[] }[];
  return entry!.files.map(({ path }) => path);
}

/** A page as the package has it. Throws where a link leads nowhere. */
export function toPackage(top: string, page: string, text: string, files: readonly string[]): string {
  const version = versionOf(top);
  return rewriteTargets(text, (target, isPicture) => {
    if (!isRelative(target)) return target;
    const [path = '', ...anchor] = target.split(/(?=#)/);
    const full = posix.join(posix.dirname(page), path);
    if (!existsSync(join(top, full))) throw new Error(`${page}: ${target} leads nowhere`);
    const isPacked = files.some((name) => name === full || name.startsWith(`${full.replace(/\/$/, '')}/`));
    return isPacked && !isPicture ? target : atTag(version, full, isPicture) + anchor.join('');
  });
}

/** The same as the repository has it. */
export function toRepository(page: string, text: string): string {
  return rewriteTargets(text, (target) => {
    const [address = '', ...anchor] = target.split(/(?=#)/);
    const path = pathAtTag(address);
    return path === undefined ? target : posix.relative(posix.dirname(page), path) + anchor.join('');
  });
}

/** Changes a page where it must be. A build looks at times, and isn't stale by this. */
function change(top: string, page: string, made: (text: string) => string): void {
  const path = join(top, page);
  const text = readFileSync(path, 'utf8');
  const changed = made(text);
  if (changed === text) return;
  const { atime, mtime } = statSync(path);
  writeFileSync(path, changed);
  utimesSync(path, atime, mtime);
}

function main([to]: string[]): void {
  if (to !== 'to-package' && to !== 'to-repository') throw new Error('usage: tools/package-pages.ts to-package | to-repository');
  // `npm publish` reads README once more after postpack, for npm's page, and runs postpublish then.
  const { npm_command: command, npm_lifecycle_event: event } = process.env;
  if (to === 'to-repository' && command === 'publish' && event === 'postpack') return;
  const files = packedFiles(root);
  for (const page of files.filter((name) => name.endsWith('.md')))
    change(root, page, (text) => (to === 'to-package' ? toPackage(root, page, text, files) : toRepository(page, text)));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv.slice(2));
