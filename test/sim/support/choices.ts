// SPDX-License-Identifier: LGPL-2.1-or-later

import * as fc from 'fast-check';

/** What decides a step: numbers that program.ts makes a step of, whatever the state is. */
export type Choice = readonly number[];

/** Everything random about a program. It shrinks to fewer steps and smaller numbers. */
export interface Choices {
  readonly tasks: number;
  readonly limit: number;
  readonly looks: boolean;
  readonly steps: readonly Choice[];
}

const NUMBERS = 8;

/** Programs of up to `steps` steps. */
export function choices(steps: number): fc.Arbitrary<Choices> {
  const number = fc.integer({ min: 0, max: 0xffff });
  return fc.record({
    tasks: fc.integer({ min: 3, max: 6 }),
    limit: fc.constantFrom(64, 64, 12, 8, 8),
    looks: fc.boolean(),
    steps: fc.array(fc.tuple(...Array<fc.Arbitrary<number>>(NUMBERS).fill(number)), {
      minLength: 1,
      maxLength: steps,
      size: 'max',
    }),
  });
}

/** Takes one number of a choice after the other. */
export class Dice {
  #next = 0;

  constructor(private readonly choice: Choice) {}

  /** 0 to `n` - 1. */
  below(n: number): number {
    const value = this.choice[this.#next++ % this.choice.length]!;
    // A second round must not repeat the first one.
    return (value + 7919 * Math.floor((this.#next - 1) / this.choice.length)) % n;
  }

  /** True once in `n`. */
  oneIn(n: number): boolean {
    // Small numbers are what shrinks: there the rare thing doesn't happen.
    return this.below(n) === n - 1;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** One of the values, each as often as its weight says. */
  weighted<T>(items: readonly (readonly [weight: number, value: T])[]): T {
    let left = this.below(items.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, value] of items) {
      if (left < weight) return value;
      left -= weight;
    }
    throw new Error('no weights');
  }
}
