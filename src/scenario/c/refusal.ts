// SPDX-License-Identifier: LGPL-2.1-or-later

// What a scenario has that no program on a real kernel can have.

import type { Mistake } from '../machine.js';
import { MISUSE } from '../machine.js';

export class Refusal extends Error {
  readonly mistake: Mistake;

  constructor(line: number, why: string) {
    super(why);
    this.mistake = { status: MISUSE, message: `line ${line}: ${why}` };
  }
}
