/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * A file system of one regular file, each open of which is a vpoll: the EFD_VPOLL file ABI (write(2) and read(2) of 8 bytes) and the ioctls of /dev/vpoll, and the
 * answers of linux_module/vpoll.c. What a request means is the core's next(). src/helper is the same in TypeScript.
 *
 * A request is answered before the next is read, so none is ever pending, and INTERRUPT has nothing to interrupt.
 */
#include "server.h"

#include "../core/core.h"
#include "vpolls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OP_ADD = 1, OP_DEL, OP_SET };
static const uint32_t SETTABLE = 0x27df;
/* ERR, HUP and RDHUP: what every waiter is to see, exclusive ones too. */
static const uint32_t FOR_ALL = 0x2018;
/* _IO('^', 0): the ioctls are this number plus the operation. */
static const uint32_t VPOLL_IOC = 0x5e00;
/* A request that gets no answer. No errno is that large. */
static const int SILENT = -4096;
/* The protocol of Linux 5.4. The kernel keeps to the lower of the two minors. */
static const uint32_t MINOR = 31;
/* The longest write that arrives in one piece. Eight bytes matter. */
static const uint32_t WRITE_MAX_BYTES = 4096;
/* Seconds that the kernel may keep the attributes, which never change. */
static const uint32_t ATTR_VALID_S = 3600;
/* FOPEN_PARALLEL_DIRECT_WRITES came with Linux 6.2; others ignore it. */
static const uint32_t OPEN_FLAGS = FOPEN_DIRECT_IO | FOPEN_NONSEEKABLE | FOPEN_STREAM | 1 << 5 | 1 << 6;

/* Room for a request: more than the least that the kernel accepts (FUSE_MIN_READ_BUFFER). */
static union {
  struct fuse_in_header header;
  char bytes[65536];
} in;
static const void *const argument = in.bytes + sizeof(struct fuse_in_header);

static struct {
  struct fuse_out_header header;
  union {
    struct fuse_init_out init;
    struct fuse_attr_out attr;
    struct fuse_open_out open;
    struct fuse_poll_out poll;
    struct fuse_ioctl_out ioctl;
    struct fuse_write_out write;
    struct fuse_statfs_out statfs;
    uint64_t word;
  } body;
} out;

/* A mask that the file is to show: the core's pure function, which looks at nothing of the instance. */
static uint32_t next(uint32_t events, int op, uint32_t change) {
  w2c_core none = {0};
  return w2c_core_next(&none, events, (u32)op, change);
}

/* It has no key: all waiters ask again, but of the exclusive ones one for each time. */
static void wake(int device, uint64_t kh, uint32_t times) {
  struct {
    struct fuse_out_header header;
    struct fuse_notify_poll_wakeup_out wakeup;
  } notice = {.header = {.len = sizeof notice, .error = FUSE_NOTIFY_POLL}, .wakeup = {.kh = kh}};
  // ENOENT: the file was closed meanwhile. Another error means that the mount has ended, which the next read tells.
  for (; times > 0; times--) {
    if (write(device, &notice, sizeof notice) < 0) return;
  }
}

/* Carries out a request, and wakes before it is answered: whoever made it sees the wake-up done. The new mask, or -errno. */
static int change(int device, struct vpoll *vpoll, int op, uint32_t events) {
  if (!vpoll->is_writable) return -EBADF;
  if (op < OP_ADD || op > OP_SET || (op != OP_DEL && events & ~SETTABLE)) return -EINVAL;
  events &= SETTABLE;
  vpoll->events = next(vpoll->events, op, events);
  if (op != OP_DEL && events != 0 && vpoll->is_waited_for) wake(device, vpoll->kh, events & FOR_ALL ? vpoll_count_for_all(vpoll) : 1);
  return (int)vpoll->events;
}

static int init(void) {
  const struct fuse_init_in *asked = argument;
  if (asked->major < FUSE_KERNEL_VERSION) return -EINVAL;
  // A kernel of a later major asks again with this one.
  out.body.init = (struct fuse_init_out){
      .major = FUSE_KERNEL_VERSION,
      .minor = MINOR,
      .max_background = 64,
      .congestion_threshold = 48,
      .max_write = WRITE_MAX_BYTES,
      .time_gran = 1,
  };
  return sizeof out.body.init;
}

static int attributes(void) {
  out.body.attr = (struct fuse_attr_out){
      .attr_valid = ATTR_VALID_S,
      .attr = {.ino = FUSE_ROOT_ID, .mode = S_IFREG | 0666, .nlink = 1, .blksize = 4096},
  };
  return sizeof out.body.attr;
}

static int open_file(void) {
  const struct fuse_open_in *asked = argument;
  const int64_t handle = vpolls_open((asked->flags & O_ACCMODE) != O_RDONLY);
  if (handle < 0) return (int)handle;
  out.body.open = (struct fuse_open_out){.fh = (uint64_t)handle, .open_flags = OPEN_FLAGS};
  return sizeof out.body.open;
}

static int poll_file(int device) {
  const struct fuse_poll_in *asked = argument;
  struct vpoll *vpoll = vpolls_get(asked->fh);
  if (vpoll == NULL) return -EBADF;
  if (asked->flags & FUSE_POLL_SCHEDULE_NOTIFY) {
    vpoll->is_waited_for = true;
    vpoll->kh = asked->kh;
    const bool is_new = vpoll_note(vpoll, in.header.pid);
    if (is_new && vpoll->events & FOR_ALL) wake(device, vpoll->kh, vpoll_count_for_all(vpoll));
  }
  out.body.poll.revents = vpoll->events;
  return sizeof out.body.poll;
}

static int ioctl_file(int device) {
  const struct fuse_ioctl_in *asked = argument;
  struct vpoll *vpoll = vpolls_get(asked->fh);
  if (vpoll == NULL) return -EBADF;
  const uint32_t op = asked->cmd - VPOLL_IOC;
  if (op < OP_ADD || op > OP_SET) return -ENOTTY;
  // The upper half holds no event that could be set, and a DEL ignores it.
  if (asked->arg >> 32 != 0 && op != OP_DEL) return -EINVAL;
  const int mask = change(device, vpoll, (int)op, (uint32_t)asked->arg);
  if (mask < 0) return mask;
  out.body.ioctl.result = mask;
  return sizeof out.body.ioctl;
}

static int write_file(int device, size_t size) {
  const struct fuse_write_in *asked = argument;
  struct vpoll *vpoll = vpolls_get(asked->fh);
  uint64_t word;
  if (vpoll == NULL) return -EBADF;
  if (asked->size < sizeof word || size < sizeof in.header + sizeof *asked + sizeof word) return -EINVAL;
  memcpy(&word, asked + 1, sizeof word);
  const int mask = change(device, vpoll, word >> 32 > OP_SET ? 0 : (int)(word >> 32), (uint32_t)word);
  if (mask < 0) return mask;
  out.body.write.size = sizeof word;
  return sizeof out.body.write;
}

static int read_file(void) {
  const struct fuse_read_in *asked = argument;
  const struct vpoll *vpoll = vpolls_get(asked->fh);
  if (vpoll == NULL) return -EBADF;
  if (asked->size < sizeof out.body.word) return -EINVAL;
  out.body.word = vpoll->events;
  return sizeof out.body.word;
}

/* Carries out the request, and leaves what is to be sent behind the header of the answer: its size, -errno, or SILENT. */
static int handle(int device, size_t size) {
  switch (in.header.opcode) {
    case FUSE_POLL:
      return poll_file(device);
    case FUSE_IOCTL:
      return ioctl_file(device);
    case FUSE_WRITE:
      return write_file(device, size);
    case FUSE_READ:
      return read_file();
    case FUSE_OPEN:
      return open_file();
    case FUSE_RELEASE:
      vpolls_release(((const struct fuse_release_in *)argument)->fh);
      return 0;
    case FUSE_INIT:
      return init();
    case FUSE_GETATTR:
      return attributes();
    case FUSE_SETATTR:
      // As a device: its length can be set to anything and stays what it is (O_TRUNC), its owner and mode can't.
      return ((const struct fuse_setattr_in *)argument)->valid & (FATTR_MODE | FATTR_UID | FATTR_GID) ? -EPERM : attributes();
    case FUSE_STATFS:
      return sizeof out.body.statfs;
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT:
      return SILENT;
    default:
      // Then the kernel asks no more. FLUSH is among them: before NOFLUSH (Linux 5.16) each close, at exec too, would wait for a helper that is stopped.
      return -ENOSYS;
  }
}

static void serve(int device, size_t size) {
  memset(&out, 0, sizeof out);
  const int status = handle(device, size);
  if (status == SILENT) return;
  const size_t total = sizeof out.header + (status > 0 ? (size_t)status : 0);
  out.header = (struct fuse_out_header){.len = (uint32_t)total, .error = status < 0 ? status : 0, .unique = in.header.unique};
  // ENOENT: whoever asked was killed meanwhile. Another error means that the mount has ended, which the next read tells.
  if (write(device, &out, total) < 0) return;
}

int helper_serve(int device) {
  for (;;) {
    const ssize_t size = read(device, in.bytes, sizeof in.bytes);
    if (size >= (ssize_t)sizeof in.header) {
      if (in.header.opcode == FUSE_DESTROY) return 0;
      serve(device, (size_t)size);
    } else if (size == 0 || (size < 0 && errno == ENODEV)) {
      return 0;
    } else if (size > 0 || (errno != EINTR && errno != EAGAIN && errno != ENOENT)) {
      // ENOENT is a request that was withdrawn while it was read.
      return size > 0 ? EINVAL : errno;
    }
  }
}
