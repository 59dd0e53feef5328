/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

/*
 * The host for C: each call of the `sys` boundary is the system call of its name, with offsets into the core's memory made into addresses. Returns what that
 * returns, or -errno.
 */
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

/* What the core takes for granted (assembly/constants.ts). Where a number differs, there is no library rather than a wrong one. */
_Static_assert(O_CLOEXEC == 0x80000 && SOCK_CLOEXEC == 0x80000 && EFD_CLOEXEC == 0x80000, "CLOEXEC");
_Static_assert(O_NONBLOCK == 0x800 && SOCK_NONBLOCK == 0x800 && EFD_NONBLOCK == 0x800, "NONBLOCK");
_Static_assert(SOL_SOCKET == 1 && SO_ERROR == 4 && SO_SNDBUF == 7 && SO_RCVLOWAT == 18 && SO_DOMAIN == 39, "socket options");
_Static_assert(SOCK_STREAM == 1 && MSG_DONTWAIT == 0x40 && MSG_NOSIGNAL == 0x4000 && MSG_ERRQUEUE == 0x2000, "sockets");
_Static_assert(O_RDWR == 2 && O_NOCTTY == 0x100 && F_DUPFD_CLOEXEC == 1030, "files");
_Static_assert(POLLWRNORM == 0x100 && POLLWRBAND == 0x200 && POLLMSG == 0x400 && POLLRDHUP == 0x2000, "poll");
_Static_assert(EAGAIN == 11 && ENOSYS == 38 && EOPNOTSUPP == 95 && ENOTCONN == 107 && ENOTRECOVERABLE == 131, "errno");
_Static_assert(_IO('^', 1) == 0x5e01, "ioctl");
_Static_assert(sizeof(struct pollfd) == 8 && sizeof(struct timeval) == 16, "structures");

/* The address of `size` bytes of the core's memory. */
static void *at(const struct w2c_sys *sys, u32 offset, u32 size) {
  if (UNLIKELY((uint64_t)offset + size > sys->memory->size)) wasm_rt_trap(WASM_RT_TRAP_OOB);
  return sys->memory->data + offset;
}

/* A socklen_t there, and the room that it says is in `room`. */
static socklen_t *length(const struct w2c_sys *sys, u32 offset, u32 *room) {
  socklen_t *size = at(sys, offset, sizeof *size);
  *room = *size;
  return size;
}

static u32 status(long result) {
  return result < 0 ? (u32)-errno : (u32)result;
}

u32 w2c_sys_eventfd(struct w2c_sys *sys, u32 initval, u32 flags) {
  (void)sys;
  return status(eventfd(initval, (int)flags));
}

u32 w2c_sys_open(struct w2c_sys *sys, u32 path, u32 flags) {
  return status(open(at(sys, path, 1), (int)flags));
}

u32 w2c_sys_ioctl(struct w2c_sys *sys, u32 fd, u32 request, u32 arg) {
  (void)sys;
  return status(ioctl((int)fd, request, (unsigned long)arg));
}

u32 w2c_sys_socketpair(struct w2c_sys *sys, u32 domain, u32 type, u32 protocol, u32 pair) {
  return status(socketpair((int)domain, (int)type, (int)protocol, at(sys, pair, 8)));
}

u32 w2c_sys_read(struct w2c_sys *sys, u32 fd, u32 data, u32 size) {
  return status(read((int)fd, at(sys, data, size), size));
}

u32 w2c_sys_write(struct w2c_sys *sys, u32 fd, u32 data, u32 size) {
  return status(write((int)fd, at(sys, data, size), size));
}

u32 w2c_sys_send(struct w2c_sys *sys, u32 fd, u32 data, u32 size, u32 flags) {
  return status(send((int)fd, at(sys, data, size), size, (int)flags));
}

u32 w2c_sys_recv(struct w2c_sys *sys, u32 fd, u32 data, u32 size, u32 flags) {
  return status(recv((int)fd, at(sys, data, size), size, (int)flags));
}

u32 w2c_sys_shutdown(struct w2c_sys *sys, u32 fd, u32 how) {
  (void)sys;
  return status(shutdown((int)fd, (int)how));
}

u32 w2c_sys_fcntl(struct w2c_sys *sys, u32 fd, u32 command, u32 arg) {
  (void)sys;
  return status(fcntl((int)fd, (int)command, (int)arg));
}

u32 w2c_sys_setsockopt(struct w2c_sys *sys, u32 fd, u32 level, u32 name, u32 value, u32 size) {
  return status(setsockopt((int)fd, (int)level, (int)name, at(sys, value, size), size));
}

u32 w2c_sys_getsockopt(struct w2c_sys *sys, u32 fd, u32 level, u32 name, u32 value, u32 size) {
  u32 room;
  socklen_t *len = length(sys, size, &room);
  return status(getsockopt((int)fd, (int)level, (int)name, at(sys, value, room), len));
}

/*
 * glibc's fstat(3) is newfstatat(2) with an empty path, which the kernel copies before it looks at the descriptor: 172 ns in place of 153 on Linux 6.18. Where
 * its structure is the kernel's, as on these, fstat(2) itself is asked.
 */
static long stat_of(int fd, struct stat *found) {
#if defined(__GLIBC__) && defined(__LP64__) && (defined(__x86_64__) || defined(__aarch64__))
  return syscall(SYS_fstat, fd, found);
#else
  return fstat(fd, found);
#endif
}

u32 w2c_sys_fstat(struct w2c_sys *sys, u32 fd, u32 buffer) {
  struct stat found;
  if (stat_of((int)fd, &found) < 0) return (u32)-errno;
  const uint64_t dev = found.st_dev, ino = found.st_ino;
  const uint32_t mode = found.st_mode;
  uint8_t *data = at(sys, buffer, 20);
  memcpy(data, &dev, sizeof dev);
  memcpy(data + 8, &ino, sizeof ino);
  memcpy(data + 16, &mode, sizeof mode);
  return 0;
}

u32 w2c_sys_poll(struct w2c_sys *sys, u32 fds, u32 count, u32 timeout_ms) {
  return status(poll(at(sys, fds, count * (u32)sizeof(struct pollfd)), count, (int)timeout_ms));
}

u32 w2c_sys_close(struct w2c_sys *sys, u32 fd) {
  (void)sys;
  return status(close((int)fd));
}

u32 w2c_sys_socket(struct w2c_sys *sys, u32 domain, u32 type, u32 protocol) {
  (void)sys;
  return status(socket((int)domain, (int)type, (int)protocol));
}

u32 w2c_sys_bind(struct w2c_sys *sys, u32 fd, u32 address, u32 size) {
  return status(bind((int)fd, at(sys, address, size), size));
}

u32 w2c_sys_listen(struct w2c_sys *sys, u32 fd, u32 backlog) {
  (void)sys;
  return status(listen((int)fd, (int)backlog));
}

u32 w2c_sys_accept4(struct w2c_sys *sys, u32 fd, u32 address, u32 size, u32 flags) {
  u32 room;
  socklen_t *len = length(sys, size, &room);
  return status(accept4((int)fd, at(sys, address, room), len, (int)flags));
}

u32 w2c_sys_connect(struct w2c_sys *sys, u32 fd, u32 address, u32 size) {
  return status(connect((int)fd, at(sys, address, size), size));
}

u32 w2c_sys_getsockname(struct w2c_sys *sys, u32 fd, u32 address, u32 size) {
  u32 room;
  socklen_t *len = length(sys, size, &room);
  return status(getsockname((int)fd, at(sys, address, room), len));
}

u32 w2c_sys_getpeername(struct w2c_sys *sys, u32 fd, u32 address, u32 size) {
  u32 room;
  socklen_t *len = length(sys, size, &room);
  return status(getpeername((int)fd, at(sys, address, room), len));
}

u32 w2c_sys_dup3(struct w2c_sys *sys, u32 fd, u32 to, u32 flags) {
  (void)sys;
  return status(dup3((int)fd, (int)to, (int)flags));
}
