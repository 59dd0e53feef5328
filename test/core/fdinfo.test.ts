// SPDX-License-Identifier: LGPL-2.1-or-later

// The eventfd-id is read from what fdinfo gave, and from nothing that lies behind it: there stands what was read before.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compile } from '../../tools/asc.js';
import { root } from '../support/run.js';

const AT = 1000;
const COMMON = 'pos:\t0\nflags:\t02000002\nmnt_id:\t17\nino:\t1057\n';
const COUNT = 'eventfd-count:                0\n';

interface Fdinfo {
  readonly memory: WebAssembly.Memory;
  idIn(at: number, size: number): number;
}

const folder = mkdtempSync(join(tmpdir(), 'vpoll-fdinfo-'));
let module: WebAssembly.Module;

test.before(async () => {
  const wasm = join(folder, 'fdinfo.wasm');
  await compile(root, 'assembly/backend/shared/fdinfo.ts', wasm, ['-O1', '--initialMemory', '1']);
  module = new WebAssembly.Module(readFileSync(wasm));
});
test.after(() => {
  rmSync(folder, { recursive: true });
});

/** What is found in `text`, with `behind` after it and the end of the memory after that. */
function idIn(text: string, behind = ''): number {
  const { memory, idIn: find } = new WebAssembly.Instance(module, {}).exports as unknown as Fdinfo;
  const bytes = new TextEncoder().encode(text + behind);
  const at = behind === '' ? memory.buffer.byteLength - bytes.length : AT;
  new Uint8Array(memory.buffer).set(bytes, at);
  return find(at, text.length);
}

test('the number of an eventfd, wherever its line stands', () => {
  for (const id of [0, 7, 42, 65_536, 0x7fffffff]) {
    assert.is(idIn(`${COMMON}${COUNT}eventfd-id: ${id}\n`), id);
    assert.is(idIn(`${COMMON}eventfd-id:\t ${id}\n${COUNT}`), id);
    assert.is(idIn(`eventfd-id:${id}\n`), id);
  }
});

test('a file that is no vpoll has no number', () => {
  for (const text of ['', COMMON, `${COMMON}${COUNT}`, 'eventfd-id:\n', 'eventfd-id: x\n', 'eventfd-id: -1\n', 'fd-id'])
    assert.is(idIn(text), -1, JSON.stringify(text));
});

test('what ends too early is none, whatever lies behind', () => {
  const whole = `${COMMON}${COUNT}eventfd-id: 4217\n`;
  for (let size = 0; size < whole.length; size++) {
    for (const behind of ['', '8\n', '\n', ' 99\n', whole, whole.slice(size)])
      assert.is(idIn(whole.slice(0, size), behind), -1, `${size} bytes, and ${JSON.stringify(behind)}`);
  }
  assert.is(idIn(whole, '99'), 4217);
});

test.run();
