// SPDX-License-Identifier: LGPL-2.1-or-later

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

function loadCollector(): () => void {
  const { Bun } = globalThis as { Bun?: { gc(synchronously: boolean): void } };
  if (Bun) {
    return () => {
      Bun.gc(true);
    };
  }
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

/** Collects all garbage now. */
export const collect = loadCollector();
