// SPDX-License-Identifier: LGPL-2.1-or-later

// Deliberate bugs: what the tests are worth is what they say to these.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileSim } from '../../../tools/sim.js';
import { root } from '../../support/run.js';

/** A bug: what stands in its place where, and what would be right. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly right: string;
  readonly wrong: string;
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'lost edge: data wakes only when there was none before',
    file: 'assembly/sim/unixdata.ts',
    right: '  wakeOne(peer, DATA_READY);',
    wrong: '  if (list.next(list.next(peer + MESSAGES)) == peer + MESSAGES) wakeOne(peer, DATA_READY);',
  },
  {
    name: 'level for edge: an edge is reported again and again',
    file: 'assembly/sim/epoll.ts',
    right: '    else if (!(item.events & EPOLLET)) list.addTail',
    wrong: '    else list.addTail',
  },
  {
    name: 'DEL wakes: what takes OUT away wakes as what brings it',
    file: 'assembly/sim/unix.ts',
    right: '  if (isWritable(socket, 0)) wakeOne(file.body, WRITABLE);',
    wrong: '  wakeOne(file.body, WRITABLE);',
  },
  {
    name: 'wrong order on SET: IN is cleared when OUT is there already',
    file: 'assembly/backend/unixplan.ts',
    right: '  if (target & HUP) {',
    wrong: `  if ((steps & 15) == CLEAR_IN && shift == 8) steps = SET_OUT | (CLEAR_IN << 4);
  if (target & HUP) {`,
  },
  {
    name: 'leaked peer: the hidden end stays open',
    file: 'assembly/backend/unixends.ts',
    right: '  if (unused) call.close(b);',
    wrong: '  if (unused) call.blame(-1);',
  },
];

/** sim.wasm with the bug in it. */
export async function compileMutant({ file, right, wrong }: Mutant): Promise<WebAssembly.Module> {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-mutant-'));
  let changed = 0;
  try {
    const bytes = await compileSim(root, join(folder, 'sim.wasm'), (name, text) => {
      if (name !== file) return text;
      changed = text.split(right).length - 1;
      return text.replace(right, wrong);
    });
    if (changed !== 1) throw new Error(`${file} has the place of the bug ${changed} times`);
    return new WebAssembly.Module(new Uint8Array(bytes));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
