// SPDX-License-Identifier: LGPL-2.1-or-later

// One line on standard error for who waits at a terminal: what is being done. It is gone when that is over, and never in a pipe or a log.

import { printError } from './end.js';
import { columnsOf } from './wrap.js';

/** Erases the line that the cursor is in (console_codes(4)). */
const ERASE = '\r\x1b[K';

/** Whether somebody watches a terminal that can erase a line. */
function isWatched(): boolean {
  return process.stderr.isTTY && process.env.TERM !== 'dumb';
}

/** Shows what is done from now on, in place of what was shown. */
export function showProgress(what: string): void {
  // One column less than there are: in the last one some terminals go to the next line.
  if (isWatched()) printError(ERASE + `${what} ...`.slice(0, columnsOf(process.stderr) - 1));
}

/** Takes the line away, before anything else is printed. */
export function endProgress(): void {
  if (isWatched()) printError(ERASE);
}
