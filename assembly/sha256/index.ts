// SPDX-License-Identifier: LGPL-2.1-or-later

// SHA-256 (FIPS 180-4), by which the library knows its helper again before it executes it. A module of its own: to load its cryptography takes a runtime 2 to
// 20 ms, and this less than one.

/** The first 32 bits of the fractions of the square roots of the first 8 primes. */
const INITIAL = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

/** The same of the cube roots of the first 64. */
const ROUNDS = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
  0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
  0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
  0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
  0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
  0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

const BLOCK: u32 = 64;
/** The longest text, in bytes. */
export const SIZE_MAX: u32 = 131072;
/** Where its digest is then: eight words, each in this machine's order. */
export const digest: usize = memory.data(32, 16);
/** One block's 64 words. */
const schedule = memory.data(256, 16);
/** Where the text is put, with room for the length behind it. It comes last, for short addresses before it. */
export const text: usize = memory.data(131072 + 128, 16);

function extend(block: usize): void {
  for (let i: usize = 0; i < 64; i += 4) store<u32>(schedule + i, bswap(load<u32>(block + i)));
  for (let at = schedule + 64; at < schedule + 256; at += 4) {
    const far = load<u32>(at - 60);
    const near = load<u32>(at - 8);
    const small = rotr(far, 7) ^ rotr(far, 18) ^ (far >> 3);
    const large = rotr(near, 17) ^ rotr(near, 19) ^ (near >> 10);
    store<u32>(at, load<u32>(at - 64) + small + load<u32>(at - 28) + large);
  }
}

/**
 * Takes a block in. What goes through the rounds is in locals. This runs once in most programs, so no engine optimises it: each load is a memory access,
 * and each call a call. With the eight words in memory the hash of a helper took 7 ms; so it takes one.
 */
function compress(block: usize): void {
  extend(block);
  let a = load<u32>(digest);
  let b = load<u32>(digest, 4);
  let c = load<u32>(digest, 8);
  let d = load<u32>(digest, 12);
  let e = load<u32>(digest, 16);
  let f = load<u32>(digest, 20);
  let g = load<u32>(digest, 24);
  let h = load<u32>(digest, 28);
  // One round: a word goes in, and the eight move on by one.
  for (let i: usize = 0; i < 256; i += 4) {
    const high = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25);
    const more = h + high + (g ^ (e & (f ^ g))) + load<u32>(ROUNDS + i) + load<u32>(schedule + i);
    const low = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22);
    const sum = more + low + ((a & b) ^ (c & (a ^ b)));
    h = g;
    g = f;
    f = e;
    e = d + more;
    d = c;
    c = b;
    b = a;
    a = sum;
  }
  // The first eight words of the block are done with.
  store<u32>(schedule, a);
  store<u32>(schedule, b, 4);
  store<u32>(schedule, c, 8);
  store<u32>(schedule, d, 12);
  store<u32>(schedule, e, 16);
  store<u32>(schedule, f, 20);
  store<u32>(schedule, g, 24);
  store<u32>(schedule, h, 28);
  for (let i: usize = 0; i < 32; i += 4) store<u32>(digest + i, load<u32>(digest + i) + load<u32>(schedule + i));
}

/** Makes the digest of the text, which is so many bytes long: 0, or -1 where it is too long. */
export function sha256(size: u32): i32 {
  if (size > SIZE_MAX) return -1;
  // Behind it a bit, zeros, and its length in bits; all of it whole blocks.
  const end = ((size + 8) / BLOCK + 1) * BLOCK;
  memory.fill(text + size, 0, end - size);
  store<u8>(text + size, 0x80);
  store<u32>(text + end - 4, bswap(size << 3));
  memory.copy(digest, INITIAL, 32);
  for (let at: u32 = 0; at < end; at += BLOCK) compress(text + at);
  return 0;
}
