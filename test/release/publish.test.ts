// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 600
// runs: node, not newest

// npm's own commands in a clean clone, with all scripts: what is packed, what would be published, and that the clone is as it was afterwards. No registry is asked.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { HOME } from '../../tools/address.js';
import { TARGETS } from '../../tools/native.js';
import { versionOf } from '../../tools/release/version.js';
import { copyTree } from '../support/clone.js';
import { deadLinks } from '../support/dead-links.js';
import { needs } from '../support/needs.js';
import { root, run } from '../support/run.js';

const folder = mkdtempSync(join(tmpdir(), 'vpoll-publish-'));
const clone = join(folder, 'clone');
const VERSION = versionOf(root);

test.after(() => {
  rmSync(folder, { recursive: true });
});

/** A registry that nobody serves, which --force keeps npm from asking which versions there are. */
const NOWHERE = ['--registry', 'http://127.0.0.1:9/', '--force', '--no-update-notifier'];

/** Runs npm there as a person would: nothing of the npm that runs the tests. */
function npm(...args: string[]): { stdout: string; stderr: string } {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:npm|CI$)/i.test(name)));
  const { status, stdout, stderr, error } = spawnSync('npm', [...args, ...NOWHERE], { cwd: clone, encoding: 'utf8', env });
  if (error) throw error;
  assert.is(status, 0, `npm ${args.join(' ')}\n${stdout}${stderr}`);
  return { stdout, stderr };
}

const pages = (): string[] =>
  ['README.md', 'SECURITY.md', ...readdirSync(join(clone, 'docs')).map((name) => `docs/${name}`)].filter((name) =>
    name.endsWith('.md'),
  );

/** Each page of the clone that isn't the repository's any more. */
function changedPages(): string[] {
  return pages().filter((name) => readFileSync(join(clone, name), 'utf8') !== readFileSync(join(root, name), 'utf8'));
}

const inClone = needs(test, 'git', 'tar', ...Object.values(TARGETS).map((target) => `${target}-gcc`));

inClone('npm publish --dry-run builds all that is shipped, compares the helpers, and has nothing to correct', () => {
  mkdirSync(clone);
  copyTree(clone);
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
  assert.not.ok(existsSync(join(clone, 'build/index.js')));
  const { stdout, stderr } = npm('publish', '--dry-run');
  assert.match(stdout, 'an optimised build, as it is shipped');
  for (const arch of Object.keys(TARGETS)) assert.match(stdout, `vpoll-fuse-${arch}: the same`);
  assert.match(stdout, new RegExp(`^\\+ vpoll@${VERSION.replaceAll('.', '[.]')}$`, 'm'));
  assert.match(stderr, /Publishing to .* with tag latest and public access \(dry-run\)/);
  assert.not.match(stderr, /auto-corrected|npm error/);
  assert.equal(changedPages(), []);
});

inClone('npm pack: the pages in the package lead to what is there, and those of the clone are as they were', () => {
  npm('pack', '--pack-destination', folder);
  assert.equal(changedPages(), []);
  run('tar', ['xzf', join(folder, `vpoll-${VERSION}.tgz`)], folder);
  const packed = join(folder, 'package');
  const inPackage = readdirSync(packed, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
  assert.ok(inPackage.length > 20);
  assert.equal(
    inPackage.flatMap(
      (page) => deadLinks(page, readFileSync(join(packed, page), 'utf8'), (path) => existsSync(join(packed, path))).dead,
    ),
    [],
  );
  const readme = readFileSync(join(packed, 'README.md'), 'utf8');
  assert.match(readme, `](${HOME}/raw/v${VERSION}/docs/picture.svg)`);
  assert.match(readme, `]: ${HOME}/blob/v${VERSION}/linux_patch\n`);
  assert.match(readme, '](docs/api.md)');
});

test('provenance is asked of the CI that publishes', () => {
  const { publishConfig } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { publishConfig: object };
  assert.equal(publishConfig, { access: 'public', provenance: true });
});

test.run();
