// SPDX-License-Identifier: LGPL-2.1-or-later

// A file system of one regular file, each open of which is a vpoll. It speaks the EFD_VPOLL file ABI (write(2) and read(2) of 8 bytes) and the ioctls of
// /dev/vpoll. It answers as linux_module/device.c does. A request that is shorter than its struct is EINVAL: nothing is read beyond it.

import * as c from '../constants';
import { isOp, next } from '../events';
import * as messages from './messages';
import * as p from './protocol';
import * as state from './state';
import { VPoll } from './vpoll';
import * as vpolls from './vpolls';
import { countForAll, isWaitedFor, note } from './waiters';

/** A request that gets no answer. No errno is that large. */
const SILENT: i32 = -4096;
const O_ACCMODE: u32 = 3;
/** ERR, HUP and RDHUP: what every waiter is to see, exclusive ones too. */
const FOR_ALL: u32 = c.ERR | c.HUP | c.RDHUP;
/** The longest write that arrives in one piece. Eight bytes matter. */
const WRITE_MAX: u32 = 4096;
/** What read(2) and write(2) take. */
const WORD: u32 = 8;
/** The kernel may keep the attributes, which never change. */
const ATTR_VALID_S: u64 = 3600;
const OPEN_FLAGS: u32 = p.DIRECT_IO | p.NONSEEKABLE | p.STREAM | p.NOFLUSH | p.PARALLEL_DIRECT_WRITES;

/** The request that is served: where it is, and its bytes. */
let request: usize = 0;
let size: usize = 0;

function header(): p.InHeader {
  return changetype<p.InHeader>(request);
}

/** What stands behind the header. */
function argument(): usize {
  return request + offsetof<p.InHeader>();
}

/** Whether the request has so many bytes behind its header. */
function has(bytes: usize): bool {
  return size >= offsetof<p.InHeader>() + bytes;
}

/**
 * Carries out a request, and wakes before it is answered: its maker sees the wake-up done. The new mask, or -errno. `events` are as wide as an ioctl's
 * argument; a DEL ignores what nobody can set.
 */
function change(vpoll: VPoll, op: i32, events: u64): i32 {
  if (!vpolls.isWritable(vpoll)) return -c.EBADF;
  if (!isOp(op) || (op != c.OP_DEL && events & ~(<u64>c.SETTABLE))) return -c.EINVAL;
  const change = (<u32>events) & c.SETTABLE;
  const slot = vpolls.handleOf(vpoll);
  let mask: u32;
  let r: i32;
  do {
    const old = state.load(slot);
    mask = next(old, op, change);
    r = state.cas(slot, old, mask);
  } while (r == 0);
  if (r < 0) return r;
  if (op != c.OP_DEL && change != 0 && isWaitedFor(vpoll)) messages.notify(vpoll.kh, change & FOR_ALL ? countForAll(vpoll) : 1);
  return mask;
}

/** Which flags are set matters to what can be mapped, listed or locked: nothing here. */
function init(): i32 {
  if (!has(offsetof<p.InitIn>())) return -c.EINVAL;
  if (changetype<p.InitIn>(argument()).major < p.MAJOR) return -c.EINVAL;
  // A kernel of a later major asks again with this one.
  const out = changetype<p.InitOut>(messages.body());
  out.major = p.MAJOR;
  out.minor = p.MINOR;
  out.max_background = 64;
  out.congestion_threshold = 48;
  out.max_write = WRITE_MAX;
  out.time_gran = 1;
  return <i32>p.INIT_OUT_SIZE;
}

function attributes(): i32 {
  const out = messages.body();
  changetype<p.AttrOut>(out).attr_valid = ATTR_VALID_S;
  const attr = changetype<p.Attr>(out + offsetof<p.AttrOut>());
  attr.ino = p.ROOT_ID;
  attr.mode = c.S_IFREG | 0o666;
  attr.nlink = 1;
  attr.blksize = 4096;
  return offsetof<p.AttrOut>() + offsetof<p.Attr>();
}

/** As a device: its length can be set to anything and stays what it is (O_TRUNC), its owner and mode can't. */
function setAttributes(): i32 {
  if (!has(offsetof<p.SetattrIn>())) return -c.EINVAL;
  return changetype<p.SetattrIn>(argument()).valid & p.ATTR_OWNERSHIP ? -c.EPERM : attributes();
}

function open(): i32 {
  if (!has(offsetof<p.OpenIn>())) return -c.EINVAL;
  const handle = vpolls.open(header().uid, (changetype<p.OpenIn>(argument()).flags & O_ACCMODE) != c.O_RDONLY);
  if (handle < 0) return <i32>handle;
  const out = changetype<p.OpenOut>(messages.body());
  out.fh = handle;
  out.open_flags = OPEN_FLAGS;
  return offsetof<p.OpenOut>();
}

function release(): i32 {
  if (!has(offsetof<p.ReleaseIn>())) return -c.EINVAL;
  const vpoll = vpolls.find(changetype<p.ReleaseIn>(argument()).fh);
  // The kernel takes no notice of what a release is answered.
  if (vpoll != null) vpolls.release(vpoll);
  return 0;
}

function poll(): i32 {
  if (!has(offsetof<p.PollIn>())) return -c.EINVAL;
  const asked = changetype<p.PollIn>(argument());
  const vpoll = vpolls.find(asked.fh);
  if (vpoll == null) return -c.EBADF;
  const mask = state.load(vpolls.handleOf(vpoll));
  if (asked.flags & p.SCHEDULE_NOTIFY) {
    vpoll.kh = asked.kh;
    const isNew = note(vpoll, header().pid);
    if (isNew && mask & FOR_ALL) messages.notify(vpoll.kh, countForAll(vpoll));
  }
  changetype<p.PollOut>(messages.body()).revents = mask;
  return offsetof<p.PollOut>();
}

function ioctl(): i32 {
  if (!has(offsetof<p.IoctlIn>())) return -c.EINVAL;
  const asked = changetype<p.IoctlIn>(argument());
  const vpoll = vpolls.find(asked.fh);
  if (vpoll == null) return -c.EBADF;
  const op = <i32>(asked.cmd - c.VPOLL_IOC);
  if (!isOp(op)) return -c.ENOTTY;
  const mask = change(vpoll, op, asked.arg);
  if (mask < 0) return mask;
  changetype<p.IoctlOut>(messages.body()).result = mask;
  return offsetof<p.IoctlOut>();
}

function write(): i32 {
  if (!has(offsetof<p.WriteIn>())) return -c.EINVAL;
  const asked = changetype<p.WriteIn>(argument());
  const vpoll = vpolls.find(asked.fh);
  if (vpoll == null) return -c.EBADF;
  if (asked.size < WORD || !has(offsetof<p.WriteIn>() + WORD)) return -c.EINVAL;
  const word = load<u64>(argument() + offsetof<p.WriteIn>());
  const mask = change(vpoll, <i32>(word >> 32), <u32>word);
  if (mask < 0) return mask;
  changetype<p.WriteOut>(messages.body()).size = WORD;
  return offsetof<p.WriteOut>();
}

function read(): i32 {
  if (!has(offsetof<p.ReadIn>())) return -c.EINVAL;
  const asked = changetype<p.ReadIn>(argument());
  const vpoll = vpolls.find(asked.fh);
  if (vpoll == null) return -c.EBADF;
  if (asked.size < WORD) return -c.EINVAL;
  store<u64>(messages.body(), state.load(vpolls.handleOf(vpoll)));
  return WORD;
}

/** Carries out the request: the size of the answer's body, -errno, or SILENT. */
function carryOut(): i32 {
  switch (header().opcode) {
    case p.POLL:
      return poll();
    case p.IOCTL:
      return ioctl();
    case p.WRITE:
      return write();
    case p.READ:
      return read();
    case p.OPEN:
      return open();
    case p.RELEASE:
      return release();
    case p.INIT:
      return init();
    case p.GETATTR:
      return has(offsetof<p.GetattrIn>()) ? attributes() : -c.EINVAL;
    case p.SETATTR:
      return setAttributes();
    case p.STATFS:
      return <i32>p.STATFS_OUT_SIZE;
    case p.FORGET:
    case p.BATCH_FORGET:
    case p.INTERRUPT:
      return SILENT;
    default:
      // Then the kernel asks no more. FLUSH is among them: before NOFLUSH (Linux 5.16) each close, at exec too, would wait for a helper that is stopped.
      return -c.ENOSYS;
  }
}

/** Serves the request of `bytes` bytes at `at`, which has a whole header. */
export function serve(at: usize, bytes: usize): void {
  request = at;
  // The kernel sends as many as it says.
  size = min<usize>(header().len, bytes);
  const status = carryOut();
  if (status != SILENT) messages.answer(header().unique, status);
}
