// SPDX-License-Identifier: LGPL-2.1-or-later

/** The program of the helper, for a runtime whose node:fs reads and writes any descriptor. */
import type { HelperOptions, HelperProgram } from './runtime.js';

const EIO = 5;

/** By node:fs: its exceptions cost more than native code would, but come only at the end. */
export function becomeByFs({ fd, title }: HelperOptions): HelperProgram {
  const fs = process.getBuiltinModule('node:fs');
  // What ps(1) shows, instead of the program's text.
  process.title = title;
  const status = (call: () => number): number => {
    try {
      return call();
    } catch (error) {
      return (error as NodeJS.ErrnoException).errno ?? -EIO;
    }
  };
  return {
    channel: {
      read: (buffer) => status(() => fs.readSync(fd, buffer, 0, buffer.length, null)),
      write: (buffer, offset, size) => status(() => fs.writeSync(fd, buffer, offset, size, null)),
    },
    args: process.argv,
    say: (text) => void fs.writeSync(1, text),
    exit: (status) => process.exit(status),
  };
}
