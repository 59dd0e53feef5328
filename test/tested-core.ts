// SPDX-License-Identifier: LGPL-2.1-or-later

// The builds of the core that its tests run. Under Node it is the one with its assertions on. Under Bun it is the one in build/, which in CI is the one
// that is shipped. Under Deno it is the plain one of a clone.

import { readFileSync } from 'node:fs';
import type { HostFactory } from '../host/sys.js';
import { instantiate, type Core } from '../src/core.js';
import { runtime } from './support/runtime.js';

/** An assertion of assembly/ has failed. The message is where: `assembly/table.ts:61`. */
export class AssertionFailed extends Error {
  override readonly name = 'AssertionFailed';
}

/** A string of AssemblyScript: UTF-16, its size in bytes in front of it; '' at 0. */
function textAt({ buffer }: WebAssembly.Memory, at: number): string {
  if (at === 0) return '';
  const size = new DataView(buffer).getUint32(at - 4, true);
  return new TextDecoder('utf-16le').decode(new Uint8Array(buffer, at, size));
}

/** A checked core of its own over the given host. */
export function instantiateChecked(host: HostFactory, module = built('core-checked')): Core {
  let memory: (() => WebAssembly.Memory) | undefined;
  const abort = (message: number, file: number, line: number): never => {
    const [what, where] = [textAt(memory!(), message), textAt(memory!(), file)];
    throw new AssertionFailed(`${where}:${line}${what && `: ${what}`}`);
  };
  return instantiate((of) => host((memory = of)), module, { env: { abort } });
}

const compiled = new Map<string, WebAssembly.Module>();

function built(name: string): WebAssembly.Module {
  const found = compiled.get(name) ?? new WebAssembly.Module(readFileSync(new URL(`../build/${name}.wasm`, import.meta.url)));
  compiled.set(name, found);
  return found;
}

/** A core of its own over the given host, of the build that this runtime is to test. */
export function instantiateTested(host: HostFactory): Core {
  if (runtime === 'node') return instantiateChecked(host);
  return instantiate(host, built(runtime === 'bun' ? 'core' : 'core-plain'));
}
