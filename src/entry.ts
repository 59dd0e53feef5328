// SPDX-License-Identifier: LGPL-2.1-or-later

// What the core's table says of a vpoll: its fields are those of host/structs.ts.

import { ENTRY } from '../host/structs.js';

/** The part of the core's exports that the table is looked at by. */
export interface Table {
  readonly memory: WebAssembly.Memory;
  /** Where the entry is; 0: there is none, or it is another vpoll's. Any generation is meant by 0. */
  find(fd: number, generation: number): number;
}

/** What `read` finds in the entry of a vpoll, or `none` where it is not in the table. */
export function readEntry<T>(table: Table, fd: number, generation: number, none: T, read: (view: DataView) => T): T {
  const entry = table.find(fd, generation);
  return entry === 0 ? none : read(new DataView(table.memory.buffer, entry, ENTRY.size));
}

export function generationOf(table: Table, fd: number): number {
  return readEntry(table, fd, 0, 0, (view) => view.getUint32(ENTRY.generation, true));
}

/** The number of its backend; 0 where it is not in the table. */
export function backendOf(table: Table, fd: number, generation: number): number {
  return readEntry(table, fd, generation, 0, (view) => view.getUint8(ENTRY.backend));
}

/** Its flags, as the options of create. */
export function flagsOf(table: Table, fd: number): number {
  return readEntry(table, fd, 0, 0, (view) => view.getUint8(ENTRY.flags));
}
