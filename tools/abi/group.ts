// SPDX-License-Identifier: LGPL-2.1-or-later

/** How the tables of this folder are written down. */

/** Numbers that belong together. */
export interface Group {
  /** What they are, and the page that says so. */
  readonly about: string;
  /** C headers that define them; none where they are of vpoll's own making. */
  readonly headers: readonly string[];
  /** Their type in AssemblyScript. */
  readonly type: 'i32' | 'u32' | 'usize';
  /** The core rests on them: the C library compares them where it is compiled. They are in headers that every libc has. */
  readonly core?: true;
  /** Whether they are written in hexadecimal. */
  readonly hex?: true;
  /** Who has them: the core and the simulated kernel (assembly), or what is TypeScript (host). Both unless it says one. */
  readonly only?: 'assembly' | 'host';
  /** The one architecture (a name of process.arch) that has these; the others have other numbers. */
  readonly arch?: 'x64';
  /** What stands before the names but in AssemblyScript: EPOLL. */
  readonly prefix?: string;
  readonly numbers: Readonly<Record<string, number>>;
  /** C expressions for those that the headers call otherwise, or by several names. */
  readonly means?: Readonly<Record<string, readonly string[]>>;
}
