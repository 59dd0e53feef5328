// SPDX-License-Identifier: LGPL-2.1-or-later

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runGuest, type GuestResult } from '../../../src/scenario/guest.js';
import { compile } from '../../../tools/asc.js';
import { root } from '../../support/run.js';

const command = new WebAssembly.Module(readFileSync(join(root, 'build/vpoll-sim.wasm')));

/** What `make` writes to the file that it is told. */
async function bytesOf(make: (wasm: string) => Promise<void> | void): Promise<Buffer<ArrayBuffer>> {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-guest-'));
  try {
    const wasm = join(folder, 'guest.wasm');
    await make(wasm);
    return Buffer.from(readFileSync(wasm));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The guest in AssemblyScript. */
export function compileAssembly(): Promise<Buffer<ArrayBuffer>> {
  return bytesOf((wasm) => compile(root, 'test/scenario/support/guest/main.ts', wasm, []));
}

/** The guest in C. */
export function compileC(): Promise<Buffer<ArrayBuffer>> {
  return bytesOf((wasm) => {
    const options = ['--target=wasm32-wasi', '--sysroot=/usr', '-O1', '-Wall', '-Wextra', '-Werror', '-o', wasm];
    execFileSync('clang', [...options, join(root, 'test/scenario/support/demo-guest.c')], { stdio: 'pipe' });
  });
}

/** Runs the lines of a scenario with a guest. */
export function playGuest(
  guest: Uint8Array<ArrayBuffer>,
  lines: readonly string[],
  args: readonly string[] = [],
  seed = 0n,
  env: Readonly<Record<string, string>> = {},
): Promise<GuestResult> {
  const module = new WebAssembly.Module(guest);
  return runGuest(command, new TextEncoder().encode(lines.join('\n')), { module, args: ['guest', ...args], env }, seed);
}
