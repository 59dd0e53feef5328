// SPDX-License-Identifier: LGPL-2.1-or-later

// The numbers that the core uses: those that it shares with the kernel and its hosts are generated (abi.ts, structs.ts), and the backends are its own.

export * from './abi';
export * from './structs';
export { O_CLOEXEC as CLOEXEC, O_NONBLOCK as NONBLOCK } from './abi'; // of eventfd(2) and socket(2) as well

/** In place of a backend's number: the first that is there. */
export const AUTO: i32 = 0;
