// SPDX-License-Identifier: LGPL-2.1-or-later

import { accessSync, constants } from 'node:fs';
import { test } from 'uvu';
import { helperPid } from '../../../src/fuse/helper.js';
import { VPoll } from '../../../src/index.js';
import { needs, type Need, type Register } from '../../support/needs.js';

/** Whether this machine lets a helper be started at all. */
const HAS_FUSE = ((): boolean => {
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
})();

/** Registers a test that needs /dev/fuse, and what else is named. */
export function withFuse(...all: Need[]): Register {
  return needs(test, { name: '/dev/fuse', has: HAS_FUSE }, 'unshare', ...all);
}

/** The process that serves this one's vpolls. */
export async function helper(): Promise<number> {
  await VPoll.prepare('fuse');
  return helperPid();
}

/** A vpoll of a helper. */
export function create(events = 0): VPoll {
  return VPoll.create({ backend: 'fuse', events });
}
