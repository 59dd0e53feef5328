// SPDX-License-Identifier: LGPL-2.1-or-later

const LINE_FEED = 10;

/** Bytes that are put together, however small the pieces are. */
export class Bytes {
  #all = new Uint8Array(1024);
  #size = 0;

  add(piece: Uint8Array): void {
    const size = this.#size + piece.length;
    if (size > this.#all.length) {
      const larger = new Uint8Array(2 * size);
      larger.set(this.all);
      this.#all = larger;
    }
    this.#all.set(piece, this.#size);
    this.#size = size;
  }

  /** All of them: valid until the next one is added. */
  get all(): Uint8Array {
    return this.#all.subarray(0, this.#size);
  }

  clear(): void {
    this.#size = 0;
  }
}

/** Takes what comes out of a stream apart. */
export class Lines {
  readonly #onLine: (line: Uint8Array) => void;
  readonly #rest = new Bytes();
  #isBegun = false;

  /** `onLine` gets each line without its line feed. */
  constructor(onLine: (line: Uint8Array) => void) {
    this.#onLine = onLine;
  }

  add(bytes: Uint8Array): void {
    let from = 0;
    for (let to = bytes.indexOf(LINE_FEED); to >= 0; to = bytes.indexOf(LINE_FEED, from)) {
      this.#rest.add(bytes.subarray(from, to));
      this.#end();
      from = to + 1;
    }
    this.#rest.add(bytes.subarray(from));
    this.#isBegun ||= from < bytes.length;
  }

  /** Nothing more comes: what is left is a line as well. */
  finish(): void {
    if (this.#isBegun) this.#end();
  }

  #end(): void {
    this.#isBegun = false;
    this.#onLine(this.#rest.all);
    this.#rest.clear();
  }
}
