// SPDX-License-Identifier: LGPL-2.1-or-later

// Numbers of the Linux user ABI that the core uses. They are the same on every architecture that host/abi.ts lists, and a test
// compiles each against the system headers (test/abi.test.ts), so nothing here rests on memory.

// Event bits, epoll_ctl(2). poll(2) uses the same numbers for all of these.
export const IN: u32 = 0x0001;
export const PRI: u32 = 0x0002;
export const OUT: u32 = 0x0004;
export const ERR: u32 = 0x0008;
export const HUP: u32 = 0x0010;
export const RDNORM: u32 = 0x0040;
export const RDBAND: u32 = 0x0080;
export const WRNORM: u32 = 0x0100;
export const WRBAND: u32 = 0x0200;
export const MSG: u32 = 0x0400;
export const RDHUP: u32 = 0x2000;

/** The eleven bits that a program may assert. All others belong to the kernel or are options of a waiter. */
export const SETTABLE: u32 = 0x27df;

// Operations: VPOLL_CTL_* of libvpoll; the same numbers are the ioctls' and the upper half of the EFD_VPOLL file ABI.
export const OP_ADD: i32 = 1;
export const OP_DEL: i32 = 2;
export const OP_SET: i32 = 3;

/** _IO('^', 0): the ioctls of a vpoll file are this number plus the operation. */
export const VPOLL_IOC: u32 = 0x5e00;

// Flags of create. libvpoll's programs pass FD_CLOEXEC; those that think of eventfd(2) pass EFD_CLOEXEC or EFD_NONBLOCK.
export const FD_CLOEXEC: i32 = 1;
export const CLOEXEC: i32 = 0x80000; // = O_CLOEXEC = EFD_CLOEXEC = SOCK_CLOEXEC
export const NONBLOCK: i32 = 0x800; // = O_NONBLOCK = EFD_NONBLOCK = SOCK_NONBLOCK
export const EFD_VPOLL: i32 = 2;

export const O_RDONLY: i32 = 0;
export const O_RDWR: i32 = 2;
export const O_NOCTTY: i32 = 0x100;
export const F_GETFD: i32 = 1;
export const F_SETFD: i32 = 2;
export const F_DUPFD_CLOEXEC: i32 = 1030;

export const AF_UNIX: i32 = 1;
export const AF_INET: i32 = 2;
export const SOCK_STREAM: i32 = 1;
export const SOL_SOCKET: i32 = 1;
export const SO_TYPE: i32 = 3;
export const SO_ERROR: i32 = 4;
export const SO_SNDBUF: i32 = 7;
export const SO_RCVBUF: i32 = 8;
export const SO_RCVLOWAT: i32 = 18;
export const SO_SNDTIMEO: i32 = 21;
export const SO_TIMESTAMPING: i32 = 37;
export const SO_DOMAIN: i32 = 39;
export const SOF_TIMESTAMPING_SOFTWARE: i32 = 0x10;
export const SOF_TIMESTAMPING_TX_SCHED: i32 = 0x100;
export const SOF_TIMESTAMPING_OPT_TSONLY: i32 = 0x800;
export const IPPROTO_TCP: i32 = 6;
export const TCP_INFO: i32 = 11;
export const TCP_NOTSENT_LOWAT: i32 = 25;
export const MSG_OOB: i32 = 1;
export const MSG_PEEK: i32 = 2;
export const MSG_TRUNC: i32 = 0x20;
export const MSG_EOR: i32 = 0x80;
export const MSG_ERRQUEUE: i32 = 0x2000;
export const MSG_DONTWAIT: i32 = 0x40;
export const MSG_NOSIGNAL: i32 = 0x4000;
export const SHUT_RD: i32 = 0;
export const SHUT_WR: i32 = 1;
export const SHUT_RDWR: i32 = 2;

export const S_IFMT: u32 = 0xf000;
export const S_IFCHR: u32 = 0x2000;
export const S_IFREG: u32 = 0x8000;

// errno(3)
export const EPERM: i32 = 1;
export const ENOENT: i32 = 2;
export const EINTR: i32 = 4;
export const EIO: i32 = 5;
export const ENXIO: i32 = 6;
export const EBADF: i32 = 9;
export const EAGAIN: i32 = 11;
export const ENOMEM: i32 = 12;
export const EACCES: i32 = 13;
export const EEXIST: i32 = 17;
export const ENODEV: i32 = 19;
export const ENOTDIR: i32 = 20;
export const EINVAL: i32 = 22;
export const ENFILE: i32 = 23;
export const EMFILE: i32 = 24;
export const ENOTTY: i32 = 25;
export const EPIPE: i32 = 32;
export const EDEADLK: i32 = 35;
export const ENOSYS: i32 = 38;
export const EOPNOTSUPP: i32 = 95;
export const ENETUNREACH: i32 = 101;
export const ECONNABORTED: i32 = 103;
export const ECONNRESET: i32 = 104;
export const ENOBUFS: i32 = 105;
export const EISCONN: i32 = 106;
export const ENOTCONN: i32 = 107;
export const ETIMEDOUT: i32 = 110;
export const EALREADY: i32 = 114;
export const EINPROGRESS: i32 = 115;
export const ENOTRECOVERABLE: i32 = 131;

// Backends by number; src/backends.ts gives them their names.
export const AUTO: i32 = 0;
export const EVENTFD: i32 = 1;
export const DEVICE: i32 = 2;
export const FUSE: i32 = 3;
export const TCP: i32 = 4;
export const SOCKETPAIR: i32 = 5;
export const BACKEND_COUNT: i32 = 6;

// Options of a vpoll, kept in its table entry.
export const CLOSEST: u32 = 1;
export const EXCLUSIVE: u32 = 2;
/** Only a look whether the backend is here: what is opened is closed again, and the table is as it was. Not on a socketpair, which is always here. */
export const LOOK: u32 = 16;
/** Further descriptors of the same vpoll stand in the table (dup(2)). */
export const DUPED: u32 = 4;
/** A change may go through a bit that is neither asked for nor a companion, where the backend can't make it otherwise (tcp). */
export const PASSING: u32 = 32;
/** Of a create without needs: tcp is looked for before the socketpair, as the C library does. */
export const TCP_FIRST: u32 = 64;
/** The kernel knows the EFD_VPOLL file ABI but not our ioctls: the reference's patch. */
export const WRITE_ABI: u32 = 8;
