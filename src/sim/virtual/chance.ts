// SPDX-License-Identifier: LGPL-2.1-or-later

// The chance of a run: the same numbers for the same seed, in every runtime.

/** sfc32 (PractRand, Chris Doty-Humphrey): four words of state, and no product that a number couldn't hold. */
export class Chance {
  /** Whether anything was drawn: a run that draws nothing is the same for every seed of this. */
  isUsed = false;
  readonly #state = new Uint32Array(4);

  /** `seed`: 0 to 2**53 - 1 */
  constructor(seed: number) {
    this.#state.set([seed >>> 0, Math.floor(seed / 2 ** 32), 0, 1]);
    for (let i = 0; i < 12; i++) this.#step();
  }

  /** 32 bits. */
  word(): number {
    this.isUsed = true;
    return this.#step();
  }

  /** 0 to below 1, in steps of 2**-53, as Math.random() gives it. */
  fraction(): number {
    const high = this.word() >>> 5;
    return (high * 2 ** 26 + (this.word() >>> 6)) / 2 ** 53;
  }

  fill(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i += 4) {
      const word = this.word();
      for (let j = i; j < Math.min(i + 4, bytes.length); j++) bytes[j] = word >>> (8 * (j - i));
    }
  }

  /** RFC 9562, version 4. */
  uuid(): string {
    const bytes = new Uint8Array(16);
    this.fill(bytes);
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const text = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-');
  }

  #step(): number {
    const [a, b, c, count] = this.#state as unknown as [number, number, number, number];
    const result = (a + b + count) >>> 0;
    this.#state[3] = count + 1;
    this.#state[0] = b ^ (b >>> 9);
    this.#state[1] = c + (c << 3);
    this.#state[2] = ((c << 21) | (c >>> 11)) + result;
    return result;
  }
}
