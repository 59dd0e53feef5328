// SPDX-License-Identifier: LGPL-2.1-or-later

// What must hold before a release is tagged: one version everywhere, a tree as it is in git, a section of CHANGELOG, and no placeholder left.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { versionOf, wrongVersions } from './version.js';

/** What a release fills in: hosts that nobody can have (RFC 2606) stand there until then. */
export const FILLED = [
  'tools/address.ts',
  'package.json',
  'SECURITY.md',
  'debian/control',
  'debian/changelog',
  'linux_module/device.c',
];
const PLACEHOLDER = /[\w.@/:-]*\b(?:[\w-]+\.example\b|example\.(?:org|com|net)\b)(?:[\w./-]*[\w/])?/g;

/** Runs git in `root`: what it printed. */
export function git(root: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`git ${args.join(' ')}: status ${status}\n${stderr}`);
  return stdout;
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
