// SPDX-License-Identifier: LGPL-2.1-or-later

// Which line of the scenario stands behind which part of the trace: a driver that shows a run asks for it.

import { traceSize } from '../sim/index';

/** How many there are between two looks of the driver: what is beyond counts to the last one. */
const COUNT_MAX: u32 = 512;

/** Where a part of the trace begins: a layout over the static data. */
@unmanaged
class Mark {
  /** In bytes from the beginning of the trace. */
  at: u32;
  /** The line of the scenario, or 0: the kernel itself. */
  line: i32;
}

export const marks: usize = memory.data(4096);
export let count: u32 = 0;

if (<usize>COUNT_MAX * offsetof<Mark>() > 4096) ERROR('marks have no room');

export function clear(): void {
  count = 0;
}

function at(index: u32): Mark {
  return changetype<Mark>(marks + <usize>index * offsetof<Mark>());
}

/** What the trace gets from now on is of this line. */
export function mark(line: i32): void {
  const place = traceSize();
  // A step that has left nothing in the trace needs no mark.
  if (count > 0 && at(count - 1).at == place) {
    at(count - 1).line = line;
    return;
  }
  if (count == COUNT_MAX) return;
  const made = at(count++);
  made.at = place;
  made.line = line;
}
