// SPDX-License-Identifier: LGPL-2.1-or-later

// What /proc/self/fdinfo/FD (proc_pid_fdinfo(5)) says of an eventfd: a line `eventfd-id: 12`. Imports nothing, so that a test can run it alone.

/** "fd-id:", the end of the key "eventfd-id:", first byte lowest. */
const KEY: u64 = 0x3a64692d6466;
const KEY_BITS: u64 = 0xffffffffffff;
const KEY_SIZE: usize = 6;

/** The eventfd-id in the `size` bytes of text at `at`; -1 where they have none, or end before it does. */
export function idIn(at: usize, size: i32): i32 {
  const end = at + size;
  for (let p = at; p + 8 <= end; p++) {
    if ((load<u64>(p) & KEY_BITS) != KEY) continue;
    p += KEY_SIZE;
    while (p < end && (load<u8>(p) == 32 || load<u8>(p) == 9)) p++;
    const first = p;
    let id = 0;
    for (; p < end && <u32>load<u8>(p) - 48 <= 9; p++) id = id * 10 + load<u8>(p) - 48;
    return first < p && p < end ? id : -1;
  }
  return -1;
}
