// SPDX-License-Identifier: LGPL-2.1-or-later

import { createHash } from 'node:crypto';

/** A key of the cache: 12 hexadecimal digits that stand for these texts in this order. */
export function keyOf(texts: string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${Buffer.byteLength(text)}\n`).update(text);
  return hash.digest('hex').slice(0, 12);
}
