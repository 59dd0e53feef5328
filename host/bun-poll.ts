// SPDX-License-Identifier: LGPL-2.1-or-later

/** poll(2) in a thread of Bun's, as thread-source.ts wants it. 'ptr' takes a typed array as it is. */
export const OPEN_POLL = `(names) => {
  const { dlopen } = require('bun:ffi');
  let failure;
  for (const name of names) {
    try {
      const { poll } = dlopen(name, { poll: { args: ['ptr', 'usize', 'i32'], returns: 'i32' } }).symbols;
      return (fds) => poll(fds, 2, -1);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}`;
