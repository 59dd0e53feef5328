// SPDX-License-Identifier: LGPL-2.1-or-later

// Runs a program by node:wasi: node-wasi.mjs PROG.wasm [ARGUMENT...]

import { readFileSync } from 'node:fs';
import { WASI } from 'node:wasi';

const [file, ...args] = process.argv.slice(2);
const wasi = new WASI({ version: 'preview1', args: [String(file), ...args] });
const module = new WebAssembly.Module(readFileSync(String(file)));
const imports = /** @type {WebAssembly.Imports} */ (wasi.getImportObject());
process.exitCode = wasi.start(new WebAssembly.Instance(module, imports));
