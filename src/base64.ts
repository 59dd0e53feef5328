// SPDX-License-Identifier: LGPL-2.1-or-later

// The bytes of a text in base64.

/** By what every host has, a browser too. Throws where the text is none. */
export function decode(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

/** Of a text that is known to be one, as a module is built in. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const { Buffer } = globalThis as { Buffer?: typeof globalThis.Buffer };
  // Which takes a hundredth of the time.
  return Buffer ? new Uint8Array(Buffer.from(text, 'base64')) : decode(text);
}
