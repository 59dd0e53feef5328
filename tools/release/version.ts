// SPDX-License-Identifier: LGPL-2.1-or-later

// The version: package.json has it, and where else it stands. Those places are written by one table, which also says whether they have it.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MANUALS = ['vpoll.3', 'vpoll_close.3', 'vpoll_create.3', 'vpoll_ctl.3', 'vpoll.7', 'vpoll-fuse.8'];

/** Where it stands, by what reads it there. What the named group finds must be the version each time; all of it is written. */
const PLACES: Readonly<Record<string, RegExp>> = {
  'package.json': /^ {2}"version": "(?<version>[^"]+)",$/gm,
  'package-lock.json': /^(?: {2}| {6}"name": "vpoll",\n {6})"version": "(?<version>[^"]+)",$/gm,
  'host/c/CMakeLists.txt': /^project\(vpoll VERSION (?<version>\S+)/gm,
  'python/pyproject.toml': /^version = "(?<version>[^"]+)"$/gm,
  'linux_module/dkms.conf': /^PACKAGE_VERSION="(?<version>[^"]+)"$/gm,
  'linux_module/device.c': /^MODULE_VERSION\("(?<version>[^"]+)"\);$/gm,
  'linux_module/README.md': /\bvpoll[-/](?<version>\d+\.\d+\.\d+)\b/g,
  'docs/vpoll.1': /^\.TH .*"vpoll (?<version>\S+)"/gm,
  ...Object.fromEntries(MANUALS.map((name) => [`host/c/man/${name}`, /^\.TH .*"libvpoll (?<version>\S+)"/gm])),
};

/** What a person writes for each version: of these the newest entry counts, which is the first. */
const PROSE: Readonly<Record<string, RegExp>> = { 'debian/changelog': /^vpoll \((?<version>.+)-\d+\)/ };

/** The files that a version is written to or read from. */
export const VERSIONED: readonly string[] = [...Object.keys(PLACES), ...Object.keys(PROSE)];

/** The version that package.json says. */
export function versionOf(root: string): string {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;
}

/** The versions that a file names, without double. */
function versionsIn(text: string, pattern: RegExp): string[] {
  const all = pattern.global ? [...text.matchAll(pattern)] : [pattern.exec(text)];
  return [...new Set(all.flatMap((match) => match?.groups?.version ?? []))];
}

/** A line for each file that says another version than this one, several, or none. */
export function wrongVersions(root: string, version: string): string[] {
  return Object.entries({ ...PLACES, ...PROSE }).flatMap(([file, pattern]) => {
    const found = versionsIn(readFileSync(join(root, file), 'utf8'), pattern);
    return found.length === 1 && found[0] === version
      ? []
      : [`${file} says ${found.join(' and ') || 'no version'}, not ${version}`];
  });
}

/** Writes package.json's version to all places that need no person: the files that changed. */
export function writeVersion(root: string): string[] {
  const version = versionOf(root);
  return Object.entries(PLACES).flatMap(([file, pattern]) => {
    const path = join(root, file);
    const text = readFileSync(path, 'utf8');
    const written = text.replace(pattern, (whole: string, before: string) => whole.replace(before, () => version));
    if (written === text) return [];
    writeFileSync(path, written);
    return [file];
  });
}
