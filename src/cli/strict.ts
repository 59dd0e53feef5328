// SPDX-License-Identifier: LGPL-2.1-or-later

// What a command line holds that its command knows nothing of: citty passes over that in silence.

import { parseArgs } from 'node:util';
import type { ArgsDef } from 'citty';

const EVERYWHERE = ['help', 'h', 'version', 'v'];

/** What is wrong with `argv`, in words, or undefined. */
export function findUnknown(argv: readonly string[], args: ArgsDef): string | undefined {
  const named = Object.entries(args).filter(([, { type }]) => type !== 'positional');
  const types = named.map(([name, { type }]) => [name, { type: type === 'boolean' ? 'boolean' : 'string' }] as const);
  const known = new Set([...EVERYWHERE, ...named.map(([name]) => name)]);
  for (const [name, { type }] of named) if (type === 'boolean') known.add(`no-${name}`);
  const config = { args: [...argv], options: Object.fromEntries(types), strict: false, allowPositionals: true } as const;
  let room = Object.keys(args).length - named.length;
  for (const token of parseArgs({ ...config, tokens: true }).tokens) {
    if (token.kind === 'option' && !known.has(token.name)) return `there is no option ${token.rawName}`;
    if (token.kind === 'positional' && room-- === 0) return `one argument too many: '${token.value}'`;
  }
  return undefined;
}
