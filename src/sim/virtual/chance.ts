// SPDX-License-Identifier: LGPL-2.1-or-later

// The chance of a run: the same numbers for the same seed, in every runtime.

/** sfc32 (PractRand, Chris Doty-Humphrey): four words of state, and no product that a number couldn't hold. */
class Words {
  readonly #state = new Uint32Array(4);

  /** `seed`: 0 to 2**53 - 1; `stream`: others of the same seed have other words. */
  constructor(seed: number, stream: number) {
    this.#state.set([seed >>> 0, Math.floor(seed / 2 ** 32), stream, 1]);
    for (let i = 0; i < 12; i++) this.next();
  }

  /** 32 bits. */
  next(): number {
    const [a, b, c, count] = this.#state as unknown as [number, number, number, number];
    const result = (a + b + count) >>> 0;
    this.#state[3] = count + 1;
    this.#state[0] = b ^ (b >>> 9);
    this.#state[1] = c + (c << 3);
    this.#state[2] = ((c << 21) | (c >>> 11)) + result;
    return result;
  }

  /** 0 to below 1, in steps of 2**-53, as Math.random() gives it. */
  fraction(): number {
    const high = this.next() >>> 5;
    return (high * 2 ** 26 + (this.next() >>> 6)) / 2 ** 53;
  }
}

/**
 * Math.random() and crypto draw apart: packages draw crypto's bytes in stock, for runs to come as well (ws its masks, uuid and nanoid their names). Those
 * mostly decide nothing; how many there were mustn't change what Math.random() gives.
 */
export class Chance {
  /** Whether anything was drawn: a run that draws nothing is the same for every seed of this. */
  isUsed = false;
  readonly #numbers: Words;
  readonly #bytes: Words;

  /** `seed`: 0 to 2**53 - 1 */
  constructor(seed: number) {
    this.#numbers = new Words(seed, 0);
    this.#bytes = new Words(seed, 1);
  }

  /** What Math.random() gives. */
  fraction(): number {
    this.isUsed = true;
    return this.#numbers.fraction();
  }

  /** Bytes of crypto's. */
  fill(bytes: Uint8Array): void {
    this.isUsed = true;
    for (let i = 0; i < bytes.length; i += 4) {
      const word = this.#bytes.next();
      for (let j = i; j < Math.min(i + 4, bytes.length); j++) bytes[j] = word >>> (8 * (j - i));
    }
  }

  /** An integer of crypto's: 0 to below `count`, which is at most 2**48. */
  below(count: number): number {
    this.isUsed = true;
    return Math.floor(this.#bytes.fraction() * count);
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
}
