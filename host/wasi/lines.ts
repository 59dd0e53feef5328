// SPDX-License-Identifier: LGPL-2.1-or-later

const LINE_FEED = 10;

/** The bytes of all pieces. */
export function join(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Takes what comes out of a stream apart. */
export class Lines {
  readonly #onLine: (line: Uint8Array) => void;
  #rest: Uint8Array[] = [];

  /** `onLine` gets each line without its line feed. */
  constructor(onLine: (line: Uint8Array) => void) {
    this.#onLine = onLine;
  }

  /** Bytes that nobody changes any more. */
  add(bytes: Uint8Array): void {
    let from = 0;
    for (let to = bytes.indexOf(LINE_FEED); to >= 0; to = bytes.indexOf(LINE_FEED, from)) {
      this.#rest.push(bytes.subarray(from, to));
      this.#end();
      from = to + 1;
    }
    if (from < bytes.length) this.#rest.push(bytes.subarray(from));
  }

  /** Nothing more comes: what is left is a line as well. */
  finish(): void {
    if (this.#rest.length > 0) this.#end();
  }

  #end(): void {
    const line = join(this.#rest);
    this.#rest = [];
    this.#onLine(line);
  }
}
