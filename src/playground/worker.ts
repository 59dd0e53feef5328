// SPDX-License-Identifier: LGPL-2.1-or-later

// The playground's worker: the kernel runs here, so that the page stays awake, and Stop can end whatever goes on.

import { toC } from '../scenario/c/program.js';
import { Watcher } from '../scenario/watched.js';
import type { Answer, Explored, Request } from './messages.js';

/** A picture of more moments is one that nobody looks through. */
const BOUNDS = { momentsMax: 20_000, printedMax_bytes: 1_000_000 };
/** How often the page hears of what goes on. */
const TELL_MS = 60;

const encoder = new TextEncoder();
let kernel: WebAssembly.Module | undefined;
let watcher: Watcher | undefined;

function answer(what: Answer): void {
  postMessage(what);
}

function run(id: number, text: string, seed: string): void {
  const decoder = new TextDecoder();
  let printed = '';
  let told = performance.now();
  const result = watcher!.run(encoder.encode(text), BigInt(seed), (bytes) => {
    printed += decoder.decode(bytes, { stream: true });
    if (performance.now() - told < TELL_MS) return;
    answer({ kind: 'printed', id, text: printed });
    printed = '';
    told = performance.now();
  });
  answer({ kind: 'ran', id, result });
}

function explore(id: number, text: string, runs: number): void {
  const scenario = encoder.encode(text);
  const hashes = new Set<string>();
  let [failed, cut] = [0, 0];
  let smallest: Explored['smallest'];
  let told = performance.now();
  for (let seed = 0; seed < runs; seed++) {
    const ran = watcher!.run(scenario, BigInt(seed));
    hashes.add(ran.hash);
    if (ran.cut !== '') cut++;
    if (ran.status !== 0) failed++;
    const moments = ran.marks.length;
    if (ran.status !== 0 && (smallest === undefined || moments < smallest.moments))
      smallest = { seed: String(seed), moments, why: ran.stderr.trimEnd() };
    const isOver = seed === runs - 1;
    if (!isOver && performance.now() - told < TELL_MS) continue;
    told = performance.now();
    answer({ kind: 'tried', id, explored: { runs: seed + 1, different: hashes.size, failed, cut, smallest }, isOver });
  }
}

function make(id: number, name: string, text: string): void {
  const made = toC(kernel!, name, encoder.encode(text));
  const isWrong = 'status' in made;
  answer({ kind: 'made', id, text: isWrong ? '' : made.text, wrong: isWrong ? made.message : '' });
}

function load(bytes: Uint8Array<ArrayBuffer>): void {
  kernel = new WebAssembly.Module(bytes);
  watcher = new Watcher(kernel, BOUNDS);
}

addEventListener('message', ({ data }: MessageEvent<Request>) => {
  if (data.kind === 'wasm') load(data.bytes);
  else if (data.kind === 'c') make(data.id, data.name, data.text);
  else if (data.kind === 'run') run(data.id, data.text, data.seed);
  else if (data.kind === 'explore') explore(data.id, data.text, data.runs);
  else answer({ kind: 'checked', id: data.id, wrong: watcher!.check(encoder.encode(data.text)).trimEnd() });
});
