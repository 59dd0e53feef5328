// SPDX-License-Identifier: LGPL-2.1-or-later

// Runs a command of examples/README.md as it is typed at the top of a checkout.

import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { root } from '../../support/run.js';

export const INDEX = 'examples/README.md';

/** What it printed. `folder` takes the place of /tmp; of PATH the Node that runs this comes first. Throws with what it said where it fails. */
export function runCommand(command: string, folder: string, env: Readonly<Record<string, string>> = {}): string {
  const text = command.replaceAll('/tmp/', `${folder}/`).replace('npx vpoll ', 'node build/cli.js ');
  const { status, stdout, stderr, error } = spawnSync('sh', ['-ec', text], {
    cwd: root,
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}`, ...env },
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${text}: status ${status}\n${stdout}${stderr}`);
  return stdout;
}
