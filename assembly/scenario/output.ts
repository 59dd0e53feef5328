// SPDX-License-Identifier: LGPL-2.1-or-later

// Text that is put together here: what a scenario prints, and what is wrong with it.

export const SIZE_MAX: u32 = 0x10000;
/** The text; {@link size} bytes of it. */
export const buffer: usize = memory.data(SIZE_MAX);
export let size: u32 = 0;

export function clear(): void {
  size = 0;
}

/** Bytes; what there is no room for is cut off. No line of a scenario comes to that (LINE_MAX of parse.ts). */
export function bytes(from: usize, length: u32): void {
  const fits = min(length, SIZE_MAX - size);
  memory.copy(buffer + size, from, fits);
  size += fits;
}

export function char(code: u32): void {
  if (size < SIZE_MAX) store<u8>(buffer + size++, code);
}

/** ASCII text. */
export function text(what: string): void {
  const from = changetype<usize>(what);
  for (let i: usize = 0; i < <usize>what.length; i++) char(load<u8>(from + (i << 1)));
}

/** A number without a sign, in base 10 or 16. */
export function unsigned(value: u64, base: u64): void {
  let scale: u64 = 1;
  while (value / scale >= base) scale *= base;
  for (; scale > 0; scale /= base) {
    const digit = <u32>((value / scale) % base);
    char(digit < 10 ? 48 + digit : 87 + digit);
  }
}

export function decimal(value: i64): void {
  if (value < 0) char(45);
  unsigned(value < 0 ? -value : value, 10);
}
