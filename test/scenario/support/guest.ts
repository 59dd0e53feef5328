// SPDX-License-Identifier: LGPL-2.1-or-later

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import asc from 'assemblyscript/asc';
import { runGuest, type GuestResult } from '../../../src/scenario/guest.js';
import { root } from '../../support/run.js';

const command = new WebAssembly.Module(readFileSync(join(root, 'build/vpoll-sim.wasm')));

/** The guest in AssemblyScript. */
export async function compileAssembly(): Promise<Buffer<ArrayBuffer>> {
  let made: Uint8Array | undefined;
  let messages = '';
  const { error } = await asc.main(
    ['test/scenario/support/guest/main.ts', '--baseDir', root, '--outFile', 'guest.wasm', '--runtime', 'stub', '--use', 'abort='],
    {
      stderr: { write: (chunk: string | Uint8Array) => void (messages += chunk.toString()) },
      writeFile: (name, contents) => {
        if (name === 'guest.wasm') made = contents as Uint8Array;
      },
    },
  );
  if (error || !made) throw new Error(`asc: ${messages}`);
  return Buffer.from(made);
}

/** The guest in C. */
export function compileC(): Buffer<ArrayBuffer> {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-guest-'));
  try {
    const out = join(folder, 'guest.wasm');
    const options = ['--target=wasm32-wasi', '--sysroot=/usr', '-O1', '-Wall', '-Wextra', '-Werror', '-o', out];
    execFileSync('clang', [...options, join(root, 'test/scenario/support/demo-guest.c')], { stdio: 'pipe' });
    return Buffer.from(readFileSync(out));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs the lines of a scenario with a guest. */
export function playGuest(
  guest: Uint8Array<ArrayBuffer>,
  lines: readonly string[],
  args: readonly string[] = [],
  seed = 0n,
): Promise<GuestResult> {
  const module = new WebAssembly.Module(guest);
  return runGuest(command, new TextEncoder().encode(lines.join('\n')), { module, args: ['guest', ...args] }, seed);
}
