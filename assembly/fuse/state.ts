// SPDX-License-Identifier: LGPL-2.1-or-later

// Where the masks are: with the host, one 32-bit word for each slot, so that they may lie in memory that others share. Declared functions of this file become
// imports of the module "state".

/** The word of a slot; 0 where nothing was ever put. */
export declare function load(slot: u32): u32;
/** Puts `next` where `old` stands, as one step: 1; 0 where another value stands; -ENOMEM where there is no room for that slot. */
export declare function cas(slot: u32, old: u32, next: u32): i32;
