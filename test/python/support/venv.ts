// SPDX-License-Identifier: LGPL-2.1-or-later

// Debian's python3 with the wheel of this architecture installed, in a folder of its own.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildWheel } from '../../../tools/wheel.js';
import { run } from '../../support/run.js';

/** Of Debian's packages python3, python3-venv, python3-pytest; and what builds the wheel. Another python3, first in PATH, may have none of theirs. */
export const PYTHON = '/usr/bin/python3';
export const VENV = [PYTHON, '/usr/lib/python3/dist-packages/pytest', 'cmake', 'gcc', 'objdump'];

export class Venv {
  readonly folder = mkdtempSync(join(tmpdir(), 'vpoll-python-'));
  readonly wheel: string;

  constructor() {
    this.wheel = buildWheel(process.arch as 'x64' | 'arm64');
    run(PYTHON, ['-m', 'venv', '--system-site-packages', this.path('venv')]);
    const options = ['--quiet', '--disable-pip-version-check', '--no-index', '--no-deps', '--no-cache-dir'];
    run(this.path('venv/bin/python'), ['-m', 'pip', 'install', ...options, this.wheel]);
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  /** Runs python: what it printed, or what it said where it failed. It writes no files beside the sources. */
  python(args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd = this.folder): string {
    const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:VPOLL|PYTHON)/.test(name)));
    const { status, stdout, stderr, error } = spawnSync(this.path('venv/bin/python'), ['-W', 'error', ...args], {
      cwd,
      encoding: 'utf8',
      timeout: 120_000,
      env: { ...clean, PYTHONDONTWRITEBYTECODE: '1', ...env },
    });
    if (error) throw error;
    if (status !== 0 || stderr !== '') throw new Error(`python ${args.join(' ')}: status ${status}\n${stdout}${stderr}`);
    return stdout;
  }

  remove(): void {
    if (existsSync(this.folder)) rmSync(this.folder, { recursive: true });
  }
}
