// SPDX-License-Identifier: LGPL-2.1-or-later

// The text of a scenario, and the words of the line that is being read.

export const SOURCE_MAX: u32 = 0x40000;
/** The text, in UTF-8. */
export const source: usize = memory.data(SOURCE_MAX);

const WORDS_MAX: i32 = 32;
const words: usize = memory.data(WORDS_MAX << 3); // start and size of each
/** How many words the line has. */
export let count: i32 = 0;
/** The line: from its first byte to the one behind its last word. */
export let lineStart: usize = 0;
export let lineEnd: usize = 0;

const BLANK: u32 = 32;
const HASH: u32 = 35;

function isBlank(at: usize): bool {
  return load<u8>(at) <= BLANK;
}

/** Bytes of the mark that some editors begin a file with (U+FEFF). */
export function markSize(size: u32): u32 {
  return size >= 3 && load<u16>(source) == 0xbbef && load<u8>(source, 2) == 0xbf ? 3 : 0;
}

/** Takes the line from `from` to `to` (its line feed) apart. False where it has too many words. */
export function split(from: usize, to: usize): bool {
  count = 0;
  lineStart = from;
  lineEnd = to;
  while (lineEnd > from && isBlank(lineEnd - 1)) lineEnd--;
  let at = from;
  for (;;) {
    while (at < lineEnd && isBlank(at)) at++;
    if (at >= lineEnd || load<u8>(at) == HASH) break;
    if (count == WORDS_MAX) return false;
    const start = at;
    while (at < lineEnd && !isBlank(at)) at++;
    store<u32>(words + ((<usize>count) << 3), <u32>start);
    store<u32>(words + ((<usize>count) << 3), <u32>(at - start), 4);
    count++;
  }
  return true;
}

export function startOf(word: i32): usize {
  return load<u32>(words + ((<usize>word) << 3));
}

export function sizeOf(word: i32): u32 {
  return load<u32>(words + ((<usize>word) << 3), 4);
}

/** The bytes from the start of a word to the end of the line: what `print` prints. */
export function sizeOfRest(word: i32): u32 {
  return <u32>(lineEnd - startOf(word));
}

/** Whether `size` bytes are the ASCII text `what`. */
export function same(at: usize, size: u32, what: string): bool {
  if (size != <u32>what.length) return false;
  const from = changetype<usize>(what);
  for (let i: usize = 0; i < <usize>size; i++) if (load<u8>(at + i) != load<u8>(from + (i << 1))) return false;
  return true;
}

/** Whether a word of the line is `what`. */
export function is(word: i32, what: string): bool {
  return word < count && same(startOf(word), sizeOf(word), what);
}

/** What {@link number} has read: `10`, `0x1f`, `-1`. */
export let value: i64 = 0;

function digit(char: u32): u32 {
  if (char >= 48 && char <= 57) return char - 48;
  const lower = char | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : 255;
}

/** Reads a number into `value`: how many bytes of the text it is, 0 where it is none. It has 64 bits: from 2^63 on it is the one below 0. */
export function number(at: usize, size: u32): u32 {
  const isNegative = size > 0 && load<u8>(at) == 45;
  let used: u32 = isNegative ? 1 : 0;
  const isHex = size - used > 2 && load<u8>(at + used) == 48 && load<u8>(at + used + 1) == 120;
  if (isHex) used += 2;
  const base: u64 = isHex ? 16 : 10;
  const first = used;
  let found: u64 = 0;
  for (; used < size; used++) {
    const next = <u64>digit(load<u8>(at + used));
    if (next >= base) break;
    if (found > (u64.MAX_VALUE - next) / base) return 0;
    found = found * base + next;
  }
  if (used == first || (isNegative && found > (<u64>1) << 63)) return 0;
  value = isNegative ? -(<i64>found) : <i64>found;
  return used;
}

/** Whether the bytes can be a name: a letter or `_`, then letters, digits, `_` and `-`. */
export function isName(at: usize, size: u32): bool {
  for (let i: u32 = 0; i < size; i++) {
    const char = load<u8>(at + i);
    const lower = char | 32;
    const isLetter = (lower >= 97 && lower <= 122) || char == 95;
    if (!isLetter && (i == 0 || !((char >= 48 && char <= 57) || char == 45))) return false;
  }
  return size > 0;
}
