// SPDX-License-Identifier: LGPL-2.1-or-later

// What the guest of guest.test.ts asks of preview 1. The file has the name of the module that a runtime gives them by.

export declare function poll_oneoff(subscriptions: usize, events: usize, count: u32, got: usize): i32;
export declare function clock_time_get(clock: i32, precision: u64, time: usize): i32;
export declare function random_get(at: usize, size: u32): i32;
export declare function sched_yield(): i32;
export declare function fd_read(fd: i32, pieces: usize, count: u32, got: usize): i32;
export declare function fd_write(fd: i32, pieces: usize, count: u32, written: usize): i32;
export declare function fd_close(fd: i32): i32;
export declare function fd_fdstat_get(fd: i32, stat: usize): i32;
export declare function fd_fdstat_set_flags(fd: i32, flags: u32): i32;
export declare function args_sizes_get(count: usize, size: usize): i32;
export declare function args_get(argv: usize, text: usize): i32;
export declare function environ_sizes_get(count: usize, size: usize): i32;
export declare function environ_get(environ: usize, text: usize): i32;
export declare function sock_recv(fd: i32, pieces: usize, count: u32, flags: u32, got: usize, flagsOut: usize): i32;
export declare function sock_send(fd: i32, pieces: usize, count: u32, flags: u32, sent: usize): i32;
export declare function sock_shutdown(fd: i32, how: u32): i32;
export declare function sock_accept(fd: i32, flags: u32, accepted: usize): i32;
export declare function proc_exit(status: i32): void;
