// SPDX-License-Identifier: LGPL-2.1-or-later

// What the backends have in common whose vpoll is two ends of a connection, one of them hidden: a record of the table that shows and closes them.

import { Backend } from './backend';
import * as ends from './ends';

export abstract class Emulated extends Backend {
  get isEmulated(): bool {
    return true;
  }

  events(entry: usize): i32 {
    return ends.events(entry);
  }

  close(entry: usize): i32 {
    return ends.close(entry);
  }
}
