// SPDX-License-Identifier: LGPL-2.1-or-later

// The sources of the C library and its helper, changed in one place or another, as a checkout of their own.

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.js';

/** A change of a source, by its path in host/c. */
export type Change = readonly [file: string, from: string, to: string];

/** Library or helper: another number of what they say to each other. */
export const OTHER_NUMBER: Change = ['core/policy.h', '#define VPOLL_ABI 1\n', '#define VPOLL_ABI 7\n'];
/** As 0.1 has it, which neither looked at arguments nor named a number. */
export const OLD_HELPER: Change = [
  'helper/main.c',
  'const bool has_number = argc > 1;',
  'const bool has_number = false; (void)argc; (void)argv;',
];
export const OLD_LIBRARY: Change = ['fuse.c', '{path, word, number, detached, NULL}', '{path, NULL}'];

/** It hangs: the process that the library has started, or the one that is to be the helper. Neither sees that the library is gone. */
export const HANGING: Readonly<Record<'first' | 'second', Change>> = {
  first: ['helper/main.c', '  close_from(3);\n', '  close_from(3);\n  for (;;) kernel_poll(NULL, 0, -1);\n'],
  second: ['helper/main.c', '  helper_reset();\n', '  for (;;) kernel_poll(NULL, 0, -1);\n'],
};

/** Puts host/c with the changes into `place`. Throws where one has nothing to change. */
export function putChanged(place: string, changes: readonly Change[]): void {
  const isSource = (path: string): boolean => path !== join(root, 'host/c/build');
  cpSync(join(root, 'host/c'), join(place, 'host/c'), { recursive: true, filter: isSource });
  for (const [file, from, to] of changes) {
    const path = join(place, 'host/c', file);
    const text = readFileSync(path, 'utf8');
    if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
    writeFileSync(path, text.replace(from, to));
  }
}
