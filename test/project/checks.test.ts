// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 600
// runs: node, not newest

import { existsSync } from 'node:fs';
import { test } from 'uvu';
import { runTool } from '../support/run.js';

test('types: library, hosts, tests and tools', () => {
  runTool('tsc');
});

test('types: core', () => {
  runTool('tsc', '--project', 'assembly');
});

test('lint', () => {
  runTool('eslint', '--max-warnings', '0', '.');
});

test('format', () => {
  runTool('prettier', '--check', '.');
});

test('rooms: each imports only from below', () => {
  const rooms = ['assembly', 'host', 'src', 'test', 'bench', 'tools', 'examples'].filter(existsSync);
  runTool('depcruise', '--config', '.dependency-cruiser.js', ...rooms);
});

test('dead code and unused dependencies', () => {
  runTool('knip');
});

test('docs: every public name is documented, every link leads somewhere', () => {
  runTool('typedoc', '--emit', 'none');
});

test.run();
