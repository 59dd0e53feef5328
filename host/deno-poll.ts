// SPDX-License-Identifier: LGPL-2.1-or-later

/** poll(2) in a thread of Deno's, as thread-source.ts wants it. */
export const OPEN_POLL = `(names) => {
  let failure;
  for (const name of names) {
    try {
      const { poll } = Deno.dlopen(name, { poll: { parameters: ['buffer', 'usize', 'i32'], result: 'i32' } }).symbols;
      return (fds) => poll(fds, 2n, -1);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}`;
