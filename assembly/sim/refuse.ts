// SPDX-License-Identifier: LGPL-2.1-or-later

// What this kernel does not simulate is refused by name, before anything has changed. A call that asks for it gives REFUSED. That is no
// errno, so nobody takes it for what Linux says. The table of docs/simulation.md has a row for each.

import { REFUSED } from './numbers';

/** What was refused last: its name, and a number that belongs to it, or -1. */
export let what: string = '';
export let number: i64 = -1;

export function refuse(name: string, its: i64 = -1): i32 {
  what = name;
  number = its;
  return REFUSED;
}
