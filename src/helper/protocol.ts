// SPDX-License-Identifier: LGPL-2.1-or-later

// Numbers of the FUSE protocol, include/uapi/linux/fuse.h. All offsets are in bytes; integers have the machine's order, which is little-endian on
// every architecture that vpoll knows (host/abi.ts).

/** Operations, `opcode` of struct fuse_in_header. */
export const OPCODE = {
  FORGET: 2,
  GETATTR: 3,
  SETATTR: 4,
  OPEN: 14,
  READ: 15,
  WRITE: 16,
  STATFS: 17,
  RELEASE: 18,
  INIT: 26,
  INTERRUPT: 36,
  DESTROY: 38,
  IOCTL: 39,
  POLL: 40,
  BATCH_FORGET: 42,
} as const;

/** struct fuse_in_header: len, opcode, unique (u64), nodeid (u64), uid, gid, pid (of the thread), ... */
export const IN = { opcode: 4, unique: 8, uid: 24, pid: 32, size: 40 } as const;
/** struct fuse_out_header: len, error, unique (u64). */
export const OUT = { len: 0, error: 4, unique: 8, size: 16 } as const;

/** The protocol that is spoken here: 7.31, of Linux 5.4. The kernel keeps to the lower of the two minors. */
export const MAJOR = 7;
export const MINOR = 31;

/** Room for a request: more than the least that the kernel accepts (FUSE_MIN_READ_BUFFER, 8192), and than a write of {@link WRITE_MAX}. */
export const REQUEST_ROOM = 65536;
/** The longest write that arrives in one piece. Eight bytes matter. */
export const WRITE_MAX = 4096;

/**
 * Flags of an open file: DIRECT_IO (no page cache), NONSEEKABLE and STREAM (pread and pwrite say ESPIPE), NOFLUSH (close sends no request of its
 * own), PARALLEL_DIRECT_WRITES (a write waits for no other). A kernel that doesn't know one ignores it.
 */
export const OPEN_FLAGS = 0x01 | 0x04 | 0x10 | 0x20 | 0x40;

/** struct fuse_poll_in, flags: the kernel has a waiter, and wants to be told. */
export const POLL_SCHEDULE_NOTIFY = 1;
/** struct fuse_out_header, error of a message without a request: FUSE_NOTIFY_POLL. */
export const NOTIFY_POLL = 1;

/** struct fuse_setattr_in, valid: FATTR_MODE, FATTR_UID, FATTR_GID. */
export const ATTR_OWNERSHIP = 7;

export const S_IFREG = 0o100000;
