// SPDX-License-Identifier: LGPL-2.1-or-later

// Deliberate bugs: what the tests are worth is what they say to these. All are in one module, and a number says which of them is there.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { createMachine, setModule, type SimExports } from '../../../src/sim/machine.js';
import { compileSim } from '../../../tools/sim.js';
import { root } from '../../support/run.js';

/** A bug: where it is, what stands there, and what is to stand there instead, in which `WRONG` is true where it is this bug's turn. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly right: string;
  readonly wrong: string;
}

/** A machine of a module with bugs; 0 is none of them, and the first is 1. */
export interface Mutated extends SimExports {
  mutate(number: number): void;
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'lost edge: data wakes only when there was none before',
    file: 'assembly/sim/unixdata.ts',
    right: '  wakeOne(peer, DATA_READY);',
    wrong: '  if (!WRONG || list.next(list.next(peer + MESSAGES)) == peer + MESSAGES) wakeOne(peer, DATA_READY);',
  },
  {
    name: 'level for edge: an edge is reported again and again',
    file: 'assembly/sim/epoll.ts',
    right: '    else if (!(item.events & EPOLLET)) list.addTail',
    wrong: '    else if (WRONG || !(item.events & EPOLLET)) list.addTail',
  },
  {
    name: 'DEL wakes: what takes OUT away wakes as what brings it',
    file: 'assembly/sim/unix.ts',
    right: '  if (isWritable(socket, 0)) wakeOne(file.body, WRITABLE);',
    wrong: '  if (WRONG || isWritable(socket, 0)) wakeOne(file.body, WRITABLE);',
  },
  {
    name: 'wrong order on SET: IN is cleared when OUT is there already',
    file: 'assembly/backend/socketpair-plan.ts',
    right: '  if (target & HUP) {',
    wrong: `  if (WRONG && (steps & 15) == CLEAR_IN && shift == 8) steps = SET_OUT | (CLEAR_IN << 4);
  if (target & HUP) {`,
  },
  {
    name: 'leaked peer: the hidden end stays open',
    file: 'assembly/backend/shared/ends.ts',
    right: '  if (unused) call.close(b);',
    wrong: `  if (unused && WRONG) call.blame(-1);
  else if (unused) call.close(b);`,
  },
];

/** Where the number is. */
const SWITCH = 'assembly/sim/version.ts';
const ENTRY = 'assembly/sim/index.ts';

/** A source with the bugs that are for it. */
function mutate(mutants: readonly Mutant[], name: string, text: string): string {
  if (name === SWITCH) return `${text}\nexport let mutant: i32 = 0;\nexport function mutate(n: i32): void {\n  mutant = n;\n}\n`;
  if (name === ENTRY) return `${text}\nexport { mutate } from './version';\n`;
  let mutated = text;
  for (const [index, { file, right, wrong }] of mutants.entries()) {
    if (file !== name) continue;
    const places = mutated.split(right).length - 1;
    if (places !== 1) throw new Error(`${file} has the place of "${right}" ${places} times`);
    mutated = mutated.replace(right, () => wrong.replaceAll('WRONG', `(theMutant == ${index + 1})`));
  }
  if (mutated === text) return text;
  const from = relative(dirname(name), SWITCH.slice(0, -'.ts'.length));
  return `${mutated}\nimport { mutant as theMutant } from '${from.startsWith('.') ? from : `./${from}`}';\n`;
}

/** sim.wasm with the bugs in it, to `wasm`. */
export function compileTo(wasm: string, mutants: readonly Mutant[]): Promise<Buffer> {
  return compileSim(root, wasm, (name, text) => mutate(mutants, name, text));
}

/** sim.wasm with the bugs in it. */
export async function compileMutants(mutants: readonly Mutant[]): Promise<WebAssembly.Module> {
  const folder = mkdtempSync(join(tmpdir(), 'vpoll-mutants-'));
  try {
    return new WebAssembly.Module(new Uint8Array(await compileTo(join(folder, 'sim.wasm'), mutants)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Makes every new machine, until {@link setModule} puts the kernel back, one with the bug of that number. */
export function useMutant(module: WebAssembly.Module, number: number): void {
  setModule(module, (machine) => {
    (machine as Mutated).mutate(number);
  });
}

/** A machine whose bug can be chosen. */
export function createMutated(module: WebAssembly.Module): Mutated {
  setModule(module);
  try {
    return createMachine() as Mutated;
  } finally {
    setModule(undefined);
  }
}
