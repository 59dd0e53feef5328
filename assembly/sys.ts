// SPDX-License-Identifier: LGPL-2.1-or-later

// The calls that the core may make: host/sys.ts defines each and says what it returns. Declared functions of this file become
// imports of the module "sys". call.ts uses them, and tcpinfo.ts uses getsockopt.

export declare function eventfd(initval: u32, flags: i32): i32;
export declare function open(path: usize, flags: i32): i32;
export declare function ioctl(fd: i32, request: u32, arg: u32): i32;
export declare function socketpair(domain: i32, type: i32, protocol: i32, pair: usize): i32;
export declare function read(fd: i32, buffer: usize, size: u32): i32;
export declare function write(fd: i32, buffer: usize, size: u32): i32;
export declare function send(fd: i32, buffer: usize, size: u32, flags: i32): i32;
export declare function recv(fd: i32, buffer: usize, size: u32, flags: i32): i32;
export declare function shutdown(fd: i32, how: i32): i32;
export declare function fcntl(fd: i32, command: i32, arg: i32): i32;
export declare function setsockopt(fd: i32, level: i32, name: i32, value: usize, size: u32): i32;
export declare function getsockopt(fd: i32, level: i32, name: i32, value: usize, size: usize): i32;
export declare function fstat(fd: i32, buffer: usize): i32;
export declare function poll(fds: usize, count: u32, timeoutMs: i32): i32;
export declare function close(fd: i32): i32;
export declare function socket(domain: i32, type: i32, protocol: i32): i32;
export declare function bind(fd: i32, address: usize, size: u32): i32;
export declare function listen(fd: i32, backlog: i32): i32;
export declare function accept4(fd: i32, address: usize, size: usize, flags: i32): i32;
export declare function connect(fd: i32, address: usize, size: u32): i32;
export declare function getsockname(fd: i32, address: usize, size: usize): i32;
export declare function getpeername(fd: i32, address: usize, size: usize): i32;
export declare function dup3(fd: i32, to: i32, flags: i32): i32;
export declare function openat(directory: i32, path: usize, flags: i32): i32;
