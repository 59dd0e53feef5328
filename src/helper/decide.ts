// SPDX-License-Identifier: LGPL-2.1-or-later

// The core's pure function, in a process that has no use for the rest of the core: its imports are there, and never called.

import wasmBase64 from '../../build/core.wasm.js';

/** The mask after a request, assembly/events.ts. */
export type Next = (events: number, op: number, arg: number) => number;

/** Loads `next` of the core. */
export function loadNext(): Next {
  const module = new WebAssembly.Module(Uint8Array.from(atob(wasmBase64), (char) => char.charCodeAt(0)));
  const refuse = (): never => {
    throw new Error('the helper makes no calls through the core');
  };
  const sys = Object.fromEntries(WebAssembly.Module.imports(module).map(({ name }) => [name, refuse]));
  const { next } = new WebAssembly.Instance(module, { sys }).exports as { next: Next };
  return (events, op, arg) => next(events, op, arg) >>> 0;
}
