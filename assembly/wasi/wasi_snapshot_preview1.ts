// SPDX-License-Identifier: LGPL-2.1-or-later

// What the command asks of a WASI runtime (preview 1): its arguments, and streams. No clock, no random numbers. The file has the name of
// the module that a runtime gives them by. Each returns a wasi errno, 0 for none; proc_exit doesn't return.

/** How many arguments there are, and how many bytes they take. */
export declare function args_sizes_get(count: usize, size: usize): i32;
/** Their addresses, and their text, each with a zero behind it. */
export declare function args_get(argv: usize, text: usize): i32;
/** Reads into `count` pieces (address, size): the number of bytes at `got`. */
export declare function fd_read(fd: i32, pieces: usize, count: i32, got: usize): i32;
export declare function fd_write(fd: i32, pieces: usize, count: i32, written: usize): i32;
export declare function proc_exit(status: i32): void;
