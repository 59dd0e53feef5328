// SPDX-License-Identifier: LGPL-2.1-or-later

// Pseudo-random numbers for tests. A long random test begins with the seed of the day, so that each day runs other cases. It prints the
// seed, so that a failure can be repeated.

const DAY_MS = 24 * 3600 * 1000;

/** The days since 1970, or VPOLL_SEED. Says which it is, for the test of that name. */
export function seedOfTheDay(test: string): number {
  const asked = process.env.VPOLL_SEED;
  const seed = asked === undefined ? Math.floor(Date.now() / DAY_MS) : Number(asked);
  if (!Number.isInteger(seed)) throw new Error(`VPOLL_SEED is no integer: ${asked}`);
  console.log(`${test}: seed ${seed} (VPOLL_SEED=${seed} has it again)`);
  return seed;
}

/** The generator of Numerical Recipes: the same numbers for the same seed. */
export class Random {
  #state: number;

  constructor(seed: number) {
    // Seeds that are neighbours begin far apart.
    this.#state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  }

  /** An integer from 0 to below `limit`. */
  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }

  /** `count` different ones. */
  some(count: number, limit: number): number[] {
    const chosen = new Set<number>();
    while (chosen.size < count) chosen.add(this.below(limit));
    return [...chosen];
  }
}
