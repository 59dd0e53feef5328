// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Makes a release. CONTRIBUTING.md has the steps in their order.
 *
 *     tools/release.ts version               writes package.json's version to wherever else it stands
 *     tools/release.ts check                 what keeps this tree from being released
 *     tools/release.ts tag [--dry-run]       the annotated tag vX.Y.Z, with CHANGELOG's section, when nothing does
 *     tools/release.ts files [--key ID]      build/release: the packages, an SBOM, and checksums signed by gpg
 */

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { root } from './build.js';
import { git, problems, sectionOf } from './release/checks.js';
import { makeFiles, mustHaveKey, signSums, writeSums } from './release/files.js';
import { versionOf, writeVersion } from './release/version.js';

function say(found: readonly string[]): void {
  for (const line of found) console.log(`- ${line}`);
  console.log(found.length === 0 ? 'nothing keeps this from being released' : `${found.length} to settle`);
}

/** Makes the tag, or says what it would be: whether it could. */
function tag(top: string, isDry: boolean): boolean {
  const found = problems(top);
  const version = versionOf(top);
  if (found.length > 0) {
    say(found);
    return false;
  }
  const message = `vpoll ${version}\n\n${sectionOf(top, version)}\n`;
  if (isDry) console.log(`git tag --annotate v${version}\n\n${message}`);
  // CHANGELOG's headings begin with the character of git's comments.
  else git(top, 'tag', '--annotate', '--cleanup=verbatim', '--message', message, `v${version}`);
  return true;
}

function files(key: string | undefined): void {
  // Before minutes of building.
  mustHaveKey(key);
  const out = join(root, 'build/release');
  makeFiles(root, out);
  writeSums(out);
  signSums(out, key);
  console.log(out);
}

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { 'dry-run': { type: 'boolean', default: false }, key: { type: 'string' }, root: { type: 'string', default: root } },
  });
  const [command] = positionals;
  if (command === 'check') {
    const found = problems(values.root);
    say(found);
    return found.length === 0 ? 0 : 1;
  }
  if (command === 'version') {
    for (const file of writeVersion(values.root)) console.log(file);
    return 0;
  }
  if (command === 'tag') return tag(values.root, values['dry-run']) ? 0 : 1;
  if (command !== 'files') throw new Error('usage: tools/release.ts version | check | tag [--dry-run] | files [--key ID]');
  files(values.key);
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = main();
