// SPDX-License-Identifier: LGPL-2.1-or-later

import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Said {
  /** null after a signal. */
  status: number | null;
  /** Its output and its errors, as they came. */
  text: string;
}

/** Runs a program in `cwd` and returns what it said. Throws when it can't be started. */
export async function said(
  cwd: string,
  [program, ...words]: [string, ...string[]],
  { input = '', env = {} }: { input?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Said> {
  const child = spawn(program, words, { cwd, env: { ...process.env, LC_ALL: 'C', MAKEFLAGS: '', ...env } });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  // A program that ends without reading what it is given says why by its status.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, text };
}

/** The same, for what must succeed: throws with everything that it said when it doesn't. */
export async function must(...call: Parameters<typeof said>): Promise<string> {
  const { status, text } = await said(...call);
  if (status !== 0) throw new Error(`${call[1].join(' ')}: status ${status}\n${text}`);
  return text;
}
