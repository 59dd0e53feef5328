// SPDX-License-Identifier: LGPL-2.1-or-later

// Puts time, timers and chance of the simulation in the place of the runtime's, for tasks alone. It is done when vpoll/sim is imported, so that
// nobody can forget it. A program that is imported after it captures these and not the originals.

import { syncBuiltins } from '../../../host/builtin.js';
import { insides } from './inside.js';
import { replaceChance } from './random.js';
import { replaceClocks } from './time.js';
import { replaceTimers } from './waits.js';

let isInstalled = false;

export function install(): void {
  // Without contexts nothing tells a task from a test.
  if (isInstalled || !insides) return;
  isInstalled = true;
  replaceClocks();
  replaceTimers();
  replaceChance();
  syncBuiltins();
}
