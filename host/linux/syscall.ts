// SPDX-License-Identifier: LGPL-2.1-or-later

// System calls by number, all through one function of libc's. To make a function takes a runtime up to 0.2 ms (Deno), and most of what a start calls is called once.

import { ABIS, type Abi } from '../abi.js';
import type { Ffi } from '../ffi.js';

type Registers = [number, number, number, number, number, number];

/** As C passes it on: a negative int is that in the lower half of its register, which is all that the kernel reads of it. */
function register(value: number): number {
  return value < 0 ? value >>> 0 : value;
}

/** Makes the call: its result, or -errno; -ENOSYS on an architecture that nobody wrote down. Arguments are numbers and addresses, as many as it takes. */
export function systemCall(ffi: Ffi, name: Exclude<keyof Abi['numbers'], 'audit' | 'directory'>, ...args: number[]): number {
  const { word } = ffi;
  const call = ffi.func('syscall', 'ptr', 'ptr', 'ptr', 'ptr', 'ptr', 'ptr');
  const [nr, first, second, third, fourth, fifth] = [ABIS[process.arch]?.numbers[name] ?? -1, ...args, 0, 0, 0, 0, 0].map(
    register,
  ) as Registers;
  const result = call(word(nr), word(first), word(second), word(third), word(fourth), word(fifth));
  return result < 0 ? -ffi.errno() : result;
}
