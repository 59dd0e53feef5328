// SPDX-License-Identifier: LGPL-2.1-or-later

// The page's side of its worker: one question at a time, and a way to end what goes on.

import { fromBase64 } from '../base64.js';
import type { WatchedResult } from '../scenario/watched.js';
import type { Answer, Explored, Request } from './messages.js';

/** The worker's program, put in by tools/playground.ts. */
declare const WORKER: string;
/** build/vpoll-sim.wasm in base64: a script of its own before this one, since a page from a file may fetch nothing. */
declare const VPOLL_SIM_WASM: string;

/** Who hears what a question comes to. */
interface Asker {
  readonly onPrinted?: (text: string) => void;
  readonly onTried?: (explored: Explored) => void;
  readonly onEnd: (answer: Answer) => void;
}

/** The simulated kernel, in a worker of its own. */
export class Kernel {
  readonly #address = URL.createObjectURL(new Blob([WORKER], { type: 'text/javascript' }));
  readonly #bytes = fromBase64(VPOLL_SIM_WASM);
  #worker: Worker | undefined;
  #asker: Asker | undefined;
  #id = 0;

  /** Whether a question is open. */
  get isBusy(): boolean {
    return this.#asker !== undefined;
  }

  /** Ends what goes on: nobody is answered. */
  stop(): void {
    if (!this.#asker) return;
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#asker = undefined;
  }

  #begin(): Worker {
    const worker = new Worker(this.#address);
    worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
      this.#hear(data);
    });
    worker.postMessage({ kind: 'wasm', bytes: this.#bytes } satisfies Request);
    return worker;
  }

  #hear(answer: Answer): void {
    const asker = this.#asker;
    if (!asker || answer.id !== this.#id) return;
    if (answer.kind === 'printed') asker.onPrinted?.(answer.text);
    else if (answer.kind === 'tried' && !answer.isOver) asker.onTried?.(answer.explored);
    else {
      this.#asker = undefined;
      asker.onEnd(answer);
    }
  }

  #ask(request: (id: number) => Request, asker: Asker): void {
    this.stop();
    this.#worker ??= this.#begin();
    this.#asker = asker;
    this.#worker.postMessage(request(++this.#id));
  }

  check(text: string, onEnd: (wrong: string) => void): void {
    const hear = (answer: Answer): void => {
      if (answer.kind === 'checked') onEnd(answer.wrong);
    };
    this.#ask((id) => ({ kind: 'check', id, text }), { onEnd: hear });
  }

  /** The scenario as a program in C, or '' and why it can't be one. */
  toC(name: string, text: string, onEnd: (made: string, wrong: string) => void): void {
    const hear = (answer: Answer): void => {
      if (answer.kind === 'made') onEnd(answer.text, answer.wrong);
    };
    this.#ask((id) => ({ kind: 'c', id, name, text }), { onEnd: hear });
  }

  run(text: string, seed: string, onPrinted: (text: string) => void, onEnd: (result: WatchedResult) => void): void {
    const hear = (answer: Answer): void => {
      if (answer.kind === 'ran') onEnd(answer.result);
    };
    this.#ask((id) => ({ kind: 'run', id, text, seed }), { onPrinted, onEnd: hear });
  }

  explore(text: string, runs: number, onTried: (explored: Explored) => void, onEnd: (explored: Explored) => void): void {
    const hear = (answer: Answer): void => {
      if (answer.kind === 'tried') onEnd(answer.explored);
    };
    this.#ask((id) => ({ kind: 'explore', id, text, runs }), { onTried, onEnd: hear });
  }
}
