// SPDX-License-Identifier: LGPL-2.1-or-later

// The part of the FUSE protocol that is spoken here, include/uapi/linux/fuse.h: each `struct fuse_poll_in` is a PollIn, with the same fields in the same order.
// A class is a layout over memory, which asc makes as a C compiler does; test/fuse/abi.test.ts compares each with the header. Integers have the machine's
// order, which is little-endian on every architecture that vpoll knows (host/abi.ts).

/** The protocol of Linux 5.4. The kernel keeps to the lower of the two minors. */
export const MAJOR: u32 = 7;
export const MINOR: u32 = 31;

// Operations, `opcode` of InHeader.
export const FORGET: u32 = 2;
export const GETATTR: u32 = 3;
export const SETATTR: u32 = 4;
export const OPEN: u32 = 14;
export const READ: u32 = 15;
export const WRITE: u32 = 16;
export const STATFS: u32 = 17;
export const RELEASE: u32 = 18;
export const INIT: u32 = 26;
export const INTERRUPT: u32 = 36;
export const DESTROY: u32 = 38;
export const IOCTL: u32 = 39;
export const POLL: u32 = 40;
export const BATCH_FORGET: u32 = 42;

// FOPEN_*, of an open file.
/** No page cache. */
export const DIRECT_IO: u32 = 0x01;
/** pread and pwrite say ESPIPE, as STREAM does. */
export const NONSEEKABLE: u32 = 0x04;
export const STREAM: u32 = 0x10;
/** close(2) sends no request of its own. Since Linux 5.16. */
export const NOFLUSH: u32 = 0x20;
/** A write waits for no other. Since Linux 6.2; a kernel that doesn't know a flag ignores it. */
export const PARALLEL_DIRECT_WRITES: u32 = 0x40;

/** FUSE_POLL_SCHEDULE_NOTIFY, PollIn.flags: the kernel has a waiter, and wants to be told. */
export const SCHEDULE_NOTIFY: u32 = 1;
/** FUSE_NOTIFY_POLL, OutHeader.error of a message that answers no request. */
export const NOTIFY_POLL: i32 = 1;
/** FATTR_MODE, FATTR_UID and FATTR_GID of SetattrIn.valid. */
export const ATTR_OWNERSHIP: u32 = 7;
/** The inode of the root, which is all that there is. */
export const ROOT_ID: u64 = 1;

@unmanaged
export class InHeader {
  len: u32;
  opcode: u32;
  unique: u64;
  nodeid: u64;
  uid: u32;
  gid: u32;
  /** Of the thread; 0 for one that the server's pid namespace has no number for. */
  pid: u32;
  total_extlen: u16;
  padding: u16;
}

@unmanaged
export class OutHeader {
  len: u32;
  error: i32;
  unique: u64;
}

/** Later kernels send more behind it. */
@unmanaged
export class InitIn {
  major: u32;
  minor: u32;
  max_readahead: u32;
  flags: u32;
}

@unmanaged
export class InitOut {
  major: u32;
  minor: u32;
  max_readahead: u32;
  flags: u32;
  max_background: u16;
  congestion_threshold: u16;
  max_write: u32;
  time_gran: u32;
  max_pages: u16;
  map_alignment: u16;
}
/** Of an InitOut with the fields that came after 7.31, all 0. */
export const INIT_OUT_SIZE: usize = 64;

@unmanaged
export class GetattrIn {
  getattr_flags: u32;
  dummy: u32;
  fh: u64;
}

@unmanaged
export class SetattrIn {
  valid: u32;
  padding: u32;
  fh: u64;
  size: u64;
  lock_owner: u64;
  atime: u64;
  mtime: u64;
  ctime: u64;
  atimensec: u32;
  mtimensec: u32;
  ctimensec: u32;
  mode: u32;
  unused4: u32;
  uid: u32;
  gid: u32;
  unused5: u32;
}

@unmanaged
export class Attr {
  ino: u64;
  size: u64;
  blocks: u64;
  atime: u64;
  mtime: u64;
  ctime: u64;
  atimensec: u32;
  mtimensec: u32;
  ctimensec: u32;
  mode: u32;
  nlink: u32;
  uid: u32;
  gid: u32;
  rdev: u32;
  blksize: u32;
  flags: u32;
}

/** What stands before an {@link Attr}, which is no field here: one class can't lie within another. */
@unmanaged
export class AttrOut {
  /** Seconds that the kernel may keep the attributes. */
  attr_valid: u64;
  attr_valid_nsec: u32;
  dummy: u32;
}

@unmanaged
export class OpenIn {
  flags: u32;
  open_flags: u32;
}

@unmanaged
export class OpenOut {
  fh: u64;
  open_flags: u32;
  padding: u32;
}

@unmanaged
export class ReleaseIn {
  fh: u64;
  flags: u32;
  release_flags: u32;
  lock_owner: u64;
}

@unmanaged
export class ReadIn {
  fh: u64;
  offset: u64;
  size: u32;
  read_flags: u32;
  lock_owner: u64;
  flags: u32;
  padding: u32;
}

/** The data lies behind it. */
@unmanaged
export class WriteIn {
  fh: u64;
  offset: u64;
  size: u32;
  write_flags: u32;
  lock_owner: u64;
  flags: u32;
  padding: u32;
}

@unmanaged
export class WriteOut {
  size: u32;
  padding: u32;
}

@unmanaged
export class PollIn {
  fh: u64;
  /** The kernel's name for the file's waiters. */
  kh: u64;
  flags: u32;
  events: u32;
}

@unmanaged
export class PollOut {
  revents: u32;
  padding: u32;
}

@unmanaged
export class IoctlIn {
  fh: u64;
  flags: u32;
  cmd: u32;
  arg: u64;
  in_size: u32;
  out_size: u32;
}

@unmanaged
export class IoctlOut {
  result: i32;
  flags: u32;
  in_iovs: u32;
  out_iovs: u32;
}

@unmanaged
export class NotifyPollWakeupOut {
  kh: u64;
}

/** sizeof(struct fuse_statfs_out), of which all is 0 here. */
export const STATFS_OUT_SIZE: usize = 80;
