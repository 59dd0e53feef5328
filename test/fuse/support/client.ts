// SPDX-License-Identifier: LGPL-2.1-or-later

// Programs in C that find a vpoll of a helper as descriptor 3: of this runtime's helper, and under Node of C's as well.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { compile, library } from '../../c/support/library.js';
import { run } from '../../support/run.js';
import { runtime } from '../../support/runtime.js';
import type { Need } from '../../support/needs.js';
import { helperPid } from '../../../src/fuse/helper.js';
import { create, withFuse } from './helper.js';

/** A program that runs with a vpoll of a helper's as descriptor 3. */
export interface Client {
  /** The process that serves it, once the program has said something. */
  readonly helper: () => number;
  readonly pid: number;
  /** Sends a line. */
  say(line: string): void;
  /** Waits for the next line; undefined at the end. */
  hear(): Promise<string | undefined>;
  /** What it printed that nobody has heard, when it has ended; throws where that is not with status 0. */
  end(): Promise<string>;
}

/** Starts a program so. The vpoll is closed here. */
type Start = (program: string, ...args: string[]) => Promise<Client>;

/** The process that runs the helper of the library in C. */
function helperOfC(): number {
  const program = join(library(), 'vpoll-fuse');
  const all = readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/exe`) === program;
    } catch {
      return false;
    }
  });
  if (all.length !== 1) throw new Error(`not one helper: ${all.join(' ')}`);
  return Number(all[0]);
}

async function follow(
  command: readonly string[],
  fd: number | 'ignore',
  env: NodeJS.ProcessEnv,
  helper: () => number,
): Promise<Client> {
  const child = spawn(command[0]!, command.slice(1), { stdio: ['pipe', 'pipe', 'pipe', fd], env: { ...process.env, ...env } });
  const [stdin, stdout, stderr] = child.stdio as [Writable, Readable, Readable, null, null];
  const over = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (status, signal) => {
      resolve(status ?? signal!);
    });
  });
  let [said, complaint] = ['', ''];
  let heard = (): void => undefined;
  stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    heard();
  });
  stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const hear = async (): Promise<string | undefined> => {
    while (!said.includes('\n')) {
      const next = new Promise<void>((resolve) => (heard = resolve));
      if ((await Promise.race([next, over])) !== undefined && !said.includes('\n')) return undefined;
    }
    const line = said.slice(0, said.indexOf('\n'));
    said = said.slice(line.length + 1);
    return line;
  };
  const end = async (): Promise<string> => {
    stdin.end();
    const status = await over;
    if (status !== 0) throw new Error(`${command.join(' ')}: ${status}\n${said}${complaint}`);
    return said;
  };
  await once(child, 'spawn');
  return { helper, pid: child.pid!, say: (line) => void stdin.write(`${line}\n`), hear, end };
}

const KINDS: Record<string, { needs: Need[]; start: Start }> = {
  'the helper': {
    needs: [],
    async start(...command) {
      using vp = create();
      const helper = helperPid();
      return await follow(command, vp.fd, {}, () => helper);
    },
  },
  "C's helper": {
    needs: ['cmake', 'gcc'],
    start: (...command) => follow([compile('hand.c'), ...command], 'ignore', { VPOLL_BACKEND: 'fuse' }, helperOfC),
  },
};

/** Registers a test for each kind of helper. */
export function withEachHelper(needs: readonly Need[], name: string, body: (start: Start) => Promise<void>): void {
  for (const [kind, { needs: more, start }] of Object.entries(KINDS)) {
    // What C's helper does is the same under each.
    if (kind !== 'the helper' && runtime !== 'node') continue;
    withFuse(...needs, ...more)(`${kind}: ${name}`, () => body(start));
  }
}

/** Compiles programs/NAME.c in a folder that is gone afterwards, and gives its path. */
export async function withProgram<T>(name: string, use: (path: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-client-'));
  try {
    const source = fileURLToPath(new URL(`../programs/${name}.c`, import.meta.url));
    run('cc', ['-O1', '-Wall', '-o', join(folder, name), source]);
    return await use(join(folder, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
