// SPDX-License-Identifier: LGPL-2.1-or-later

// What must hold before a release is tagged: one version everywhere, a tree as it is in git, a section of CHANGELOG, and no placeholder left.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the version stands, by what reads it there. All that the first groups find must be the same. */
const VERSIONED: Readonly<Record<string, RegExp>> = {
  'package.json': /^ {2}"version": "(.+)",$/m,
  'package-lock.json': /^ {2}"version": "(.+)",$|^ {6}"name": "vpoll",\n {6}"version": "(.+)",$/m,
  'host/c/CMakeLists.txt': /^project\(vpoll VERSION (\S+)/m,
  'python/pyproject.toml': /^version = "(.+)"$/m,
  'debian/changelog': /^vpoll \((.+)-\d+\)/,
  'linux_module/dkms.conf': /^PACKAGE_VERSION="(.+)"$/m,
  'linux_module/device.c': /^MODULE_VERSION\("(.+)"\);$/m,
  'linux_module/README.md': /\bvpoll[-/](\d+\.\d+\.\d+)\b/,
};
/** What a release fills in: hosts that nobody can have (RFC 2606) stand there until then. */
const FILLED = ['package.json', 'SECURITY.md', 'debian/control', 'debian/changelog', 'linux_module/device.c'];
const PLACEHOLDER = /[\w.@/:-]*\b(?:[\w-]+\.example\b|example\.(?:org|com|net)\b)(?:[\w./-]*[\w/])?/g;

/** Runs git in `root`: what it printed. */
export function git(root: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`git ${args.join(' ')}: status ${status}\n${stderr}`);
  return stdout;
}

/** The version that package.json says. */
export function versionOf(root: string): string {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;
}

/** The versions that a file names, without double. */
function versionsIn(root: string, file: string, pattern: RegExp): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const all = [...text.matchAll(new RegExp(pattern, `${pattern.flags}g`))].map((match) => match.slice(1).find(Boolean)!);
  // Of Debian's changelog the newest entry counts, which is the first.
  return [...new Set(file === 'debian/changelog' ? all.slice(0, 1) : all)];
}

function wrongVersions(root: string, version: string): string[] {
  return Object.entries(VERSIONED).flatMap(([file, pattern]) => {
    const found = versionsIn(root, file, pattern);
    return found.length === 1 && found[0] === version
      ? []
      : [`${file} says ${found.join(' and ') || 'no version'}, not ${version}`];
  });
}

/** What CHANGELOG.md says of a version, or ''. */
export function sectionOf(root: string, version: string): string {
  const text = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  const parts = text.split(/^## /m).slice(1);
  const own = parts.find((part) => part.split(/[\s\]]/)[0]!.replace('[', '') === version);
  return own?.slice(own.indexOf('\n')).trim() ?? '';
}

function placeholders(root: string): string[] {
  return FILLED.flatMap((file) => {
    const found = new Set(readFileSync(join(root, file), 'utf8').match(PLACEHOLDER));
    return [...found].map((text) => `${file} still says ${text}`);
  });
}

/** All that keeps this tree from being released, a line each. */
export function problems(root: string): string[] {
  const version = versionOf(root);
  const changed = git(root, 'status', '--porcelain').trim().split('\n').filter(Boolean);
  return [
    ...wrongVersions(root, version),
    ...(sectionOf(root, version) === '' ? [`CHANGELOG.md has no section ${version}`] : []),
    ...(changed.length > 0 ? [`the tree is not as it is in git: ${changed.length} files, ${changed[0]!.trim()} first`] : []),
    ...(git(root, 'tag', '--list', `v${version}`) === '' ? [] : [`the tag v${version} is there already`]),
    ...placeholders(root),
  ];
}
