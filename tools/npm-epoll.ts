// SPDX-License-Identifier: LGPL-2.1-or-later

// npm's `epoll`, which watches a descriptor from Node: a native addon that must be compiled for the Node that runs it. That is done in a
// folder of its own, and only for the test and the benchmark that compare with it. So `npm ci` needs no C++ compiler.

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from './build.js';
import { programOf } from './runtimes.js';

/** What the package exports, as far as we use it. */
export interface NpmEpoll {
  Epoll: new (callback: (error: Error | null, fd: number, events: number) => void) => {
    add(fd: number, events: number): void;
    modify(fd: number, events: number): void;
    remove(fd: number): void;
    close(): void;
    readonly closed: boolean;
  };
}

/** It and what it requires. */
const PACKAGES = ['epoll', 'bindings', 'file-uri-to-path', 'nan'];

/** Has it compiled with the headers that came with this very Node, where they did: npm may know of others, or fetch some. */
function headers(): string[] {
  const node = spawnSync(programOf('node'), ['-p', 'process.execPath'], { encoding: 'utf8' }).stdout.trim();
  const prefix = dirname(dirname(node));
  return existsSync(join(prefix, 'include/node/node.h')) ? [`--nodedir=${prefix}`] : [];
}

/** Compiles it into a new folder: the path to load it by, and what removes the folder; or why that can't be done here. */
export function compileNpmEpoll(): { path: string; remove: () => void } | string {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-epoll-'));
  const remove = (): void => {
    rmSync(folder, { recursive: true });
  };
  for (const name of PACKAGES) cpSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true });
  const manifest = {
    name: 'with-epoll',
    version: '1.0.0',
    private: true,
    dependencies: { epoll: '*' },
    allowScripts: { epoll: true },
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  const { status, stdout, stderr, error } = spawnSync('npm', ['rebuild', '--foreground-scripts', ...headers()], {
    cwd: folder,
    encoding: 'utf8',
  });
  const path = join(folder, 'node_modules/epoll');
  // Its install script succeeds where it can't compile, so what counts is whether a Node loads it.
  const addon = join(path, 'build/Release/epoll.node');
  const loaded = spawnSync(programOf('node'), ['-e', 'require(process.argv[1])', addon], { encoding: 'utf8' });
  if (loaded.status === 0) return { path, remove };
  remove();
  const failure = error ?? loaded.error;
  const why = failure ? failure.message : /^Error: .*$/m.exec(loaded.stderr)?.[0];
  return `${why} (npm rebuild: ${status}, ${(stderr || stdout).trim().split('\n').at(-1)})`;
}
