// SPDX-License-Identifier: LGPL-2.1-or-later

// Runs a scenario as the C that is made of it, beside the simulation of the same.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toC } from '../../../src/scenario/c/program.js';
import { root, run } from '../../support/run.js';
import type { Played } from './play.js';

const module = new WebAssembly.Module(readFileSync(join(root, 'build/vpoll-sim.wasm')));
const TIMEOUT_MS = 60_000;
const WARNINGS = ['-std=gnu11', '-Wall', '-Wextra', '-Werror'];

function encode(text: string | Uint8Array): Uint8Array {
  return typeof text === 'string' ? new TextEncoder().encode(text) : text;
}

/** The C of a scenario, or the mistake that it has. */
export function inC(text: string | Uint8Array, name = 'scenario'): string {
  const made = toC(module, name, encode(text));
  return 'status' in made ? `status ${made.status}: ${made.message}` : made.text;
}

/** Calls `use` with a folder that is gone behind it. */
export async function withFolder<T>(use: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-in-c-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Compiles C with all warnings as errors; to an object alone where it needs libvpoll. */
export function compile(folder: string, text: string, ...options: string[]): string {
  const [file, program] = [join(folder, 'scenario.c'), join(folder, 'scenario')];
  writeFileSync(file, text);
  const isPart = text.includes('#include <vpoll.h>');
  const words = isPart ? ['-c', `-I${join(root, 'host/c')}`] : ['-pthread'];
  run('gcc', [...WARNINGS, ...words, ...options, '-o', program, file]);
  return program;
}

/** Runs a program. */
export async function execute(program: string, ...args: string[]): Promise<Played> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: TIMEOUT_MS });
  let [stdout, stderr] = ['', ''];
  // A character a byte: not all of it is UTF-8.
  child.stdout.setEncoding('latin1').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('latin1').on('data', (text: string) => (stderr += text));
  const [status, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (status === null) throw new Error(`${program} was ended by ${signal}: ${stdout}${stderr}`);
  return { status, stdout, stderr };
}

/** Runs the C of a scenario; `edit` may make another program of it. */
export function playC(scenario: string | Uint8Array, edit: (text: string) => string = (text) => text): Promise<Played> {
  return withFolder((folder) => execute(compile(folder, edit(inC(scenario)))));
}
