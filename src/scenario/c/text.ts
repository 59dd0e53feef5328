// SPDX-License-Identifier: LGPL-2.1-or-later

// Text in C: strings, comments and numbers.

/** Characters that show what follows in another order than a compiler reads it. */
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const encoder = new TextEncoder();

function octal(byte: number): string {
  return `\\${byte.toString(8).padStart(3, '0')}`;
}

/** As UTF-8, or undefined where the bytes are none. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function escape(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  if (character === '\t') return '\\t';
  if (character < ' ' || character === '\u007f' || BIDI.test(character))
    return [...encoder.encode(character)].map(octal).join('');
  return character;
}

/** What stands between the quotes of a string. `bytes` are characters below 256. */
export function toStringText(bytes: string): string {
  const array = Uint8Array.from(bytes, (byte) => byte.charCodeAt(0));
  const text = decode(array);
  const escaped =
    text === undefined
      ? [...array].map((byte) => (byte < 0x80 ? escape(String.fromCharCode(byte)) : octal(byte))).join('')
      : Array.from(text, escape).join('');
  // Two of them begin a trigraph.
  return escaped.replace(/\?(?=\?)/g, '?\\');
}

/** A line as a comment of one line. */
export function toComment(text: string): string {
  const clean = text.replace(/[\u0000-\u001f\u007f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, ' ').trimEnd();
  // Either of these would take the next line into the comment.
  return `// ${clean}${/(\\|\?\?\/)$/.test(clean) ? ' .' : ''}`.trimEnd();
}

/** A number of 64 bits. */
export function toNumber(value: bigint): string {
  if (value === -(2n ** 63n)) return '(-9223372036854775807LL - 1)';
  const isLong = value >= 2n ** 31n || value < -(2n ** 31n) + 1n;
  return `${value}${isLong ? 'LL' : ''}`;
}
