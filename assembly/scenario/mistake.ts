// SPDX-License-Identifier: LGPL-2.1-or-later

// What is wrong with a scenario, and in which line.

import * as out from './output';
import * as text from './text';

/** The line that is read. */
export let line: i32 = 0;

export function atLine(its: i32): void {
  line = its;
}

/** Says what is wrong with the line. Gives false, for its caller to give on. */
export function wrong(what: string, word: i32 = -1): bool {
  out.clear();
  out.text('line ');
  out.decimal(line);
  out.text(': ');
  if (word >= 0) {
    out.char(39);
    out.bytes(text.startOf(word), text.sizeOf(word));
    out.text("' ");
  }
  out.text(what);
  out.char(10);
  return false;
}

/** As {@link wrong}, of no line. */
export function wrongAtAll(what: string): bool {
  out.clear();
  out.text(what);
  out.char(10);
  return false;
}
