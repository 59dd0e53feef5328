// SPDX-License-Identifier: LGPL-2.1-or-later

import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Test } from 'uvu';

/**
 * What a test can't do without: a tool by name (`'python3'`), or a file by absolute path (`'/usr/include/sys/vpoll.h'`).
 * Or a property of this machine, such as a kernel feature, that the test has looked up itself.
 */
export type Need = string | { name: string; has: boolean };

/** Registers a test, like uvu's `test(name, body)`. */
export type Register = (name: string, body: () => void | Promise<void>) => void;

function accessible(file: string, mode: number): boolean {
  try {
    accessSync(file, mode);
    return true;
  } catch {
    return false;
  }
}

function isMet(need: Need): boolean {
  if (typeof need !== 'string') return need.has;
  if (isAbsolute(need)) return accessible(need, constants.R_OK);
  return (process.env.PATH ?? '').split(delimiter).some((folder) => accessible(join(folder, need), constants.X_OK));
}

/**
 * Registers tests that need something which a machine may lack. Where it is missing, the test is skipped by name and says why
 * (`SKIP name: reason`; the runner counts these lines). In CI (`CI` set) a missing tool or file is a failure instead, since
 * tools/apt.sh could have installed it. A missing property of the machine can't be installed, so it fails only where
 * `VPOLL_NO_SKIP=1` forbids every skip.
 *
 *     const withPython = needs(test, 'python3');
 *     withPython('a python program polls it', async () => { ... });
 */
export function needs(test: Test, ...all: Need[]): Register {
  const missing = all.filter((need) => !isMet(need));
  if (missing.length === 0) {
    return (name, body) => {
      test(name, body);
    };
  }
  const reason = `needs ${missing.map((need) => (typeof need === 'string' ? need : need.name)).join(', ')}`;
  const canInstall = missing.some((need) => typeof need === 'string');
  const mustRun = process.env.VPOLL_NO_SKIP === '1' || (Boolean(process.env.CI) && canInstall);
  if (mustRun) {
    return (name) => {
      test(name, () => {
        throw new Error(`${reason}, which is missing here`);
      });
    };
  }
  return (name, body) => {
    console.log(`SKIP ${name}: ${reason}`);
    test.skip(name, body);
  };
}
