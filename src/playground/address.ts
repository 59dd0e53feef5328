// SPDX-License-Identifier: LGPL-2.1-or-later

// A scenario and its seed as the part of an address behind `#`.

import { decode } from '../base64.js';

/** What an address asks for. */
export interface Asked {
  /** Undefined where it names none. */
  readonly seed: string | undefined;
  /** An example's name, or a text. */
  readonly example: string | undefined;
  readonly text: string | undefined;
}

function pack(text: string): string {
  const binary = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function unpack(text: string): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(decode(text.replaceAll('-', '+').replaceAll('_', '/')));
}

/** What comes behind `#`. */
export function toHash(text: string, seed: string): string {
  return `#seed=${encodeURIComponent(seed)}&scenario=${pack(text)}`;
}

/** The reverse. Undefined where it holds a scenario that can't be read. */
export function fromHash(hash: string): Asked | undefined {
  const given = new URLSearchParams(hash.slice(1));
  const packed = given.get('scenario');
  try {
    return {
      seed: given.get('seed') ?? (packed === null ? undefined : '0'),
      example: given.get('example') ?? undefined,
      text: packed === null ? undefined : unpack(packed),
    };
  } catch {
    return undefined;
  }
}
