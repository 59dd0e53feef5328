// SPDX-License-Identifier: LGPL-2.1-or-later

// Which backends this machine has, asked past vpoll. Asking starts nothing.

import { accessSync, constants } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { BACKENDS, BY_COST } from '../../src/backends.js';
import type { BackendName } from '../../src/index.js';
import { hasVPollEventfd } from '../real/support/kernel.js';

const NAMES = BACKENDS.slice(1) as BackendName[];

/** Whether the loopback device is up. */
function hasLoopback(): boolean {
  return (networkInterfaces().lo ?? []).some(({ address }) => address === '127.0.0.1');
}

/** Whether this machine has a backend. */
export function isHere(name: BackendName): boolean {
  if (name === 'eventfd') return hasVPollEventfd();
  if (name === 'socketpair') return true;
  if (name === 'tcp') return hasLoopback();
  try {
    accessSync(name === 'fuse' ? '/dev/fuse' : '/dev/vpoll', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Those that this machine has, in the order of preference. */
export const HERE = NAMES.filter(isHere);

/** What a program gets that asks for nothing. */
export const FIRST = HERE[0]!;

/** Those that this machine has, in the order of cost: a helper process last. */
export const CHEAPEST = BY_COST.filter((name) => HERE.includes(name));
