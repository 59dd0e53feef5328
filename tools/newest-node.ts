// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Runs the suites under the newest Node that the package registry has, beside the oldest one that we support.
 *
 *     tools/newest-node.ts [PART...]     as in tools/test.ts
 *
 * Node comes from the npm package of this architecture's binary, kept in the user's cache. Where it can't be downloaded this
 * is said by name, and it is a failure in CI.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './build.js';

const name = `node-${process.platform}-${process.arch}`;

/** Runs npm and returns what it printed, or undefined when it failed; its own words go to stderr. */
function npm(...args: string[]): string | undefined {
  const { status, stdout } = spawnSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return status === 0 ? stdout.trim() : undefined;
}

/** The path of the newest Node's program, installed when it isn't yet, or why there is none. */
export function install(): { program: string } | { reason: string } {
  const version = npm('view', name, 'version');
  if (!version) return { reason: `no version of ${name} can be looked up` };
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const prefix = join(cache, 'vpoll', `node-${version}`);
  const program = join(prefix, 'node_modules', name, 'bin/node');
  if (!existsSync(program)) {
    mkdirSync(prefix, { recursive: true });
    const done = npm(
      'install',
      '--prefix',
      prefix,
      '--no-save',
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      `${name}@${version}`,
    );
    if (done === undefined || !existsSync(program)) return { reason: `${name}@${version} can't be installed` };
  }
  return { program };
}

function main(): number {
  const found = install();
  if ('reason' in found) {
    console.log(`SKIP the newest Node: ${found.reason}`);
    return process.env.CI ? 1 : 0;
  }
  const { program } = found;
  // First in PATH too, so that `npm`, `npx` and the bins of a test's own project run under it.
  const env = { ...process.env, PATH: `${dirname(program)}${delimiter}${process.env.PATH ?? ''}` };
  console.log(`node ${spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout.trim()}`);
  const args = ['--import', 'tsx', join(root, 'tools/test.ts'), '--runtime', 'node', '--newest', ...process.argv.slice(2)];
  return spawnSync(program, args, { cwd: root, env, stdio: 'inherit' }).status ?? 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = main();
