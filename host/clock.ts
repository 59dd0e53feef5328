// SPDX-License-Identifier: LGPL-2.1-or-later

/** Milliseconds of a clock that never goes back. Node loads `performance` when it is first named, which takes 1 to 5 ms. */
export function nowMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
