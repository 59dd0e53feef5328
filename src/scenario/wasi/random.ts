// SPDX-License-Identifier: LGPL-2.1-or-later

// Numbers that a seed decides (SplitMix64; Steele, Lea and Flood, OOPSLA 2014): nothing that a secret may be made of.

const STEP = 0x9e3779b97f4a7c15n;

function to64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

/** Gives 64 further bits at each call. */
export function makeRandom(seed: bigint): () => bigint {
  let state = to64(seed);
  return () => {
    state = to64(state + STEP);
    let mixed = state;
    mixed = to64((mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n);
    mixed = to64((mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn);
    return mixed ^ (mixed >> 31n);
  };
}

/** Fills bytes, eight a number, lowest first. */
export function fill(bytes: Uint8Array, random: () => bigint): void {
  let bits = 0n;
  for (let index = 0; index < bytes.length; index++) {
    bits = index % 8 === 0 ? random() : bits >> 8n;
    bytes[index] = Number(bits & 255n);
  }
}
